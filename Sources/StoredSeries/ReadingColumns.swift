import BlockCodec
import Telemetry

/// The codec's column, by a name that GRDB has not.
package typealias BlockColumn = Column

/// Readings as the columns of a block (kind 1 in docs/format/store.md).
package enum ReadingColumns {
    package static let blockKind: UInt8 = 1

    private enum ID {
        static let series: UInt8 = 1
        static let time: UInt8 = 2
        static let sequence: UInt8 = 3
        static let scale: UInt8 = 4
        static let bits: UInt8 = 5
        static let quality: UInt8 = 6
    }

    package static func columns(of readings: some Collection<Reading>) -> [Column] {
        [
            Column(id: ID.series, values: readings.map { Int64($0.series) }),
            Column(id: ID.time, values: readings.map(\.time)),
            Column(id: ID.sequence, values: readings.map { Int64($0.sequence) }),
            Column(id: ID.scale, values: readings.map { Int64($0.scale) }),
            Column(id: ID.bits, values: readings.map(\.bits)),
            Column(id: ID.quality, values: readings.map { Int64($0.quality.rawValue) }),
        ]
    }

    /// Reads the readings that pass `isWanted` back.
    package static func readings(
        from block: StoredBlock, isWanted: (SeriesID, Int64) -> Bool
    ) throws(StoreError) -> [Reading] {
        let (series, times) = try places(of: block)
        let wanted = series.indices.filter { isWanted(series[$0], times[$0]) }
        if wanted.isEmpty { return [] }
        let sequences = try block.column(ID.sequence)
        let scales = try block.column(ID.scale)
        let bits = try block.column(ID.bits)
        let qualities = try block.column(ID.quality)
        for column in [sequences, scales, bits, qualities] where column.count != block.rowCount {
            throw block.location.damaged("columns of unequal length")
        }
        let known = Int64(Value.binaryScale)...Int64(Value.scaleMax)
        guard scales.allSatisfy(known.contains) else {
            throw block.location.damaged("a scale beyond \(Value.scaleMax)")
        }
        return wanted.map { index in
            Reading(
                series: series[index], time: times[index],
                value: Value(bits: bits[index], scale: Int8(truncatingIfNeeded: scales[index])),
                sequence: UInt16(truncatingIfNeeded: sequences[index]),
                quality: ReadingQuality(rawValue: UInt8(truncatingIfNeeded: qualities[index])))
        }
    }
}

extension ReadingColumns {
    /// The series and the time of each reading.
    package static func places(
        of block: StoredBlock
    ) throws(StoreError) -> (series: [SeriesID], times: [Int64]) {
        let series = try block.column(ID.series)
        let times = try block.column(ID.time)
        guard series.count == block.rowCount, times.count == block.rowCount else {
            throw block.location.damaged("columns of unequal length")
        }
        guard times.allSatisfy(calendarInstants.contains) else {
            throw block.location.damaged("a time that no calendar has")
        }
        return (series.map { SeriesID(truncatingIfNeeded: $0) }, times)
    }
}
