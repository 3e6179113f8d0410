import BlockCodec
import StoredSeries
import Telemetry
import Windows

/// What a decoder did that no bytes may make it do.
public struct Deviation: Error, CustomStringConvertible {
    public let description: String
}

/// Takes any bytes for a block: an error, or the same columns however often they are written.
///
/// One thread; its memory is used again for each block.
public final class HostileBlock {
    private var decoder = BlockDecoder()
    private var again = BlockDecoder()
    private var encoder = BlockEncoder()
    private let coder = BlockCoder()

    /// LIMIT: values in all columns of a block that is taken. A block of a few bytes may have 2^22
    /// equal values a column, each of which costs the time of a thousand other blocks.
    public static let valuesMax = 1 << 15

    public init() {}

    /// How many rows of readings or windows were read from the last block.
    public private(set) var rowCount = 0

    /// - Parameter efforts: in which blocks that decode are written again.
    /// - Throws: ``Deviation``.
    public func take(_ bytes: [UInt8], efforts: [BlockEncoder.Effort]) throws {
        rowCount = 0
        guard let directory = try? decoder.open(bytes) else { return }
        let valueCount = directory.columns.reduce(0) { $0 + $1.valueCount }
        guard valueCount + directory.rowCount <= Self.valuesMax else { return }
        if let columns = try columns(of: directory) {
            for effort in efforts { try write(columns, directory, effort) }
        }
        try readRows(bytes, directory)
    }

    /// All columns, nil where one does not decode.
    private func columns(of directory: BlockDirectory) throws -> [Column]? {
        var columns: [Column] = []
        for entry in directory.columns {
            guard let values = try? decoder.column(entry.id) else { return nil }
            guard values.count == entry.valueCount else {
                throw Deviation(description: "column \(entry.id) has \(values.count) values")
            }
            columns.append(Column(id: entry.id, values: values))
        }
        // Neighbours as a writer names them: one that comes before and has none itself.
        for index in columns.indices.dropFirst() where index % 2 == 1 {
            columns[index].neighbour = columns[index - 1].id
        }
        return columns
    }

    private func write(
        _ columns: [Column], _ directory: BlockDirectory, _ effort: BlockEncoder.Effort
    ) throws {
        var bytes: [UInt8] = []
        encoder.encode(
            kind: directory.kind, rowCount: directory.rowCount, columns: columns, effort: effort,
            appendTo: &bytes)
        guard bytes.count <= BlockCodec.maxEncodedSize(valueCounts: columns.map(\.values.count))
        else { throw Deviation(description: "a block of \(bytes.count) bytes by \(effort)") }
        let copy = try again.open(bytes)
        guard copy.kind == directory.kind, copy.rowCount == directory.rowCount,
            copy.columns.map(\.id) == columns.map(\.id)
        else { throw Deviation(description: "another directory by \(effort)") }
        for column in columns {
            guard try again.column(column.id) == column.values else {
                throw Deviation(description: "column \(column.id) is another by \(effort)")
            }
        }
    }

    /// Readings or windows, as the store reads them, and windows as it would write them again.
    private func readRows(_ bytes: [UInt8], _ directory: BlockDirectory) throws {
        let location = StoredBlock.Location(table: "blocks", row: 1)
        let block = try coder.open(bytes, at: location)
        if directory.kind == ReadingColumns.blockKind {
            let readings = (try? ReadingColumns.readings(from: block) { _, _ in true }) ?? []
            rowCount = ReadingSet(readings.filter { $0.series < 1 << 16 }).readings.count
            return
        }
        for kind in MetricKind.allCases where WindowColumns.blockKind(kind) == directory.kind {
            let rows = try? WindowColumns.rows(from: block, kind: kind, length: 60_000) { _, _ in
                true
            }
            guard let rows, !rows.isEmpty else { continue }
            rowCount = rows.count
            var writer = WindowColumnWriter(
                kind: kind, form: NumberForm(of: rows.map(\.window), kind: kind))
            for row in rows { writer.add(row.window, of: row.series) }
            guard writer.columns.allSatisfy({ $0.values.count <= Self.valuesMax }) else {
                throw Deviation(description: "windows grew when they were written")
            }
        }
    }
}
