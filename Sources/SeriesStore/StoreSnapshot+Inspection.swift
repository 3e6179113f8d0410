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
                descriptor: entry.descriptor, device: catalogue.devices[Int(entry.device)])
        }
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT series, tier, min(first_start) AS first, max(last_start) AS last,
                    sum(windows) AS windows, sum(length(block)) AS bytes
                FROM blocks GROUP BY series, tier
                """)
        while let row = try rows.next() {
            let number: Int64 = try row.value("series", of: "blocks")
            let id = SeriesID(truncatingIfNeeded: number)
            let tier: Int64 = try row.value("tier", of: "blocks")
            summaries[id]?.blockBytes += try row.value("bytes", of: "blocks")
            if tier == Tier.base.rawValue {
                summaries[id]?.firstStart = try row.value("first", of: "blocks")
                summaries[id]?.lastStart = try row.value("last", of: "blocks")
                summaries[id]?.windowCount = try row.value("windows", of: "blocks")
            }
        }
        try addRecent(to: &summaries, series)
        return series.compactMap { summaries[$0] }
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
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT * FROM ledger WHERE day = ifnull(?, day) AND device = ifnull(?, device)",
            arguments: [day.map { Int64($0) }, only.map { Int64($0) }])
        for row in rows {
            let number: Int64 = try row.value("counter", of: "ledger")
            guard let counter = LedgerCounter(rawValue: UInt8(truncatingIfNeeded: number)) else {
                continue
            }
            let rowDay: Int64 = try row.value("day", of: "ledger")
            let device: Int64 = try row.value("device", of: "ledger")
            let key = LedgerKey(
                day: Int32(truncatingIfNeeded: rowDay),
                device: DeviceID(truncatingIfNeeded: device))
            let count: Int64 = try row.value("count", of: "ledger")
            ledger[key, default: LedgerCounts()][counter] += count
        }
        for row in try Row.fetchAll(database, sql: "SELECT id, ledger FROM commits") {
            let location = try row.location(in: "commits")
            let block = try coder.open(row.value("ledger", of: "commits"), at: location)
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
        statistics.hotReadingCount =
            try Int.fetchOne(database, sql: "SELECT sum(readings) FROM segments") ?? 0
        statistics.waitingWindowCount =
            try Int.fetchOne(database, sql: "SELECT sum(windows) FROM batches") ?? 0
        for row in try Row.fetchAll(
            database,
            sql: """
                SELECT tier, sum(windows) AS windows, sum(length(block)) AS bytes
                FROM blocks GROUP BY tier ORDER BY tier
                """)
        {
            guard let tier = Tier(rawValue: try row.value("tier", of: "blocks")) else { continue }
            statistics.tiers.append(
                (
                    tier, try row.value("windows", of: "blocks"),
                    try row.value("bytes", of: "blocks")
                ))
        }
        return statistics
    }

    /// Reads everything and tells what does not read back, and what was set aside because it did
    /// not; empty where all is well. Where a page is damaged the rest of the file is read all the
    /// same.
    public func verify() throws -> [StoreError] {
        var faults = try rowsSetAside()
        // A page that cannot be reached is met by each that looks for it.
        func note(_ fault: StoreError) { if !faults.contains(fault) { faults.append(fault) } }
        for table in RowSum.tables {
            try goingOn(at: table, note) {
                try RowSum.faults(in: [table], database).forEach(note)
            }
        }
        try goingOn(at: "(file)", note) {
            // It ends with an error of its own where it has met a page that it cannot follow.
            let lines = try String.fetchCursor(database, sql: "PRAGMA integrity_check")
            while let line = try lines.next() {
                let text = line.replacing("*** in database main ***\n", with: "")
                for fault in text.split(separator: "\n") where fault != "ok" {
                    note(.damaged(table: "(file)", row: 0, reason: String(fault)))
                }
            }
        }
        for (table, columns) in [
            ("commits", ["ledger", "messages"]), ("segments", ["block"]), ("batches", ["block"]),
            ("blocks", ["block"]), ("unplaced", ["ledger", "block"]),
        ] where try database.tableExists(table) {
            for column in columns {
                try goingOn(at: table, note) {
                    try series.forEachRow(of: table, damaged: note) { row in
                        try check(column, of: row, in: table)
                    }
                }
            }
        }
        return faults
    }

    private func check(_ column: String, of row: StoredRow, in table: String) throws {
        let block = try coder.open(
            row.blob(column, of: table), at: row.location(in: table))
        for id in block.columnIDs { _ = try block.column(id) }
        if column == "block" { try checkColumns(beside: block, row) }
    }

    /// Looks for faults, of which it is one that SQLite cannot reach all pages.
    private func goingOn(
        at table: String, _ note: (StoreError) -> Void, _ find: () throws -> Void
    ) throws {
        do {
            try find()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            note(.damaged(table: table, row: 0, reason: error.message ?? "\(error)"))
        }
    }

    /// Holds what a row says of its block against the block, which has a checksum.
    private func checkColumns(beside block: StoredBlock, _ row: StoredRow) throws(StoreError) {
        let table = block.location.table
        // Column 1 of these blocks is the series of each reading or window, column 2 its time.
        let places: [(first: String, last: String, column: UInt8)] = [
            ("series", "series", 1), ("first_series", "last_series", 1),
            ("first_time", "last_time", 2), ("first_start", "last_start", 2),
        ]
        for (first, last, column) in places where row[first] != nil {
            let values = try block.rowColumn(column)
            guard try row.integer(first, of: table) == values.min(),
                try row.integer(last, of: table) == values.max()
            else { throw block.location.damaged("\(first) or \(last) is not the block's") }
        }
        for count in ["readings", "windows"] where row[count] != nil {
            guard try row.integer(count, of: table) == Int64(block.rowCount) else {
                throw block.location.damaged("\(count) is not the block's")
            }
        }
        try checkClass(of: block, row)
    }

    /// Holds the tier, kind or class of a row against the windows or readings of its block.
    private func checkClass(of block: StoredBlock, _ row: StoredRow) throws(StoreError) {
        let location = block.location
        let entries = catalogue.entries
        let descriptors = try block.rowColumn(1).map { id in
            entries.indices.contains(Int(id)) ? entries[Int(id)].descriptor : nil
        }
        switch location.table {
        case "blocks":
            let number = try row.integer("tier", of: "blocks")
            guard let tier = Tier(rawValue: number) else {
                throw location.damaged("there is no tier \(number)")
            }
            // Civil days begin at no multiple of anything.
            let unit = tier == .base ? descriptors.first??.step ?? 0 : tier.rawValue
            let starts = try block.rowColumn(2)
            guard tier == .day || unit == 0 || starts.allSatisfy({ $0 % unit == 0 }) else {
                throw location.damaged("tier is not the block's")
            }
        case "batches":
            guard try row.integer("kind", of: "batches") == Int64(block.kind) - 16 else {
                throw location.damaged("kind is not the block's")
            }
        case "segments":
            let horizon = try row.integer("horizon", of: "segments")
            let step = try row.integer("step", of: "segments")
            for case let descriptor? in descriptors
            where descriptor.step != step || (descriptor.horizon ?? -1) != horizon {
                throw location.damaged("horizon or step is not that of its series")
            }
        default: break
        }
    }
}
