import BlockCodec
import Telemetry
import Windows

extension WindowColumns {
    /// Reads the windows that pass `isWanted` (series, start) back.
    package static func rows(
        from block: StoredBlock, kind: MetricKind,
        isWanted: (SeriesID, Int64) -> Bool
    ) throws(StoreError) -> [Row] {
        guard block.kind == blockKind(kind) else {
            throw block.location.damaged("kind \(block.kind) in place of \(blockKind(kind))")
        }
        let series = try block.column(ID.series)
        let starts = try block.column(ID.start)
        let reader = try WindowColumnReader(block, kind: kind)
        var rows: [Row] = []
        for index in starts.indices {
            let id = SeriesID(truncatingIfNeeded: series[index])
            if isWanted(id, starts[index]) {
                rows.append((id, try reader.window(at: index, start: starts[index])))
            }
        }
        return rows
    }
}

/// All columns of a block of windows, inflated.
private struct WindowColumnReader {
    private typealias ID = WindowColumns.ID
    private let kind: MetricKind
    private let block: StoredBlock.Location
    private var columns = [[Int64]](repeating: [], count: 64)
    /// Where each row's durations begin in the flattened lists.
    private var durationOffsets: [Int] = []

    init(_ block: StoredBlock, kind: MetricKind) throws(StoreError) {
        self.kind = kind
        self.block = block.location
        for id in block.columnIDs where id < 64 {
            columns[Int(id)] = try block.column(id)
        }
        try check(rowCount: block.rowCount)
    }

    private mutating func check(rowCount: Int) throws(StoreError) {
        for id in Self.requiredColumns(kind) where columns[Int(id)].count != rowCount {
            throw block.damaged("column \(id) is missing or short")
        }
        for id in [ID.fallenFrom, ID.second] where !columns[Int(id)].isEmpty {
            guard columns[Int(id)].count == rowCount else {
                throw block.damaged("column \(id) is short")
            }
        }
        guard kind == .state else { return }
        var offset = 0
        for count in columns[Int(ID.durationCount)] {
            durationOffsets.append(offset)
            guard count >= 0, count <= Int64(Int32.max) else {
                throw block.damaged("negative list length")
            }
            offset += Int(count)
        }
        guard columns[Int(ID.durationState)].count == offset,
            columns[Int(ID.duration)].count == offset
        else {
            throw block.damaged("lists of durations do not add up")
        }
    }

    private static func requiredColumns(_ kind: MetricKind) -> [UInt8] {
        let all = [ID.series, ID.start, ID.count, ID.scale, ID.lateCount, ID.revision, ID.lastTime]
        let gauge = [ID.minimum, ID.maximum, ID.sumLow, ID.sumHigh]
        let ends = [ID.firstTime, ID.first, ID.last]
        switch kind {
        case .gauge: return all + gauge + [ID.last]
        case .amount: return all + [ID.sumLow, ID.sumHigh]
        case .counter: return all + ends + [ID.increaseLow, ID.increaseHigh, ID.resets]
        case .steppedGauge:
            return all + gauge + ends + [ID.integralLow, ID.integralHigh, ID.covered]
        case .state: return all + ends + [ID.transitions, ID.covered, ID.durationCount]
        }
    }

    private func field(_ id: UInt8, _ row: Int) -> Int64 { columns[Int(id)][row] }

    func window(at row: Int, start: Int64) throws(StoreError) -> Window {
        let scale = Int8(truncatingIfNeeded: field(ID.scale, row))
        guard scale >= Value.binaryScale, scale <= Value.scaleMax else {
            throw block.damaged("scale \(scale)")
        }
        var window = Window(start: start)
        window.count = field(ID.count, row)
        guard window.count > 0 else { throw block.damaged("window of \(window.count) readings") }
        window.lateCount = field(ID.lateCount, row)
        window.revision = field(ID.revision, row)
        switch kind {
        case .gauge:
            window.lastTime = start &+ field(ID.lastTime, row)
            window.firstTime = window.lastTime
            readGauge(row, scale, into: &window)
            window.last = Value(
                bits: field(ID.minimum, row) &+ field(ID.last, row), scale: scale)
        case .amount:
            window.lastTime = start &+ field(ID.lastTime, row)
            window.firstTime = window.lastTime
            window.sum = sum(ID.sumLow, ID.sumHigh, row, scale: scale, plus: 0)
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
        return window
    }

    private func readGauge(_ row: Int, _ scale: Int8, into window: inout Window) {
        let minimum = field(ID.minimum, row)
        window.minimum = Value(bits: minimum, scale: scale)
        window.maximum = Value(bits: minimum &+ field(ID.maximum, row), scale: scale)
        window.sum = sum(
            ID.sumLow, ID.sumHigh, row, scale: scale,
            plus: Int128(minimum) * Int128(window.count))
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
        guard !columns[Int(id)].isEmpty, field(id, row) != 0 else { return nil }
        return Value(bits: value.bits &+ field(id, row), scale: scale)
    }

    private func readDurations(_ row: Int, into window: inout Window) {
        let offset = durationOffsets[row]
        for index in offset..<(offset + Int(field(ID.durationCount, row))) {
            window.durations.append(
                Window.StateDuration(
                    state: columns[Int(ID.durationState)][index],
                    milliseconds: columns[Int(ID.duration)][index]))
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

extension WindowColumns {
    /// The series of each window.
    package static func series(of block: StoredBlock) throws(StoreError) -> [SeriesID] {
        try block.column(ID.series).map { SeriesID(truncatingIfNeeded: $0) }
    }
}
