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
        let blocks = try blocksTouched(from: first, to: last)
        let old = try blocks.flatMap { try self.windows(of: $0) }
        try rewrite(blocks, as: WindowFolding.joined(old + windows, rule: place.rule))
    }

    /// Writes neighbouring blocks anew, as few and small as their windows' age allows.
    func rewrite(_ blocks: [Int64]) throws {
        try rewrite(blocks, as: blocks.flatMap { try windows(of: $0) })
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
        return first...max(first, try row.value("last", of: "blocks"))
    }

    /// Whether windows of a longer tier stand for so many of these, and so many bytes, as the
    /// newest blocks have them, that the tier saves more reading than it takes room.
    func isWorth(_ tier: Tier) throws -> Bool {
        if place.step > 0, tier.rawValue / place.step < Tier.rowsPerWindow { return false }
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
        let coarseCount = length / tier.rawValue + 1
        return count / coarseCount >= Tier.rowsPerWindow
            && bytes / coarseCount >= Tier.bytesPerWindow
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
        guard let before, try before.value("windows", of: "blocks") % BlockSize.full != 0 else {
            return []
        }
        return [try before.location(in: "blocks").row]
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

    private func windows(of id: Int64) throws -> [Window] {
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

    private func rewrite(_ blocks: [Int64], as windows: [Window]) throws {
        for id in blocks {
            try database.cachedStatement(sql: "DELETE FROM blocks WHERE id = ?")
                .execute(arguments: [id])
        }
        var rest = windows[...]
        while let first = rest.first {
            let block = nextBlock(of: rest)
            try insert(block, of: rest.prefix(block.rowCount), first: first)
            rest = rest.dropFirst(block.rowCount)
        }
    }

    /// The first block of those that windows are laid in.
    ///
    /// A sealed block is as small as can be: it has ``BlockSize/full`` windows, or
    /// ``BlockSize/merged`` where windows need few bytes. The newest block of a series and those of
    /// longer tiers are read most and stay quick to read.
    private func nextBlock(of windows: ArraySlice<Window>) -> EncodedBlock {
        let full = windows.prefix(BlockSize.full)
        let quick = encode(full, isSealed: false)
        guard place.tier == .base, canSeal(full) else { return quick }
        if quick.bytes.count >= BlockSize.smallBytes { return encode(full, isSealed: true) }
        let several = windows.prefix(BlockSize.merged)
        guard several.count == BlockSize.merged, canSeal(several) else { return quick }
        return encode(several, isSealed: true)
    }

    private func canSeal(_ windows: ArraySlice<Window>) -> Bool {
        guard windows.count >= BlockSize.full, let last = windows.last else { return false }
        return last.start < sealing
    }

    private func encode(_ windows: ArraySlice<Window>, isSealed: Bool) -> EncodedBlock {
        var columns = WindowColumnWriter(
            kind: place.kind, form: NumberForm(of: windows, kind: place.kind),
            keepingLastTimes: place.tier == .base && place.step == 0 ? .min : sealing)
        for window in windows { columns.add(window, of: place.series) }
        let bytes = writer.coder.encode(
            kind: WindowColumns.blockKind(place.kind), rowCount: columns.rowCount,
            columns: columns.columns, effort: isSealed ? .smallest : .thorough)
        return EncodedBlock(rowCount: columns.rowCount, bytes: bytes, isSealed: isSealed)
    }

    private struct EncodedBlock {
        let rowCount: Int
        let bytes: Data
        let isSealed: Bool
    }

    private func insert(
        _ block: EncodedBlock, of windows: ArraySlice<Window>, first: Window
    ) throws {
        do {
            try database.cachedStatement(
                sql: """
                    INSERT INTO blocks(
                        series, tier, first_start, last_start, windows, sealed, block)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                Int64(place.series), place.tier.rawValue, first.start,
                (windows.last ?? first).start, block.rowCount, block.isSealed, block.bytes,
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
