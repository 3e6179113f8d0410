import GRDB
import StoredSeries
import Telemetry
import Windows

/// Gathers settled windows and writes them as batches, one kind each.
struct BatchOutput {
    private let writer: StoreWriter
    private var open: [MetricKind: WindowColumnWriter] = [:]
    private(set) var windowCount = 0
    /// LIMIT: windows of a batch. They come in the order of series, so that a batch of a town with
    /// many has those of a few, and whoever looks for others need not open it.
    private static let rowsMax = 2048

    init(writer: StoreWriter) {
        self.writer = writer
    }

    mutating func add(
        _ window: Window, of series: SeriesID, kind: MetricKind, _ database: Database
    ) throws {
        windowCount += 1
        open[kind, default: WindowColumnWriter(kind: kind)].add(window, of: series)
        if let full = open[kind], full.rowCount >= Self.rowsMax {
            try write(full, database)
            open[kind] = nil
        }
    }

    mutating func flush(_ database: Database) throws {
        for (_, batch) in open.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try write(batch, database)
        }
        open.removeAll()
    }

    private func write(_ batch: WindowColumnWriter, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO batches(
                    id, kind, first_series, last_series, first_start, last_start, windows, block)
                VALUES ((SELECT max(ifnull(max(id), 0), ?) + 1 FROM batches), ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            // Its windows are not among those that a compaction has moved.
            writer.compactionMark?.batch ?? 0,
            Int64(batch.kind.rawValue), batch.seriesRange.lowerBound, batch.seriesRange.upperBound,
            batch.startRange.lowerBound, batch.startRange.upperBound, batch.rowCount,
            writer.coder.encode(
                kind: WindowColumns.blockKind(batch.kind), rowCount: batch.rowCount,
                columns: batch.columns),
        ])
    }
}
