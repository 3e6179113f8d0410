import BlockCodec
import Telemetry
import Windows

/// The columns of a block of windows that some fields are in, inflated.
struct WindowColumnReader {
    private typealias ID = WindowColumns.ID
    private let kind: MetricKind
    private var fields: WindowFields
    private let length: Int64
    private let block: StoredBlock.Location
    /// The columns one after another, and by id where row 0 of each is, or would be.
    private var values: [Int64] = []
    private var offsets = [Int](repeating: noOffset, count: BlockCodec.columnCountMaximum)
    /// Of a column of zeros.
    private static let noOffset = Int.min
    /// How rows are written whose scale is ``NumberForm/fractionsCode``.
    private var fractions: PrintedFractions?
    /// The same of ``NumberForm/floatsCode``.
    private var floats: PrintedFloats?
    /// Of a gauge, whether the last value is stored as what it is below the maximum.
    private var isLastBelow = false
    /// Of a gauge, whether the sum is stored as what it is beside the middle between its extremes.
    private var isSumBesideMiddle = false
    /// Where each row's durations begin in the flattened lists.
    private var durationOffsets: [Int] = []

    /// - Parameters:
    ///   - fields: of a kind that depends on order, all.
    ///   - rows: that are read.
    ///   - length: of the windows, in milliseconds.
    init(
        _ block: StoredBlock, kind: MetricKind, _ fields: WindowFields, rows: Range<Int>,
        length: Int64
    ) throws(StoreError) {
        self.kind = kind
        self.fields = kind.dependsOnOrder ? .all : fields
        self.length = length
        self.block = block.location
        if kind == .gauge {
            fractions = try Self.form(ID.fractions, of: block) {
                PrintedFractions(denominator: $0, digits: $1, scale: $2)
            }
            floats = try Self.form(ID.floats, of: block) {
                PrintedFloats(places: $0, digits: $1, rounding: $2)
            }
            // Each part of such a window needs the others.
            if floats != nil { self.fields = .all }
            isLastBelow = !block.columnIDs.contains(ID.last)
            isSumBesideMiddle = block.columnIDs.contains(ID.sumBesideMiddle)
        }
        // The lists of a state begin where those of the rows before end.
        let rows = kind == .state ? 0..<block.rowCount : rows
        let ids = rowColumns()
        values.reserveCapacity(ids.count * rows.count)
        for id in ids { try read(id, of: block, count: block.rowCount, rows: rows) }
        if kind == .state { try readDurations(of: block) }
    }

    /// Takes over a column, which the block may leave out where all of it is 0.
    private mutating func read(
        _ id: UInt8, of block: StoredBlock, count: Int, rows: Range<Int>
    ) throws(StoreError) {
        let column = try block.column(id)
        if column.isEmpty { return }
        guard column.count == count else { throw block.location.damaged("column \(id) is short") }
        offsets[Int(id)] = values.count - rows.lowerBound
        values += column[rows]
    }

    /// What three numbers for the block say of its values; nil where there are none.
    private static func form<Form>(
        _ id: UInt8, of block: StoredBlock, _ make: (Int64, Int64, Int64) -> Form?
    ) throws(StoreError) -> Form? {
        let numbers = try block.column(id)
        if numbers.isEmpty { return nil }
        guard numbers.count == 3, let form = make(numbers[0], numbers[1], numbers[2]) else {
            throw block.location.damaged("column \(id) tells no form of values")
        }
        return form
    }

    private static let floatColumns = [
        ID.minimumSteps, ID.maximumSteps, ID.lastSteps, ID.sumFloats, ID.sumBinaryPlaces,
        ID.sumDecimalPlaces,
    ]

    private mutating func readDurations(of block: StoredBlock) throws(StoreError) {
        var offset = 0
        for row in 0..<block.rowCount {
            let count = field(ID.durationCount, row)
            durationOffsets.append(offset)
            // A list of zeros is left out: a few bytes could ask for any length.
            guard 0...Int64(BlockCodec.valueCountMaximum - offset) ~= count else {
                throw self.block.damaged("lists of durations of an impossible length")
            }
            offset += Int(count)
        }
        for id in [ID.durationState, ID.duration] {
            try read(id, of: block, count: offset, rows: 0..<offset)
        }
    }

    /// The columns that have a value for each row, as far as they are needed.
    private func rowColumns() -> [UInt8] {
        var ids = [ID.count, ID.scale]
        if fields.contains(.late) { ids += [ID.lateCount, ID.revision] }
        if kind.dependsOnOrder { return ids + [ID.lastTime] + orderedColumns() }
        if fields.contains(.last) { ids.append(ID.lastTime) }
        if fields.contains(.sum) {
            ids += isSumBesideMiddle ? [ID.sumBesideMiddle] : [ID.sumLow, ID.sumHigh]
        }
        guard kind == .gauge else { return ids }
        ids.append(ID.minimum)
        if floats != nil { ids += Self.floatColumns }
        if fields.contains(.sum) { ids.append(ID.sumRest) }
        if fields.contains(.last) { ids.append(isLastBelow ? ID.lastBelow : ID.last) }
        if fields.contains(.extremes) || fields.contains(.last) && isLastBelow
            || fields.contains(.sum) && isSumBesideMiddle
        {
            ids.append(ID.maximum)
        }
        return ids
    }

    private func orderedColumns() -> [UInt8] {
        let ends = [ID.firstTime, ID.first, ID.last]
        switch kind {
        case .gauge, .amount: return []
        case .counter:
            return ends + [ID.increaseLow, ID.increaseHigh, ID.resets, ID.fallenFrom, ID.second]
        case .steppedGauge:
            return ends + [
                ID.minimum, ID.maximum, ID.sumLow, ID.sumHigh, ID.integralLow, ID.integralHigh,
                ID.covered,
            ]
        case .state: return ends + [ID.transitions, ID.covered, ID.durationCount]
        }
    }

    private static let scales = Int64(Value.binaryScale)...Int64(Value.scaleMax)

    private func field(_ id: UInt8, _ row: Int) -> Int64 {
        let offset = offsets[Int(id)]
        return offset == Self.noOffset ? 0 : values[offset + row]
    }

    /// Reads a row into a window, an empty one or that of another row: it is not made anew for
    /// each, which would take longer than to read it.
    func read(_ row: Int, start: Int64, into window: inout Window) throws(StoreError) {
        let code = field(ID.scale, row)
        let fractions = code == NumberForm.fractionsCode && kind == .gauge ? fractions : nil
        let floats = code == NumberForm.floatsCode && kind == .gauge ? floats : nil
        guard fractions != nil || floats != nil || Self.scales ~= code else {
            throw block.damaged("scale \(code)")
        }
        guard !isSumBesideMiddle || fractions == nil && floats == nil else {
            throw block.damaged("sums that indices have not")
        }
        let scale = Int8(truncatingIfNeeded: code)
        window.start = start
        window.count = field(ID.count, row)
        guard window.count > 0 else { throw block.damaged("window of \(window.count) readings") }
        if fields.contains(.late) {
            window.lateCount = field(ID.lateCount, row)
            window.revision = field(ID.revision, row)
        }
        switch kind {
        case .gauge:
            if fields.contains(.last) { readLastTime(row, into: &window) }
            if let fractions {
                try readGauge(row, fractions, into: &window)
            } else if let floats {
                try readGauge(row, floats, into: &window)
            } else {
                readGauge(row, scale, into: &window)
            }
        case .amount:
            if fields.contains(.last) { readLastTime(row, into: &window) }
            if fields.contains(.sum) {
                window.sum = sum(ID.sumLow, ID.sumHigh, row, scale: scale, plus: 0)
            }
        case .counter:
            readEnds(row, scale, into: &window)
            let rise = window.last.bits &- window.first.bits
            window.increase = sum(
                ID.increaseLow, ID.increaseHigh, row, scale: scale, plus: Int128(rise))
            window.resets = field(ID.resets, row)
            window.fallenFrom = neighbour(ID.fallenFrom, row, of: window.last, scale)
            window.second = neighbour(ID.second, row, of: window.first, scale)
        case .steppedGauge:
            readGauge(row, scale, into: &window)
            readEnds(row, scale, into: &window)
            window.covered = field(ID.covered, row)
            window.integral = sum(
                ID.integralLow, ID.integralHigh, row, scale: scale,
                plus: Int128(window.minimum.bits) * Int128(window.covered))
        case .state:
            readEnds(row, scale, into: &window)
            window.transitions = field(ID.transitions, row)
            window.covered = field(ID.covered, row)
            readDurations(row, into: &window)
        }
        guard isSound(window) else { throw block.damaged("a window with impossible numbers") }
    }

    /// LIMIT: readings, and milliseconds, of one window. Those of all windows of a file can be
    /// added up: 2^63 is as much as 134 million windows have at most.
    private static let countBitsMax: UInt64 = 36

    /// Whether the window can be joined with others and counted with: all else may be any number.
    private func isSound(_ window: Window) -> Bool {
        var counts = window.count | window.lateCount | window.revision
        counts |= window.resets | window.transitions | window.covered
        for entry in window.durations { counts |= entry.milliseconds }
        // A number below zero has the uppermost bit.
        return UInt64(bitPattern: counts) >> Self.countBitsMax == 0
            && calendarInstants.contains(window.start)
            && calendarInstants.contains(window.firstTime)
            && calendarInstants.contains(window.lastTime)
    }

    private func readLastTime(_ row: Int, into window: inout Window) {
        let offset = field(ID.lastTime, row)
        window.lastTime = window.start &+ (offset < 0 ? max(0, length - 1) : offset)
        window.firstTime = window.lastTime
    }

    private func bitsOfLast(_ row: Int) -> Int64 {
        let minimum = field(ID.minimum, row)
        return isLastBelow
            ? minimum &+ field(ID.maximum, row) &- field(ID.lastBelow, row)
            : minimum &+ field(ID.last, row)
    }

    private func readGauge(
        _ row: Int, _ fractions: PrintedFractions, into window: inout Window
    ) throws(StoreError) {
        let minimum = field(ID.minimum, row)
        func value(_ index: Int64) throws(StoreError) -> Value {
            guard let mantissa = fractions.mantissa(at: index) else {
                throw block.damaged("fraction \(index)")
            }
            return Value(mantissa, scale: fractions.scale)
        }
        if fields.contains(.extremes) {
            window.minimum = try value(minimum)
            window.maximum = try value(minimum &+ field(ID.maximum, row))
        }
        if fields.contains(.last) { window.last = try value(bitsOfLast(row)) }
        if fields.contains(.sum) {
            window.sum =
                try window.count == 1
                ? ExactSum(of: value(minimum))
                : fractions.sum(
                    index: field(ID.sumLow, row) &+ minimum &* window.count,
                    rest: field(ID.sumRest, row))
        }
    }

    private func readGauge(
        _ row: Int, _ floats: PrintedFloats, into window: inout Window
    ) throws(StoreError) {
        let minimum = field(ID.minimum, row)
        func part(_ index: Int64, _ steps: UInt8) -> PrintedFloats.Parts {
            PrintedFloats.Parts(index: index, steps: field(steps, row))
        }
        let parts = PrintedFloats.WindowParts(
            minimum: part(minimum, ID.minimumSteps),
            maximum: part(minimum &+ field(ID.maximum, row), ID.maximumSteps),
            last: part(bitsOfLast(row), ID.lastSteps),
            sum: PrintedFloats.SumParts(
                index: field(ID.sumLow, row), floats: field(ID.sumFloats, row),
                rest: field(ID.sumRest, row), binaryPlaces: field(ID.sumBinaryPlaces, row),
                decimalPlaces: field(ID.sumDecimalPlaces, row))
        ).withStepsOfOneIndex()
        guard floats.read(parts, into: &window) else {
            throw block.damaged("float \(minimum)")
        }
    }

    private func readGauge(_ row: Int, _ scale: Int8, into window: inout Window) {
        let minimum = field(ID.minimum, row)
        if fields.contains(.extremes) {
            window.minimum = Value(bits: minimum, scale: scale)
            window.maximum = Value(bits: minimum &+ field(ID.maximum, row), scale: scale)
        }
        if kind == .gauge, fields.contains(.last) {
            window.last = Value(bits: bitsOfLast(row), scale: scale)
        }
        if fields.contains(.sum) {
            let floor = WindowColumns.sumOfMiddles(
                minimum: minimum, range: isSumBesideMiddle ? field(ID.maximum, row) : 0,
                window.count)
            window.sum = sum(
                isSumBesideMiddle ? ID.sumBesideMiddle : ID.sumLow, ID.sumHigh, row, scale: scale,
                plus: floor)
        }
    }

    private func readEnds(_ row: Int, _ scale: Int8, into window: inout Window) {
        window.firstTime = window.start &+ field(ID.firstTime, row)
        window.lastTime = window.firstTime &+ field(ID.lastTime, row)
        let first = field(ID.first, row)
        window.first = Value(bits: first, scale: scale)
        window.last = Value(bits: first &+ field(ID.last, row), scale: scale)
    }

    /// A reading beside another one, nil where the column has none.
    private func neighbour(_ id: UInt8, _ row: Int, of value: Value, _ scale: Int8) -> Value? {
        guard field(id, row) != 0 else { return nil }
        return Value(bits: value.bits &+ field(id, row), scale: scale)
    }

    private func readDurations(_ row: Int, into window: inout Window) {
        window.durations.removeAll(keepingCapacity: true)
        let offset = durationOffsets[row]
        for index in offset..<(offset + Int(field(ID.durationCount, row))) {
            window.durations.append(
                Window.StateDuration(
                    state: field(ID.durationState, index),
                    milliseconds: field(ID.duration, index)))
        }
    }

    private func sum(
        _ low: UInt8, _ high: UInt8, _ row: Int, scale: Int8, plus floor: Int128
    ) -> ExactSum {
        let lowHalf = field(low, row)
        if scale < 0 {
            return ExactSum(binary: Double(bitPattern: UInt64(bitPattern: lowHalf)))
        }
        let highHalf = field(high, row) &+ (lowHalf >> 63)
        let rest = Int128(highHalf) << 64 | Int128(UInt64(bitPattern: lowHalf))
        return ExactSum(total: rest &+ floor, scale: scale)
    }
}
