import GRDB
import StoredSeries
import Telemetry

/// How many windows a block of the file has.
enum BlockSize {
    /// Of a full block.
    static let full = 2048
    /// Of a sealed block that several full ones of few bytes were merged into.
    static let merged = 4 * full
    /// A full block of fewer bytes is one of few bytes: a page of the file is then worth more than
    /// what is read in vain.
    static let smallBytes = 6144
    /// How many blocks of about one size gather at the end of a series before they become one.
    static let gathering = 24

    /// How many of the blocks before some windows, from the newest on, are written anew together
    /// with these: all where that fills a block, otherwise those at the end of which so many
    /// windows have gathered that a window is rewritten few times until its block is full.
    ///
    /// - Parameters:
    ///   - count: windows that are written anyway.
    ///   - sizes: windows of the blocks before, of which none is full, from the newest on.
    static func joining(_ count: Int, to sizes: [Int]) -> Int {
        if sizes.reduce(count, +) >= full { return sizes.count }
        var joined = 0
        var sum = count
        for (index, size) in sizes.enumerated() {
            if size * (gathering - 1) <= sum { joined = index + 1 }
            sum += size
        }
        return joined
    }
}

/// Blocks of one series whose windows do not change any more, to be written as one sealed block:
/// one block, or several of few bytes.
struct SealableBlocks {
    let series: SeriesID
    private(set) var ids: [Int64]
    private var areSmall: Bool

    /// All there are, in the order of series and time.
    ///
    /// - Parameter time: windows that begin before it do not change any more.
    static func find(before time: Int64, _ database: Database) throws -> [SealableBlocks] {
        // A block is left alone until another full one follows: the newest windows are read most.
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT id, series, length(block) AS size,
                    (SELECT before.id FROM blocks AS before
                     WHERE before.series = blocks.series AND before.tier = blocks.tier
                         AND before.first_start < blocks.first_start
                     ORDER BY before.first_start DESC LIMIT 1) AS previous
                FROM blocks
                WHERE sealed = 0 AND tier = 0 AND last_start < ? AND windows = ?
                    AND EXISTS (
                        SELECT 1 FROM blocks AS later
                        WHERE later.series = blocks.series AND later.tier = blocks.tier
                            AND later.first_start > blocks.first_start AND later.windows >= ?)
                ORDER BY series, first_start
                """, arguments: [time, BlockSize.full, BlockSize.full])
        var found: [SealableBlocks] = []
        while let row = try rows.next() {
            let id = try row.location(in: "blocks").row
            let series: Int64 = try row.value("series", of: "blocks")
            let size: Int = try row.value("size", of: "blocks")
            let previous: Int64? = row["previous"]
            let isSmall = size < BlockSize.smallBytes
            if isSmall, let last = found.indices.last, found[last].takes(previous) {
                found[last].ids.append(id)
            } else {
                found.append(
                    SealableBlocks(
                        series: SeriesID(truncatingIfNeeded: series), ids: [id], areSmall: isSmall))
            }
        }
        return found.filter { !$0.areSmall || $0.ids.count == $0.idsWanted }
    }

    private var idsWanted: Int { areSmall ? BlockSize.merged / BlockSize.full : 1 }

    /// Whether a block of few bytes that follows this one belongs to these.
    private func takes(_ previous: Int64?) -> Bool {
        areSmall && ids.count < idsWanted && ids.last == previous
    }
}
