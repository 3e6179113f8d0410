import BlockCodec
import Foundation
import GRDB
import StoredSeries
import Telemetry
import Windows

/// Windows as rows of `blocks`.
extension BlockTable {
    /// Writes windows in place of the blocks that they overlap, as a block of their own behind
    /// those that are not full, or together with some of these: ``BlockSize/joining(_:to:)``.
    ///
    /// - Parameter start: windows that begin before it are as they were.
    func rewrite(
        _ overlapping: [Int64], as windows: [Window], changedFrom start: Int64
    ) throws {
        guard let first = windows.first else { return try rewrite(overlapping, as: []) }
        let unchanged = windows.prefix { $0.start < start }
        let before = try partialBlocks(before: first.start)
        let sizes = (unchanged.isEmpty ? [] : [unchanged.count]) + before.map(\.count)
        let joined = BlockSize.joining(windows.count - unchanged.count, to: sizes)
        if joined == 0 {
            try rewrite(overlapping, as: Array(unchanged))
            try rewrite([], as: Array(windows.dropFirst(unchanged.count)))
            return
        }
        let blocks = before.prefix(joined - (unchanged.isEmpty ? 0 : 1)).map(\.id).reversed()
        let old = try blocks.flatMap { try self.windows(of: $0) }
        try rewrite(blocks + overlapping, as: old + windows)
    }

    /// The blocks that are not full, one after another, before a time, from the newest on.
    private func partialBlocks(before time: Int64) throws -> [(id: Int64, count: Int)] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT id, windows FROM blocks
                    WHERE series = ? AND tier = ? AND first_start < ? ORDER BY first_start DESC
                    """),
            arguments: [Int64(place.series), place.tier.rawValue, time])
        var blocks: [(id: Int64, count: Int)] = []
        while let row = try rows.next() {
            let count: Int = try row.value("windows", of: "blocks")
            if count % BlockSize.full == 0 { break }
            blocks.append((try row.location(in: "blocks").row, count))
        }
        return blocks
    }

    /// - Parameter areSealed: whether all of these are windows to seal, and none of the newest.
    func rewrite(
        _ blocks: [Int64], as windows: [Window], areSealed: Bool = false
    ) throws {
        for id in blocks {
            try database.cachedStatement(sql: "DELETE FROM blocks WHERE id = ?")
                .execute(arguments: [id])
        }
        var rest = windows[...]
        while let first = rest.first {
            let block = nextBlock(of: rest, areSealed: areSealed)
            try insert(block, of: rest.prefix(block.rowCount), first: first)
            writer.writtenWindowCount += block.rowCount
            rest = rest.dropFirst(block.rowCount)
        }
    }

    /// The first block of those that windows are laid in.
    ///
    /// A sealed block is as small as can be, and where windows need few bytes it has more of them,
    /// ``BlockSize/sealed(firstBytes:)``. The newest full block of a series and those of longer
    /// tiers are read most and stay quick to read, as one of less than a byte a window is anyway.
    /// What does not fill a block may gather: ``SealableBlocks`` finds it where it will not.
    private func nextBlock(of windows: ArraySlice<Window>, areSealed: Bool) -> EncodedBlock {
        let full = windows.prefix(BlockSize.full)
        let quick = encode(full, isSealed: false)
        let count = BlockSize.sealed(firstBytes: quick.bytes.count)
        let isQuickAnyway = quick.bytes.count < full.count && full.count == BlockSize.full
        guard place.tier == .base,
            areSealed || isQuickAnyway || windows.count >= count + BlockSize.full
        else { return quick }
        let sealed = windows.prefix(count)
        guard let last = sealed.last, last.start < sealing else { return quick }
        return encode(sealed, isSealed: true)
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
        let integers = [
            Int64(place.series), place.tier.rawValue, first.start,
            (windows.last ?? first).start, Int64(block.rowCount), block.isSealed ? 1 : 0,
        ]
        let size = PageFilling.payloadSize(integers: integers, blobBytes: block.bytes.count)
        do {
            try database.cachedStatement(
                sql: """
                    INSERT INTO blocks(
                        id, series, tier, first_start, last_start, windows, sealed, block)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(
                arguments: [try writer.blockID(forRowOf: size, database)]
                    + StatementArguments(integers) + [block.bytes])
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
