import GRDB
import StoredSeries
import Telemetry

/// How many windows a block of the file has.
enum BlockSize {
    /// Of a full block.
    static let full = 2048
    /// A full block of fewer bytes is one of few bytes: a page of the file is then worth more than
    /// what is read in vain.
    static let smallBytes = 6144
    /// Of a sealed block of full ones of few bytes, at least and at most.
    static let merged = 4 * full
    static let mergedMaximum = 16 * full

    /// How many windows a sealed block has whose first full one takes so many bytes: as many as
    /// make a block of ``smallBytes``, within the bounds.
    static func sealed(firstBytes bytes: Int) -> Int {
        if bytes >= smallBytes { return full }
        return min(max(merged, smallBytes / max(bytes, 1) * full), mergedMaximum)
    }

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
    private var windows: Int
    private var bytes: Int
    private let windowsWanted: Int
    /// Whether the series has said nothing since: no more windows are waited for.
    private let isSilent: Bool

    /// All there are, from the longest on: the short ones find room on the pages of these.
    ///
    /// - Parameter time: windows that begin before it do not change any more.
    static func find(before time: Int64, _ database: Database) throws -> [SealableBlocks] {
        // A block is left alone until another full one follows: the newest windows are read most.
        // Of a series that is silent, what is read as quickly is sealed to the end: all of it where
        // it never filled a block, and blocks of less than a byte a window.
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT id, series, windows, length(block) AS size,
                    (SELECT before.id FROM blocks AS before
                     WHERE before.series = blocks.series AND before.tier = blocks.tier
                         AND before.first_start < blocks.first_start
                     ORDER BY before.first_start DESC LIMIT 1) AS previous,
                    (SELECT newest.last_start FROM blocks AS newest
                     WHERE newest.series = blocks.series AND newest.tier = blocks.tier
                     ORDER BY newest.first_start DESC LIMIT 1) < ?1 AS is_silent,
                    (SELECT sum(windows) FROM blocks AS whole
                     WHERE whole.series = blocks.series AND whole.tier = blocks.tier) AS total
                FROM blocks
                WHERE sealed = 0 AND tier = 0 AND last_start < ?1
                    AND (is_silent AND (total < ?2 OR size < ?2) OR windows = ?2 AND EXISTS (
                        SELECT 1 FROM blocks AS later
                        WHERE later.series = blocks.series AND later.tier = blocks.tier
                            AND later.first_start > blocks.first_start AND later.windows >= ?2))
                ORDER BY series, first_start
                """, arguments: [time, BlockSize.full])
        var found: [SealableBlocks] = []
        while let row = try rows.next() {
            let block = try SealableBlocks(row)
            let previous: Int64? = row["previous"]
            if let last = found.indices.last, found[last].takes(block, after: previous) {
                found[last].add(block)
            } else {
                found.append(block)
            }
        }
        return found.filter { $0.windows == $0.windowsWanted || $0.isSilent }
            .sorted { $0.bytes > $1.bytes }
    }

    private init(_ row: Row) throws {
        ids = [try row.location(in: "blocks").row]
        let series: Int64 = try row.value("series", of: "blocks")
        self.series = SeriesID(truncatingIfNeeded: series)
        windows = try row.value("windows", of: "blocks")
        bytes = try row.value("size", of: "blocks")
        windowsWanted = BlockSize.sealed(firstBytes: bytes)
        isSilent = try row.value("is_silent", of: "blocks")
    }

    /// Whether a block that follows another one belongs to these.
    private func takes(_ block: SealableBlocks, after previous: Int64?) -> Bool {
        let fits =
            block.windowsWanted > BlockSize.full || windows + block.windows <= BlockSize.full
        return windows < windowsWanted && fits && ids.last == previous
    }

    private mutating func add(_ block: SealableBlocks) {
        ids += block.ids
        windows += block.windows
        bytes += block.bytes
    }
}
