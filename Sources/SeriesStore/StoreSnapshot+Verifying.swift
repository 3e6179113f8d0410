import GRDB
import StoredSeries
import Telemetry
import Windows

/// Everything that a store holds, read and held against its checksums.
extension StoreSnapshot {
    /// Reads everything and tells what does not read back, and what was set aside because it did
    /// not; empty where all is well. Where a page is damaged the rest of the file is read all the
    /// same.
    public func verify() throws -> [StoreError] {
        var faults = try rowsSetAside()
        // A page that cannot be reached is met by each that looks for it.
        func note(_ fault: StoreError) { if !faults.contains(fault) { faults.append(fault) } }
        for table in RowSum.tables {
            try RowSum.faults(in: [table], database).forEach(note)
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
                    try series.file.forEachRow(of: table, damaged: note) { row in
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
