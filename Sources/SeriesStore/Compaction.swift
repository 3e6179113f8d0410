import GRDB
import StoredSeries
import Telemetry
import Windows

/// A compaction on its way, between two of its transactions: ``StoreWriter/advance(_:)``.
public struct Compaction {
    /// Windows that were moved so far.
    public private(set) var movedCount = 0
    /// Windows that begin before it do not change any more.
    let sealing: Int64
    /// The newest batch that it takes windows from: what is settled meanwhile waits for the next.
    let newestBatch: Int64
    var isShrinking: Bool
    var slice: CompactionSlice?
    var sealable: [SealableBlocks]?

    init(sealing time: Int64, newestBatch: Int64, isShrinking: Bool) {
        (sealing, self.newestBatch, self.isShrinking) = (time, newestBatch, isShrinking)
    }

    mutating func moved(_ count: Int, rest: CompactionSlice?) {
        movedCount += count
        slice = rest
    }
}

extension StoreWriter {
    /// Moves all settled windows from their batches into blocks of one series each, and derives
    /// the longer tiers anew where they changed: all of a ``Compaction``.
    ///
    /// - Parameter sealing: see ``compaction(sealing:shrinkingFirst:)``.
    /// - Returns: how many windows were moved.
    @discardableResult
    public func compact(sealing time: Int64 = .min) throws(StoreError) -> Int {
        var compaction = try compaction(sealing: time)
        while try advance(&compaction) {}
        return compaction.movedCount
    }

    /// Begins a compaction, or goes on with one that was cut off; writes nothing yet.
    ///
    /// - Parameters:
    ///   - sealing: blocks whose windows all begin before this time are written once more,
    ///     as small as can be, and without the times of their last readings: no reading comes any
    ///     more that could be later. Milliseconds since 1970 UTC.
    ///   - shrinkingFirst: gives free pages back and empties the log before anything is moved, as
    ///     ``shrink()`` does: then few pages are free, those of readings that were settled. Those
    ///     of the batches stay, for the readings and windows to come.
    public func compaction(
        sealing time: Int64 = .min, shrinkingFirst: Bool = false
    ) throws(StoreError) -> Compaction {
        let newest = try read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM batches") }
        return Compaction(sealing: time, newestBatch: newest ?? 0, isShrinking: shrinkingFirst)
    }

    /// Does the next transaction of a compaction, whose work is bounded by ``StorePace``: commits
    /// may be made in between. Each leaves the file whole: who reads it finds each window once.
    ///
    /// - Returns: false where nothing is left to do.
    public func advance(_ compaction: inout Compaction) throws(StoreError) -> Bool {
        if compaction.isShrinking {
            compaction.isShrinking = try freePages()
            return true
        }
        if compaction.slice == nil {
            compaction.slice = try nextSlice(through: compaction.newestBatch)
        }
        if let slice = compaction.slice {
            try advance(slice, of: &compaction)
            return true
        }
        return try sealNext(&compaction)
    }

    private func advance(
        _ slice: CompactionSlice, of compaction: inout Compaction
    ) throws(StoreError) {
        if slice.isMoved {
            compaction.moved(0, rest: try delete(slice))
        } else {
            let (count, rest) = try move(slice, sealing: compaction.sealing)
            compaction.moved(count, rest: rest)
        }
    }

    private func sealNext(_ compaction: inout Compaction) throws(StoreError) -> Bool {
        let time = compaction.sealing
        if compaction.sealable == nil {
            (compaction.sealable, pageFilling) = try read { database in
                // The rows that they take the place of leave their pages; these stay.
                let filling = try PageFilling(after: newestBlock(database), pagesMax: 4_096)
                return (try SealableBlocks.find(before: time, database).reversed(), filling)
            }
        }
        guard let next = compaction.sealable?.popLast() else {
            pageFilling = nil
            return false
        }
        try write { try seal(next, before: time, $0) }
        return true
    }

    /// Windows that begin before this do not change any more, as far as anybody can tell.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970 UTC.
    ///   - lateLimit: readings older than this are refused; nil: none are, and one that comes after
    ///     a month may leave the last reading of its window as it is.
    public static func sealingTime(now: Int64, lateLimit: Int64? = nil) -> Int64 {
        now - max(lateLimit ?? 0, 30 * 86_400_000)
    }

    /// How many settled windows wait for compaction; where one is on its way, with those that it
    /// has moved.
    public func waitingWindowCount() throws(StoreError) -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT sum(windows) FROM batches") ?? 0 }
    }

    /// Gives pages that are free back to the file system, and empties the write-ahead log: readings
    /// that were settled are then gone from both.
    public func shrink() throws(StoreError) {
        while try freePages() {}
    }

    /// Gives some pages back, and with the last of them empties the log.
    ///
    /// - Returns: whether more are left.
    private func freePages() throws(StoreError) -> Bool {
        try catchingDatabaseErrors(path: database.path) {
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA incremental_vacuum(\(pace.pagesToFree))")
                let rest = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
                if rest > 0 { return true }
                _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                return false
            }
        }
    }

    private func seal(_ blocks: SealableBlocks, before time: Int64, _ database: Database) throws {
        let descriptor = catalogue.entries[Int(blocks.series)].descriptor
        let place = BlockPlace(
            series: blocks.series, tier: .base, step: descriptor.step, rule: descriptor.windowRule)
        try BlockTable(writer: self, database: database, place: place, sealing: time)
            .rewrite(blocks.ids)
    }
}
