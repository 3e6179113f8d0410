import BlockCodec
import Foundation
import GRDB
import StoredSeries
import Telemetry
import Windows

/// Whose windows a row of `blocks` holds.
struct BlockPlace {
    let series: SeriesID
    let tier: Tier
    let step: Int64
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
    /// Windows that begin before this time do not change any more.
    var sealing = Int64.min

    /// Adds windows, joining those whose start has one already.
    ///
    /// - Parameter windows: sorted by start, one for each start.
    func add(_ windows: [Window]) throws {
        guard let first = windows.first?.start, let last = windows.last?.start else { return }
        let blocks = try blockIDs(from: first, to: last)
        let old = try blocks.flatMap { try self.windows(of: $0) }
        try rewrite(
            blocks, as: WindowFolding.joined(old + windows, rule: place.rule), changedFrom: first)
    }

    /// Writes neighbouring blocks anew, as few and small as their windows' age allows.
    func rewrite(_ blocks: [Int64]) throws {
        try rewrite(blocks, as: blocks.flatMap { try windows(of: $0) }, areSealed: true)
    }

    /// The starts of the first and the last window; nil where there are none.
    func range() throws -> ClosedRange<Int64>? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT min(first_start) AS first, max(last_start) AS last FROM blocks
                    WHERE series = ? AND tier = ?
                    """),
            arguments: [Int64(place.series), place.tier.rawValue])
        guard let row, let first: Int64 = row["first"] else { return nil }
        let last = max(first, try row.value("last", of: "blocks"))
        guard calendarInstants.contains(first), calendarInstants.contains(last) else {
            throw StoreError.damaged(
                table: "blocks", row: 0, reason: "a start of series \(place.series) is no time")
        }
        return first...last
    }

    /// Whether there are many windows, and one of a longer tier stands for so many of these, and so
    /// many bytes, as the newest blocks have them, that it saves more reading than it takes room.
    func isWorth(_ tier: Tier) throws -> Bool {
        if place.step > 0, tier.rawValue / place.step < Tier.rowsPerWindow { return false }
        let (all, enough) = (try windowCount(), writer.pace.windowsWithoutTiers)
        guard all > enough else { return false }
        let newest = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT sum(windows) AS windows, sum(length(block)) AS bytes,
                        max(last_start) - min(first_start) AS length
                    FROM (
                        SELECT windows, first_start, last_start, block FROM blocks
                        WHERE series = ? AND tier = ? ORDER BY first_start DESC LIMIT 4)
                    """),
            arguments: [Int64(place.series), place.tier.rawValue])
        guard let newest, let count: Int64 = newest["windows"] else { return false }
        let bytes: Int64 = try newest.value("bytes", of: "blocks")
        let length: Int64 = try newest.value("length", of: "blocks")
        // What stands beside blocks has no checksum: a changed bit can be any number.
        let coarseCount = max(length, 0) / tier.rawValue + 1
        let rows = count / coarseCount
        let (weight, isOver) = all.multipliedReportingOverflow(
            by: min(rows, Tier.manyRowsPerWindow))
        return rows >= Tier.rowsPerWindow && bytes / coarseCount >= Tier.bytesPerWindow
            && (isOver || weight > enough * Tier.manyRowsPerWindow)
    }

    private func windowCount() throws -> Int64 {
        try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT sum(windows) FROM blocks WHERE series = ? AND tier = ?"),
            arguments: [Int64(place.series), place.tier.rawValue]) ?? 0
    }

    /// Replaces the windows that begin in a half-open range by those that follow from finer ones.
    ///
    /// Where finer ones are lost, a window that has more readings than what follows stays.
    func replace(from start: Int64, to end: Int64, with windows: [Window]) throws {
        let blocks = try blockIDs(from: start, to: end - 1)
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
        try rewrite(
            blocks, as: WindowFolding.joined(kept + following, rule: place.rule),
            changedFrom: start)
    }

    /// Calls `body` for the windows that begin in a half-open range, in order of start, a block at
    /// a time: a series that gets its first longer tier has several hundred thousand.
    func forEachWindow(from start: Int64, to end: Int64, _ body: (Window) -> Void) throws {
        for id in try blockIDs(from: start, to: end - 1) {
            for window in try windows(of: id) where (start..<end).contains(window.start) {
                body(window)
            }
        }
    }

    private func blockIDs(from first: Int64, to last: Int64) throws -> [Int64] {
        try Int64.fetchAll(
            database.cachedStatement(sql: BlockPlaces.overlapQuery("id")),
            arguments: BlockTable.overlapArguments(place.series, place.tier, first, last))
    }

    static func overlapArguments(
        _ series: SeriesID, _ tier: Tier, _ first: Int64, _ last: Int64
    ) -> StatementArguments {
        [Int64(series), tier.rawValue, first, last]
    }

    func windows(of id: Int64) throws -> [Window] {
        let block = try writer.block(of: id, in: "blocks", database)
        // The block has a checksum of its own: then it is the series' kind that has changed.
        guard block.kind == WindowColumns.blockKind(place.kind) else {
            throw StoreError.damaged(
                table: "series", row: Int64(place.series),
                reason: "kind \(place.kind.rawValue), and block \(id) is of kind \(block.kind)")
        }
        return try WindowColumns.rows(
            from: block, kind: place.kind, length: place.tier.length(step: place.step)
        ) { _, _ in true }
        .map(\.window)
    }
}
