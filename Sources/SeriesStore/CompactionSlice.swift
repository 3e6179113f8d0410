import GRDB
import StoredSeries
import Telemetry
import Windows

/// Batches whose windows a compaction moves together, series by series, and how far it has come.
struct CompactionSlice {
    /// Those that are still there, in order.
    fileprivate(set) var batches: [BatchRow]
    /// Windows of each series in them.
    fileprivate let windowCounts: [Int]
    /// The first series whose windows were not moved.
    fileprivate(set) var next: SeriesID

    /// Whether nothing is left of it but to delete it.
    var isMoved: Bool { Int(next) >= windowCounts.count }

    /// Series from the next one on that together have so many windows at most, or that one.
    fileprivate func nextSeries(limit: Int) -> ClosedRange<SeriesID> {
        var last = Int(next)
        var sum = windowCounts[last]
        while last + 1 < windowCounts.count, sum + windowCounts[last + 1] <= limit {
            last += 1
            sum += windowCounts[last]
        }
        return next...SeriesID(last)
    }
}

/// The transactions of a compaction. While some of a slice's series are moved and others not, the
/// row `compacting` of `meta` says which: the batches stay as they are until all are.
extension StoreWriter {
    /// The oldest batches, as many as have windows for one transaction of any one series.
    func nextSlice(through newest: Int64) throws(StoreError) -> CompactionSlice? {
        let mark = compactionMark
        return try read { database in
            var batches: [BatchRow] = []
            var counts = [Int](repeating: 0, count: catalogue.entries.count)
            var isFull = false
            for row in try batchRows(through: mark?.batch ?? newest, database) {
                if isFull, mark == nil { break }
                let block = try block(of: row.id, in: "batches", database)
                let series = try WindowColumns.series(of: block)
                try catalogue.requireKnown(series, at: block.location)
                for series in series {
                    counts[Int(series)] += 1
                    isFull = isFull || counts[Int(series)] >= pace.windowsToMove
                }
                batches.append(row.with(series: series))
            }
            if batches.isEmpty, mark == nil { return nil }
            return CompactionSlice(
                batches: batches, windowCounts: counts, next: mark?.series ?? 0)
        }
    }

    private func batchRows(through newest: Int64, _ database: Database) throws -> [BatchRow] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT id, kind FROM batches WHERE id <= ? ORDER BY id"),
            arguments: [newest]
        ).map(BatchRow.init)
    }

    /// Moves windows of the next series of a slice into their blocks, and says so in the file.
    ///
    /// - Returns: how many windows were moved, and what is left to do.
    func move(
        _ slice: CompactionSlice, sealing time: Int64
    ) throws(StoreError) -> (count: Int, rest: CompactionSlice?) {
        let (count, rest) = try write { database in
            var rest = slice
            // One that did not read back has gone.
            let present = Set(
                try batchRows(through: slice.batches.last?.id ?? 0, database).map(\.id))
            rest.batches.removeAll { !present.contains($0.id) }
            let range = slice.nextSeries(limit: pace.windowsToMove)
            rest.next = range.upperBound + 1
            let begin = writtenWindowCount
            var count = 0
            for (series, windows) in try windows(of: range, in: rest.batches, database) {
                if writtenWindowCount - begin >= pace.windowsToMove {
                    rest.next = series
                    break
                }
                try addToBlocks(windows, of: series, sealing: time, database)
                count += windows.count
            }
            return (count, try finish(rest, database))
        }
        compactionMark = mark(of: rest)
        return (count, rest)
    }

    /// Deletes the oldest batches of a slice that was moved.
    func delete(_ slice: CompactionSlice) throws(StoreError) -> CompactionSlice? {
        let rest = try write { try deleteBatches(of: slice, $0) }
        compactionMark = mark(of: rest)
        return rest
    }

    /// Deletes the slice at once where that is little work, and otherwise notes how far it is.
    private func finish(
        _ slice: CompactionSlice, _ database: Database
    ) throws -> CompactionSlice? {
        if slice.batches.isEmpty
            || slice.isMoved && slice.batches.count <= pace.batchesToDelete
        {
            return try deleteBatches(of: slice, database)
        }
        if let mark = mark(of: slice) {
            try setMetadata(CompactionMark.key, mark.text, database)
        }
        return slice
    }

    private func mark(of slice: CompactionSlice?) -> CompactionMark? {
        slice.flatMap { slice in
            slice.batches.last.map { CompactionMark(batch: $0.id, series: slice.next) }
        }
    }

    private func deleteBatches(
        of slice: CompactionSlice, _ database: Database
    ) throws -> CompactionSlice? {
        var rest = slice
        let group = slice.batches.prefix(pace.batchesToDelete)
        rest.batches.removeFirst(group.count)
        for batch in group {
            try database.cachedStatement(sql: "DELETE FROM batches WHERE id = ?")
                .execute(arguments: [batch.id])
        }
        if !rest.batches.isEmpty { return rest }
        try database.execute(
            sql: "DELETE FROM meta WHERE key = \(sqlLiteral(CompactionMark.key))")
        return nil
    }

    /// The windows of each series of a range, in that order.
    private func windows(
        of range: ClosedRange<SeriesID>, in batches: [BatchRow], _ database: Database
    ) throws -> [(series: SeriesID, windows: [Window])] {
        var windows: [SeriesID: [Window]] = [:]
        for batch in batches where batch.series.overlaps(range) {
            let block = try block(of: batch.id, in: "batches", database)
            let rows = try WindowColumns.rows(from: block, kind: batch.kind) { series, _ in
                range.contains(series)
            }
            for (series, window) in rows { windows[series, default: []].append(window) }
        }
        return windows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// A row of `batches`, without its block.
struct BatchRow {
    let id: Int64
    let kind: MetricKind
    /// Between the least and the greatest series of its windows.
    private(set) var series: ClosedRange<SeriesID> = 0...0

    init(_ row: Row) throws {
        id = try row.location(in: "batches").row
        let number: Int64 = try row.value("kind", of: "batches")
        kind = MetricKind(rawValue: UInt8(truncatingIfNeeded: number)) ?? .gauge
    }

    func with(series: [SeriesID]) -> BatchRow {
        var row = self
        let first = series.min() ?? 0
        row.series = first...(series.max() ?? first)
        return row
    }
}
