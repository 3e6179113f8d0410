import BlockCodec
import Telemetry
import Windows

/// Windows as the columns of a block (kinds 16 + metric kind in docs/format/store.md).
///
/// Each field is stored against another that it is near to: the maximum above the minimum, the sum
/// above count × minimum or beside the middle of both, times after the window's start. What is
/// nearly constant then costs nearly nothing; a window of one reading costs what the reading costs.
package enum WindowColumns {
    /// A window with the series that it belongs to.
    package typealias Row = (series: SeriesID, window: Window)

    package static func blockKind(_ kind: MetricKind) -> UInt8 { 16 + kind.rawValue }

    /// What readings sum up to that lie about the middle between their extremes, rounded down.
    static func sumOfMiddles(minimum: Int64, range: Int64, _ count: Int64) -> Int128 {
        Int128(minimum) * Int128(count) + (Int128(range) * Int128(count)) >> 1
    }

    enum ID {
        static let series: UInt8 = 1
        static let start: UInt8 = 2
        static let count: UInt8 = 3
        static let scale: UInt8 = 4
        static let lateCount: UInt8 = 5
        static let revision: UInt8 = 6
        static let lastTime: UInt8 = 7
        static let minimum: UInt8 = 8
        static let maximum: UInt8 = 9
        static let last: UInt8 = 10
        static let sumLow: UInt8 = 11
        static let sumHigh: UInt8 = 12
        static let first: UInt8 = 13
        static let firstTime: UInt8 = 14
        static let increaseLow: UInt8 = 15
        static let increaseHigh: UInt8 = 16
        static let resets: UInt8 = 17
        static let transitions: UInt8 = 18
        static let covered: UInt8 = 19
        static let integralLow: UInt8 = 20
        static let integralHigh: UInt8 = 21
        static let durationCount: UInt8 = 22
        static let durationState: UInt8 = 23
        static let duration: UInt8 = 24
        /// In place of `last`: how far it is below the maximum.
        static let lastBelow: UInt8 = 27
        /// Three numbers for the block: ``PrintedFractions``. `sumRest` is theirs too.
        static let fractions: UInt8 = 28
        static let sumRest: UInt8 = 29
        static let fallenFrom: UInt8 = 25
        static let second: UInt8 = 26
        /// Three numbers for the block: ``PrintedFloats``. Those below are theirs, and `sumRest`.
        static let floats: UInt8 = 30
        static let minimumSteps: UInt8 = 31
        static let maximumSteps: UInt8 = 32
        static let lastSteps: UInt8 = 33
        static let sumFloats: UInt8 = 34
        static let sumBinaryPlaces: UInt8 = 35
        static let sumDecimalPlaces: UInt8 = 36
        /// In place of `sumLow`: how far it is from the middle between minimum and maximum.
        static let sumBesideMiddle: UInt8 = 37
        /// Its high half, in no block.
        static let sumBesideMiddleHigh: UInt8 = 38
    }
}

/// Gathers windows of one kind, row by row, as the columns of a block.
package struct WindowColumnWriter {
    private typealias ID = WindowColumns.ID
    package let kind: MetricKind
    package private(set) var rowCount = 0
    package private(set) var seriesRange: ClosedRange<Int64> = 0...0
    package private(set) var startRange: ClosedRange<Int64> = 0...0
    private var builder = ColumnBuilder()
    private let form: NumberForm?
    private let keepingLastTimes: Int64

    /// - Parameters:
    ///   - form: how the windows' numbers are written where they can be,
    ///     ``NumberForm/init(of:kind:)``; nil: each window's by their own digits.
    ///   - keepingLastTimes: of kinds that do not depend on order, from which start on windows keep
    ///     the time of their last reading. It decides whether one that is still to come is later.
    package init(
        kind: MetricKind, form: NumberForm? = nil, keepingLastTimes time: Int64 = .min
    ) {
        self.kind = kind
        self.form = form
        keepingLastTimes = time
        if case .fractions(let fractions) = form {
            builder.add(ID.fractions, fractions.denominator)
            builder.add(ID.fractions, Int64(fractions.digits))
            builder.add(ID.fractions, Int64(fractions.scale))
        }
        if case .floats(let floats) = form {
            builder.add(ID.floats, Int64(floats.places))
            builder.add(ID.floats, Int64(floats.digits))
            builder.add(ID.floats, floats.rounding.rawValue)
        }
    }

    /// The columns so far. Those that are nothing but zeros are left out, and a reader takes them
    /// so; of a gauge without column `last`, that it was the maximum, and without
    /// `sumBesideMiddle`, that sums are told by the minimum.
    package var columns: [Column] {
        guard kind == .gauge else { return builder.columns { _ in false } }
        let last = builder.smaller(of: ID.lastBelow, ID.last)
        let sum = sumColumn
        let others: Set = [
            last == ID.last ? ID.lastBelow : ID.last, ID.sumBesideMiddleHigh,
            sum == ID.sumLow ? ID.sumBesideMiddle : ID.sumLow,
        ]
        let isTold = { [ID.last, ID.sumBesideMiddle].contains($0) }
        return builder.columns(keeping: isTold).filter { !others.contains($0.id) }
    }

    /// Which column tells the sums in fewer bits. Indices of fractions and floats, and high halves,
    /// have only one.
    private var sumColumn: UInt8 {
        switch form {
        case .fractions, .floats: return ID.sumLow
        case nil, .decimal, .binary: break
        }
        let isWhole = builder.isZero(ID.sumHigh) && builder.isZero(ID.sumBesideMiddleHigh)
        let (aside, low) = (ID.sumBesideMiddle, ID.sumLow)
        return isWhole && builder.signedBitCount(aside) < builder.signedBitCount(low) ? aside : low
    }

    package mutating func add(_ window: Window, of series: SeriesID) {
        extendRanges(series: Int64(series), start: window.start)
        rowCount += 1
        let form = window.form(preferred: form, kind: kind)
        builder.add(ID.series, Int64(series))
        builder.add(ID.start, window.start)
        builder.add(ID.count, window.count)
        builder.add(ID.scale, form.code)
        builder.add(ID.lateCount, window.lateCount)
        builder.add(ID.revision, window.revision)
        switch kind {
        case .gauge:
            addLastTime(window)
            var parts: PrintedFloats.WindowParts?
            if case .floats(let floats) = form { parts = floats.parts(of: window) }
            if let parts { addGauge(parts) } else { addGauge(window, form) }
            addLast(
                form.bits(of: window.last), form.bits(of: window.minimum),
                maximum: form.bits(of: window.maximum))
            if case .floats = self.form { addSteps(parts ?? PrintedFloats.WindowParts()) }
        case .amount:
            addLastTime(window)
            builder.addSum(ID.sumLow, ID.sumHigh, window.sum, form, less: 0)
        case .counter:
            addEnds(window, form)
            let rise = form.bits(of: window.last) &- form.bits(of: window.first)
            builder.addSum(
                ID.increaseLow, ID.increaseHigh, window.increase, form, less: Int128(rise))
            builder.add(ID.resets, window.resets)
            addDoubts(window, form)
        case .steppedGauge:
            addEnds(window, form)
            addGauge(window, form)
            let floor = Int128(form.bits(of: window.minimum)) * Int128(window.covered)
            builder.addSum(
                ID.integralLow, ID.integralHigh, window.integral, form, less: floor)
            builder.add(ID.covered, window.covered)
        case .state:
            addEnds(window, form)
            addDurations(window)
        }
    }

    private mutating func extendRanges(series: Int64, start: Int64) {
        if rowCount == 0 {
            seriesRange = series...series
            startRange = start...start
        } else {
            seriesRange = min(seriesRange.lowerBound, series)...max(seriesRange.upperBound, series)
            startRange = min(startRange.lowerBound, start)...max(startRange.upperBound, start)
        }
    }

    /// Less than zero where it is not kept.
    private mutating func addLastTime(_ window: Window) {
        let isKept = window.start >= keepingLastTimes
        builder.add(ID.lastTime, isKept ? window.lastTime - window.start : -1)
    }

    private mutating func addGauge(_ window: Window, _ form: NumberForm) {
        let minimum = form.bits(of: window.minimum)
        builder.add(ID.minimum, minimum)
        builder.add(ID.maximum, form.bits(of: window.maximum) &- minimum)
        builder.addSum(
            ID.sumLow, ID.sumHigh, window.sum, form,
            less: Int128(minimum) * Int128(window.count), beside: ID.maximum)
        if kind == .gauge {
            let middle = WindowColumns.sumOfMiddles(
                minimum: minimum, range: form.bits(of: window.maximum) &- minimum, window.count)
            builder.addSum(
                ID.sumBesideMiddle, ID.sumBesideMiddleHigh, window.sum, form, less: middle,
                beside: ID.maximum)
        }
        builder.add(ID.sumRest, form.restOfSum(window))
    }

    private mutating func addGauge(_ parts: PrintedFloats.WindowParts) {
        builder.add(ID.minimum, parts.minimum.index)
        builder.add(ID.maximum, parts.maximum.index &- parts.minimum.index)
        builder.add(ID.sumLow, parts.sum.index, beside: ID.maximum)
        builder.add(ID.sumHigh, 0)
        builder.add(ID.sumRest, parts.sum.rest)
    }

    /// What floats have beside their indices.
    private mutating func addSteps(_ parts: PrintedFloats.WindowParts) {
        builder.add(ID.minimumSteps, parts.minimum.steps)
        builder.add(
            ID.maximumSteps, parts.maximum.index == parts.minimum.index ? 0 : parts.maximum.steps)
        builder.add(ID.lastSteps, parts.isLastApart ? parts.last.steps : 0)
        builder.add(ID.sumFloats, parts.sum.floats, beside: ID.maximum)
        builder.add(ID.sumBinaryPlaces, parts.sum.binaryPlaces)
        builder.add(ID.sumDecimalPlaces, parts.sum.decimalPlaces)
    }

    /// Once above the minimum and once below the maximum: the block keeps the shorter one.
    private mutating func addLast(_ last: Int64, _ minimum: Int64, maximum: Int64) {
        builder.add(ID.last, last &- minimum, beside: ID.maximum)
        builder.add(ID.lastBelow, maximum &- last, beside: ID.maximum)
    }

    private mutating func addEnds(_ window: Window, _ form: NumberForm) {
        builder.add(ID.firstTime, window.firstTime - window.start)
        builder.add(ID.lastTime, window.lastTime - window.firstTime)
        let first = form.bits(of: window.first)
        builder.add(ID.first, first)
        builder.add(ID.last, form.bits(of: window.last) &- first)
    }

    /// Readings on which it depends whether their neighbours were faults. Both differ from these,
    /// so 0 stands for none.
    private mutating func addDoubts(_ window: Window, _ form: NumberForm) {
        let last = form.bits(of: window.last)
        let first = form.bits(of: window.first)
        builder.add(ID.fallenFrom, window.fallenFrom.map { form.bits(of: $0) &- last } ?? 0)
        builder.add(ID.second, window.second.map { form.bits(of: $0) &- first } ?? 0)
    }

    private mutating func addDurations(_ window: Window) {
        builder.add(ID.transitions, window.transitions)
        builder.add(ID.covered, window.covered)
        builder.add(ID.durationCount, Int64(window.durations.count))
        for entry in window.durations {
            builder.add(ID.durationState, entry.state)
            builder.add(ID.duration, entry.milliseconds)
        }
    }
}
