import Foundation
import GRDB
import StoredSeries
import Telemetry
import Windows

/// What a store holds of one series.
public struct SeriesSummary: Sendable {
    public var descriptor: SeriesDescriptor
    public var device: String
    /// Start of the first and of the last base window, nil where there is none.
    public var firstStart: Int64?
    public var lastStart: Int64?
    /// Base windows.
    public var windowCount = 0
    /// Bytes of its blocks, all tiers.
    public var blockBytes = 0
}

/// What the parts of a store take.
public struct StoreStatistics: Sendable {
    public var fileBytes: Int64 = 0
    public var logBytes: Int64 = 0
    public var seriesCount = 0
    public var deviceCount = 0
    public var hotReadingCount = 0
    public var waitingWindowCount = 0
    /// Windows and bytes of blocks by tier.
    public var tiers: [(tier: Tier, windows: Int, bytes: Int)] = []
}

extension StoreSnapshot {
    /// One summary for each of the series, in order.
    public func summaries(of series: [SeriesID]) throws -> [SeriesSummary] {
        var summaries: [SeriesID: SeriesSummary] = [:]
        for id in series {
            let entry = catalogue.entries[Int(id)]
            summaries[id] = SeriesSummary(
                descriptor: entry.descriptor, device: catalogue.deviceName(entry.device))
        }
        try forEachBlock { block in
            guard var summary = summaries[block.series] else { return }
            summary.blockBytes += block.bytes
            if block.tier == Tier.base.rawValue {
                summary.firstStart = min(block.starts.lowerBound, summary.firstStart ?? .max)
                summary.lastStart = max(block.starts.upperBound, summary.lastStart ?? .min)
                summary.windowCount += block.windows
            }
            summaries[block.series] = summary
        }
        try addRecent(to: &summaries, series)
        return series.compactMap { summaries[$0] }
    }

    /// What stands beside a block.
    private struct BlockFacts {
        let series: SeriesID
        let tier: Int64
        let starts: ClosedRange<Int64>
        let windows: Int
        let bytes: Int
    }

    /// All blocks that can be reached; the others are remembered as damage.
    private func forEachBlock(_ body: (BlockFacts) -> Void) throws {
        let columns = "id, series, tier, first_start, last_start, windows, length(block) AS bytes"
        try series.forEachRow(of: "blocks", columns: columns) { row in
            let first = try row.instant("first_start", of: "blocks")
            body(
                BlockFacts(
                    series: SeriesID(
                        truncatingIfNeeded: try row.integer("series", of: "blocks")),
                    tier: try row.integer("tier", of: "blocks"),
                    starts: first...max(first, try row.instant("last_start", of: "blocks")),
                    windows: try row.count("windows", of: "blocks"),
                    bytes: Int(try row.integer("bytes", of: "blocks"))))
        }
    }

    private func addRecent(
        to summaries: inout [SeriesID: SeriesSummary], _ series: [SeriesID]
    ) throws {
        try self.series.forEachRecentSeries(series) { id, windows in
            guard let first = windows.first?.start, let last = windows.last?.start,
                var summary = summaries[id]
            else { return }
            // A window that is in blocks already and was added to late is not a new one.
            let newest = summary.lastStart ?? .min
            summary.windowCount += windows.count { $0.start > newest }
            summary.firstStart = min(first, summary.firstStart ?? .max)
            summary.lastStart = max(last, newest)
            summaries[id] = summary
        }
    }

    /// The counts of the ledger by device and day.
    ///
    /// - Parameters:
    ///   - day: yyyymmdd, nil for all days.
    ///   - device: nil for all devices.
    public func ledger(
        day: Int32? = nil, device only: DeviceID? = nil
    ) throws -> [LedgerKey: LedgerCounts] {
        var ledger: [LedgerKey: LedgerCounts] = [:]
        // Folded ones of that day and device; what a page that cannot be reached held is lost.
        let dayOnly = day.map { " AND day = \($0)" } ?? ""
        let deviceOnly = only.map { " AND device = \($0)" } ?? ""
        let rows = DatabaseRows(database)
        do {
            try rows.forEachRow(
                "SELECT * FROM ledger WHERE true\(dayOnly)\(deviceOnly)", []
            ) { row in
                let number = try row.integer("counter", of: "ledger")
                guard let counter = LedgerCounter(rawValue: UInt8(truncatingIfNeeded: number))
                else { return true }
                let key = LedgerKey(
                    day: Int32(truncatingIfNeeded: try row.integer("day", of: "ledger")),
                    device: DeviceID(
                        truncatingIfNeeded: try row.integer("device", of: "ledger")))
                // A damaged count may be any number; its row is named elsewhere.
                let count = try row.integer("count", of: "ledger")
                ledger[key, default: LedgerCounts()][counter] &+= count
                return true
            }
        } catch {
            guard let reason = rows.reason(ofUnreachableRow: error) else { throw error }
            damageMet.lose(.damaged(table: "ledger", row: 0, reason: reason))
        }
        try series.forEachRow(of: "commits", columns: "id, ledger") { row in
            let block = try coder.open(
                row.blob("ledger", of: "commits"), at: row.location(in: "commits"))
            for (key, counts) in try LedgerColumns.ledger(from: block) {
                ledger[key, default: LedgerCounts()].add(counts)
            }
        }
        return ledger.filter { key, counts in
            !counts.isEmpty && key.day == day ?? key.day && key.device == only ?? key.device
        }
    }

    /// When the newest commit was made, milliseconds since 1970 UTC; nil where there is none.
    public func newestCommitTime() throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT time FROM commits ORDER BY id DESC LIMIT 1")
    }

    /// Readings without a time that no setting of the clock can give one any more: those of other
    /// runs of the machine.
    ///
    /// - Parameter boot: the kernel's boot id of this run.
    public func unplacedReadingCount(besides boot: String) throws -> Int {
        guard try database.tableExists("unplaced") else { return 0 }
        return try Int.fetchOne(
            database, sql: "SELECT sum(readings) FROM unplaced WHERE boot != \(sqlLiteral(boot))")
            ?? 0
    }

    /// Sizes and counts of the store's parts.
    public func statistics(path: String) throws -> StoreStatistics {
        var statistics = StoreStatistics()
        statistics.fileBytes = fileSize(path)
        statistics.logBytes = fileSize(path + "-wal")
        statistics.seriesCount = catalogue.entries.count
        statistics.deviceCount = catalogue.devices.count - 1
        try series.forEachRow(of: "segments", columns: "id, readings") { row in
            statistics.hotReadingCount += try row.count("readings", of: "segments")
        }
        try series.forEachRow(of: "batches", columns: "id, windows") { row in
            statistics.waitingWindowCount += try row.count("windows", of: "batches")
        }
        var tiers: [Tier: (windows: Int, bytes: Int)] = [:]
        try forEachBlock { block in
            guard let tier = Tier(rawValue: block.tier) else { return }
            tiers[tier, default: (0, 0)].windows += block.windows
            tiers[tier, default: (0, 0)].bytes += block.bytes
        }
        statistics.tiers = tiers.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { ($0.key, $0.value.windows, $0.value.bytes) }
        return statistics
    }
}
