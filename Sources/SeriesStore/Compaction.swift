import GRDB
import StoredSeries
import Telemetry
import Windows

extension StoreWriter {
    /// Moves all settled windows from their batches into blocks of one series each, and derives
    /// the longer tiers anew where they changed.
    ///
    /// One transaction, and one for each block that is sealed; memory is bounded by
    /// ``compactingWindowsMax`` windows at a time.
    ///
    /// - Parameter sealing: blocks whose windows all begin before this time are written once more,
    ///   as small as can be, and without the times of their last readings: no reading comes any
    ///   more that could be later. Milliseconds since 1970 UTC.
    /// - Returns: how many windows were moved.
    @discardableResult
    public func compact(sealing time: Int64 = .min) throws(StoreError) -> Int {
        let moved = try moveToBlocks(sealing: time)
        for blocks in try read({ try SealableBlocks.find(before: time, $0) }) {
            try write { try seal(blocks, before: time, $0) }
        }
        return moved
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

    private func seal(_ blocks: SealableBlocks, before time: Int64, _ database: Database) throws {
        let descriptor = catalogue.entries[Int(blocks.series)].descriptor
        let place = BlockPlace(
            series: blocks.series, tier: .base, step: descriptor.step, rule: descriptor.windowRule)
        try BlockTable(writer: self, database: database, place: place, sealing: time)
            .rewrite(blocks.ids)
    }

    private func moveToBlocks(sealing time: Int64) throws(StoreError) -> Int {
        try write { database in
            let batches = try Row.fetchAll(
                database,
                sql: "SELECT id, kind, first_series, last_series, windows FROM batches ORDER BY id"
            ).map(BatchRow.init)
            guard let newest = batches.last?.id else { return 0 }
            var moved = 0
            for range in try seriesRanges(of: batches, database) {
                var rows: [WindowColumns.Row] = []
                for batch in batches where batch.series.overlaps(range) {
                    rows += try self.rows(of: batch, in: range, database)
                    // A single series may have more than the limit: it then comes in parts.
                    if rows.count >= compactingWindowsMax {
                        moved += try addToBlocks(&rows, sealing: time, database)
                    }
                }
                moved += try addToBlocks(&rows, sealing: time, database)
            }
            try database.execute(sql: "DELETE FROM batches WHERE id <= ?", arguments: [newest])
            return moved
        }
    }

    /// How many settled windows wait for compaction.
    public func waitingWindowCount() throws(StoreError) -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT sum(windows) FROM batches") ?? 0 }
    }

    /// Gives pages that compaction freed back to the file system, and empties the write-ahead log.
    public func shrink() throws(StoreError) {
        try catchingDatabaseErrors(path: database.path) {
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA incremental_vacuum")
                _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        }
    }

    private func rows(
        of batch: BatchRow, in range: ClosedRange<SeriesID>, _ database: Database
    ) throws -> [WindowColumns.Row] {
        let block = try block(of: batch.id, in: "batches", database)
        let rows = try WindowColumns.rows(from: block, kind: batch.kind) { series, _ in
            range.contains(series)
        }
        try catalogue.requireKnown(rows.lazy.map(\.series), at: block.location)
        return rows
    }

    private func seriesRanges(
        of batches: [BatchRow], _ database: Database
    ) throws -> [ClosedRange<SeriesID>] {
        if batches.reduce(0, { $0 + $1.count }) <= compactingWindowsMax {
            return [0...SeriesID.max]
        }
        var counts = [Int](repeating: 0, count: catalogue.entries.count)
        for batch in batches {
            for series in try WindowColumns.series(
                of: block(of: batch.id, in: "batches", database))
            where series < counts.count {
                counts[Int(series)] += 1
            }
        }
        return balancedRanges(counts, limit: compactingWindowsMax)
    }

    /// Adds settled windows of several series to their blocks, and empties the list.
    private func addToBlocks(
        _ rows: inout [WindowColumns.Row], sealing time: Int64, _ database: Database
    ) throws -> Int {
        let count = rows.count
        let bySeries = Dictionary(grouping: rows) { $0.series }
        rows.removeAll()
        for (series, list) in bySeries.sorted(by: { $0.key < $1.key }) {
            try addToBlocks(list.map(\.window), of: series, sealing: time, database)
        }
        return count
    }

    /// Adds settled windows of one series to its base blocks and derives the tiers above.
    private func addToBlocks(
        _ windows: [Window], of series: SeriesID, sealing time: Int64, _ database: Database
    ) throws {
        let descriptor = catalogue.entries[Int(series)].descriptor
        let place = BlockPlace(
            series: series, tier: .base, step: descriptor.step, rule: descriptor.windowRule)
        let joined = WindowFolding.joined(windows, rule: descriptor.windowRule)
        let blocks = BlockTable(
            writer: self, database: database, place: place, sealing: time)
        for group in groups(joined, step: descriptor.step) {
            try blocks.add(Array(group))
            guard let oldest = group.first?.start, let newest = group.last?.start else { continue }
            try deriveTiers(
                from: oldest, through: newest, of: series, sealing: time, database)
        }
    }

    /// Splits windows where a day or more lies between the end of one and the next, so that one
    /// late reading of last year does not derive a year anew.
    private func groups(_ windows: [Window], step: Int64) -> [ArraySlice<Window>] {
        var groups: [ArraySlice<Window>] = []
        var begin = 0
        for index in windows.indices.dropFirst()
        where windows[index].start - windows[index - 1].start >= step + 86_400_000 {
            groups.append(windows[begin..<index])
            begin = index
        }
        groups.append(windows[begin...])
        return groups
    }

    /// Derives the tiers above the base anew where base windows of a closed range lie.
    ///
    /// A series has a longer tier from its first window on or not at all: it gets one once that
    /// is worth its room, and keeps it.
    func deriveTiers(
        from oldest: Int64, through newest: Int64, of series: SeriesID,
        sealing time: Int64 = .min, _ database: Database
    ) throws {
        let descriptor = catalogue.entries[Int(series)].descriptor
        let rule = catalogue.entries[Int(series)].rule
        func table(_ tier: Tier) -> BlockTable {
            BlockTable(
                writer: self, database: database,
                place: BlockPlace(
                    series: series, tier: tier, step: descriptor.step, rule: rule),
                sealing: time)
        }
        var finer = [Tier.base]
        for tier in Tier.above(step: descriptor.step) {
            let target = table(tier)
            var range: ClosedRange? = oldest...newest
            if try target.range() == nil {
                guard try table(.base).isWorth(tier) else { continue }
                range = try table(.base).range()
            }
            guard let range else { continue }
            // Not from hours, which cross midnight where clocks differ from UTC by a part of one.
            let below = finer.last { tier != .day || $0 != .hour } ?? .base
            let start = { (instant: Int64) in
                tier.windowStart(of: instant, step: descriptor.step, zone: self.zone)
            }
            let first = start(range.lowerBound)
            let end = tier.windowEnd(
                from: start(range.upperBound), step: descriptor.step, zone: zone)
            var windows = try table(below).windows(from: first, to: end)
            if below == .base { WindowFolding.allowForReplacements(in: &windows, rule: rule) }
            let days = DayMemory(zone: zone)
            let coarse = WindowFolding.coarsened(windows, rule: rule) { instant in
                tier == .day ? days.start(of: instant) : start(instant)
            }
            try target.replace(from: first, to: end, with: coarse)
            finer.append(tier)
        }
    }
}

extension Tier {
    /// Base windows that a window of a longer tier must stand for, and the bytes of these, so that
    /// the tier is worth its room: its windows take some five bytes each, and where nothing
    /// changes the base takes fewer.
    static let rowsPerWindow: Int64 = 16
    static let bytesPerWindow: Int64 = 4
}

/// A row of `batches`, without its block.
private struct BatchRow {
    let id: Int64
    let kind: MetricKind
    let series: ClosedRange<SeriesID>
    let count: Int

    init(_ row: Row) throws {
        id = try row.location(in: "batches").row
        let number: Int64 = try row.value("kind", of: "batches")
        kind = MetricKind(rawValue: UInt8(truncatingIfNeeded: number)) ?? .gauge
        let first: Int64 = try row.value("first_series", of: "batches")
        let last: Int64 = try row.value("last_series", of: "batches")
        series = SeriesID(clamping: first)...SeriesID(clamping: max(first, last))
        count = try row.value("windows", of: "batches")
    }
}
