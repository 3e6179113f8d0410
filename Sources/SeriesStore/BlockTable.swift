import GRDB
import StoredSeries
import Telemetry
import Windows

/// Whose windows a row of `blocks` holds.
struct BlockPlace {
    let series: SeriesID
    let tier: Tier
    let rule: WindowRule

    var kind: MetricKind { rule.kind }
}

/// The blocks of one series and tier, within a transaction.
///
/// Blocks do not overlap: each start lies in one block at most.
struct BlockTable {
    let writer: StoreWriter
    let database: Database
    let place: BlockPlace

    /// Adds windows, joining those whose start has one already.
    ///
    /// - Parameter windows: sorted by start, one for each start.
    func add(_ windows: [Window]) throws {
        guard let first = windows.first?.start, let last = windows.last?.start else { return }
        let blocks = try blocksTouched(from: first, to: last)
        let old = try blocks.flatMap { try self.windows(of: $0) }
        try rewrite(blocks, as: WindowFolding.joined(old + windows, rule: place.rule))
    }

    /// Replaces the windows that begin in a half-open range by those that follow from finer ones.
    ///
    /// Where finer ones are lost, a window that has more readings than what follows stays.
    func replace(from start: Int64, to end: Int64, with windows: [Window]) throws {
        let blocks = try blocksTouched(from: start, to: end - 1)
        let old = try blocks.flatMap { try self.windows(of: $0) }
        var kept = old.filter { !(start..<end).contains($0.start) }
        var following = windows
        if try writer.hasLost("blocks", database) {
            let counts = Dictionary(
                windows.map { ($0.start, $0.count) }, uniquingKeysWith: { first, _ in first })
            let fuller = old.filter {
                (start..<end).contains($0.start) && $0.count > counts[$0.start] ?? 0
            }
            let starts = Set(fuller.map(\.start))
            kept += fuller
            following.removeAll { starts.contains($0.start) }
        }
        try rewrite(blocks, as: WindowFolding.joined(kept + following, rule: place.rule))
    }

    /// The windows that begin in a half-open range, sorted by start.
    func windows(from start: Int64, to end: Int64) throws -> [Window] {
        try blockIDs(from: start, to: end - 1)
            .flatMap { try windows(of: $0) }
            .filter { (start..<end).contains($0.start) }
    }

    /// Blocks that overlap a closed range, and the one before it while that is not full.
    private func blocksTouched(from first: Int64, to last: Int64) throws -> [Int64] {
        let overlapping = try blockIDs(from: first, to: last)
        guard overlapping.isEmpty else { return overlapping }
        let before = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT id, windows FROM blocks
                    WHERE series = ? AND tier = ? AND first_start < ?
                    ORDER BY first_start DESC LIMIT 1
                    """),
            arguments: [Int64(place.series), place.tier.rawValue, first])
        guard let before, try before.value("windows", of: "blocks") < StoreWriter.blockWindows
        else {
            return []
        }
        return [try before.location(in: "blocks").row]
    }

    private func blockIDs(from first: Int64, to last: Int64) throws -> [Int64] {
        try Int64.fetchAll(
            database.cachedStatement(sql: BlockTable.overlapQuery("id")),
            arguments: BlockTable.overlapArguments(place.series, place.tier, first, last))
    }

    /// Blocks of a series and tier that overlap a closed range of starts, in order.
    static func overlapQuery(_ columns: String) -> String {
        """
        SELECT \(columns) FROM blocks
        WHERE series = ?1 AND tier = ?2 AND first_start <= ?4 AND last_start >= ?3
            AND first_start >= ifnull((
                SELECT max(first_start) FROM blocks
                WHERE series = ?1 AND tier = ?2 AND first_start <= ?3), ?3)
        ORDER BY first_start
        """
    }

    static func overlapArguments(
        _ series: SeriesID, _ tier: Tier, _ first: Int64, _ last: Int64
    ) -> StatementArguments {
        [Int64(series), tier.rawValue, first, last]
    }

    private func windows(of id: Int64) throws -> [Window] {
        let block = try writer.block(of: id, in: "blocks", database)
        // The block has a checksum of its own: then it is the series' kind that has changed.
        guard block.kind == WindowColumns.blockKind(place.kind) else {
            throw StoreError.damaged(
                table: "series", row: Int64(place.series),
                reason: "kind \(place.kind.rawValue), and block \(id) is of kind \(block.kind)")
        }
        return try WindowColumns.rows(from: block, kind: place.kind) { _, _ in true }
            .map(\.window)
    }

    private func rewrite(_ blocks: [Int64], as windows: [Window]) throws {
        for id in blocks {
            try database.cachedStatement(sql: "DELETE FROM blocks WHERE id = ?")
                .execute(arguments: [id])
        }
        var start = 0
        while start < windows.count {
            let end = min(start + StoreWriter.blockWindows, windows.count)
            try insert(windows[start..<end])
            start = end
        }
    }

    private func insert(_ windows: ArraySlice<Window>) throws {
        guard let first = windows.first, let last = windows.last else { return }
        var columns = WindowColumnWriter(kind: place.kind)
        for window in windows { columns.add(window, of: place.series) }
        do {
            try database.cachedStatement(
                sql: """
                    INSERT INTO blocks(series, tier, first_start, last_start, windows, block)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                Int64(place.series), place.tier.rawValue, first.start, last.start, windows.count,
                writer.coder.encode(
                    kind: WindowColumns.blockKind(place.kind), rowCount: columns.rowCount,
                    columns: columns.columns),
            ])
        } catch let error as DatabaseError
            where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
        {
            throw try damage(at: first.start) ?? error
        }
    }

    /// A block that has this start and was not found to overlap it: what stands beside it has
    /// changed.
    private func damage(at start: Int64) throws -> StoreError? {
        try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT id FROM blocks WHERE series = ? AND tier = ? AND first_start = ?"),
            arguments: [Int64(place.series), place.tier.rawValue, start]
        ).map { .damaged(table: "blocks", row: $0, reason: "last_start is not the block's") }
    }
}
