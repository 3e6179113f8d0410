import BlockCodec
import Telemetry
import Windows

/// Windows as the columns of a block (kinds 16 + metric kind in docs/format/store.md).
///
/// Each field is stored against another that it is near to: the maximum above the minimum, the sum
/// above count × minimum, times after the window's start. What is nearly constant then costs
/// nearly nothing; a window of one reading costs what the reading costs.
package enum WindowColumns {
    /// A window with the series that it belongs to.
    package typealias Row = (series: SeriesID, window: Window)

    package static func blockKind(_ kind: MetricKind) -> UInt8 { 16 + kind.rawValue }

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
        /// These two stand in a block only where some row has one.
        static let fallenFrom: UInt8 = 25
        static let second: UInt8 = 26
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

    package init(kind: MetricKind) {
        self.kind = kind
    }

    package var columns: [Column] { builder.columns }

    package mutating func add(_ window: Window, of series: SeriesID) {
        extendRanges(series: Int64(series), start: window.start)
        rowCount += 1
        let scale = window.commonScale(kind: kind)
        builder.add(ID.series, Int64(series))
        builder.add(ID.start, window.start)
        builder.add(ID.count, window.count)
        builder.add(ID.scale, Int64(scale))
        builder.add(ID.lateCount, window.lateCount)
        builder.add(ID.revision, window.revision)
        switch kind {
        case .gauge:
            builder.add(ID.lastTime, window.lastTime - window.start)
            addGauge(window, scale: scale)
            let minimum = window.minimum.bits(atScale: scale)
            builder.add(ID.last, window.last.bits(atScale: scale) &- minimum)
        case .amount:
            builder.add(ID.lastTime, window.lastTime - window.start)
            builder.addSum(ID.sumLow, ID.sumHigh, window.sum, scale: scale, less: 0)
        case .counter:
            addEnds(window, scale: scale)
            let rise = window.last.bits(atScale: scale) &- window.first.bits(atScale: scale)
            builder.addSum(
                ID.increaseLow, ID.increaseHigh, window.increase, scale: scale, less: Int128(rise))
            builder.add(ID.resets, window.resets)
            addDoubts(window, scale: scale)
        case .steppedGauge:
            addEnds(window, scale: scale)
            addGauge(window, scale: scale)
            let floor = Int128(window.minimum.bits(atScale: scale)) * Int128(window.covered)
            builder.addSum(
                ID.integralLow, ID.integralHigh, window.integral, scale: scale, less: floor)
            builder.add(ID.covered, window.covered)
        case .state:
            addEnds(window, scale: scale)
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

    private mutating func addGauge(_ window: Window, scale: Int8) {
        let minimum = window.minimum.bits(atScale: scale)
        builder.add(ID.minimum, minimum)
        builder.add(ID.maximum, window.maximum.bits(atScale: scale) &- minimum)
        builder.addSum(
            ID.sumLow, ID.sumHigh, window.sum, scale: scale,
            less: Int128(minimum) * Int128(window.count))
    }

    private mutating func addEnds(_ window: Window, scale: Int8) {
        builder.add(ID.firstTime, window.firstTime - window.start)
        builder.add(ID.lastTime, window.lastTime - window.firstTime)
        let first = window.first.bits(atScale: scale)
        builder.add(ID.first, first)
        builder.add(ID.last, window.last.bits(atScale: scale) &- first)
    }

    /// Readings on which it depends whether their neighbours were faults. Both differ from these,
    /// so 0 stands for none.
    private mutating func addDoubts(_ window: Window, scale: Int8) {
        let last = window.last.bits(atScale: scale)
        let first = window.first.bits(atScale: scale)
        builder.addRare(
            ID.fallenFrom, window.fallenFrom.map { $0.bits(atScale: scale) &- last } ?? 0,
            row: rowCount - 1)
        builder.addRare(
            ID.second, window.second.map { $0.bits(atScale: scale) &- first } ?? 0,
            row: rowCount - 1)
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

/// Gathers columns value by value, in the order in which they first appear.
private struct ColumnBuilder {
    private(set) var columns: [Column] = []
    private var indexByID = [Int](repeating: -1, count: 64)

    mutating func add(_ id: UInt8, _ value: Int64) {
        if indexByID[Int(id)] < 0 {
            indexByID[Int(id)] = columns.count
            columns.append(Column(id: id, values: []))
        }
        columns[indexByID[Int(id)]].values.append(value)
    }

    /// Adds a value to a column that is left out while all its values are 0.
    mutating func addRare(_ id: UInt8, _ value: Int64, row: Int) {
        if indexByID[Int(id)] < 0 {
            if value == 0 { return }
            for _ in 0..<row { add(id, 0) }
        }
        add(id, value)
    }

    /// A 128-bit sum as two columns: the low half, and what the high half differs from the low
    /// half's sign, which is nearly always 0. A binary sum is a double's bits in the low half.
    mutating func addSum(
        _ low: UInt8, _ high: UInt8, _ sum: ExactSum, scale: Int8, less floor: Int128
    ) {
        guard scale >= 0, let total = sum.rescaled(to: scale) else {
            add(low, Int64(bitPattern: sum.double.bitPattern))
            add(high, 0)
            return
        }
        let rest = total &- floor
        let lowHalf = Int64(truncatingIfNeeded: rest)
        add(low, lowHalf)
        add(high, Int64(truncatingIfNeeded: rest >> 64) &- (lowHalf >> 63))
    }
}

extension Window {
    /// The finest scale of all values in the window that keeps every one exact, or
    /// ``Value/binaryScale`` where one is a double or 64 bits do not hold them all.
    fileprivate func commonScale(kind: MetricKind) -> Int8 {
        var values = [last]
        var sums: [ExactSum] = []
        switch kind {
        case .gauge: (values, sums) = ([minimum, maximum, last], [sum])
        case .amount: (values, sums) = ([], [sum])
        case .counter:
            values = [first, last] + [second, fallenFrom].compactMap(\.self)
            sums = [increase]
        case .steppedGauge: (values, sums) = ([first, last, minimum, maximum], [sum, integral])
        case .state: values = [first, last]
        }
        var finest: Int8 = 0
        for value in values {
            guard value.isDecimal else { return Value.binaryScale }
            finest = max(finest, value.scale)
        }
        for sum in sums {
            guard sum.isDecimal else { return Value.binaryScale }
            finest = max(finest, sum.scale)
        }
        let areExact =
            values.allSatisfy { $0.mantissa(atScale: finest) != nil }
            && sums.allSatisfy { $0.rescaled(to: finest) != nil }
        return areExact ? finest : Value.binaryScale
    }
}

extension Value {
    /// The bits that stand for the value in a row of that scale.
    fileprivate func bits(atScale scale: Int8) -> Int64 {
        mantissa(atScale: scale) ?? Int64(bitPattern: double.bitPattern)
    }
}
