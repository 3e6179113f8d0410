import BlockCodec
import GRDB
import StoredSeries
import Telemetry
import Windows

/// Damaged rows: what trips over one is done again without it, and the row is kept.
extension StoreWriter {
    /// Tables whose rows are so many that one may go: all but names and counts.
    private static let tables: Set = ["segments", "unplaced", "batches", "blocks", "commits"]
    /// LIMIT: rows that are kept; of more the oldest go.
    private static let rowsMax = 1_000

    /// Runs work on the file, and runs it again without each damaged row that it trips over. Such a
    /// row is moved into the table `damaged`, counted in the ledger and told to ``onSetAside``.
    ///
    /// Where SQLite itself finds the file damaged, nothing is read or written from then on.
    func settingDamageAside<T>(_ work: () throws(StoreError) -> T) throws(StoreError) -> T {
        if let corruption { throw corruption }
        var previous: StoreError?
        while true {
            do throws(StoreError) {
                return try work()
            } catch {
                if case .corrupt = error { corruption = error }
                // What does not go away cannot be gone round.
                guard case .damaged(let table, let row, let reason) = error,
                    Self.tables.contains(table), error != previous
                else { throw error }
                previous = error
                try setAside(row, of: table, reason)
            }
        }
    }

    private func setAside(
        _ id: Int64, of table: String, _ reason: String
    ) throws(StoreError) {
        try write { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM \(table) WHERE id = ?", arguments: [id])
            else { throw StoreError.damaged(table: table, row: id, reason: reason) }
            try keep(id, of: table, reason, database)
            var counts = LedgerCounts()
            counts[.rowsDamaged] = 1
            counts[.readingsDamaged] = readingCount(of: row)
            let key = LedgerKey(day: civilDayNumber(zone.date(at: newestCommitTime)), device: 0)
            try addToLedger([key: counts], database)
            try database.execute(sql: "DELETE FROM \(table) WHERE id = ?", arguments: [id])
            if table == "commits" { try keepRest(ofCommit: row, database) }
            if table == "blocks" { try deriveAnew(row, database) }
        }
        onSetAside(.setAside(table: table, row: id, reason: reason))
    }

    /// Keeps a row as the statement that puts it back, with each byte as it is.
    private func keep(
        _ id: Int64, of table: String, _ reason: String, _ database: Database
    ) throws {
        let columns = try database.columns(in: table).map(\.name)
        let values = columns.map { column in
            """
            CASE typeof(\(column)) WHEN 'text'
                THEN 'CAST(' || quote(CAST(\(column) AS BLOB)) || ' AS TEXT)'
                ELSE quote(\(column)) END
            """
        }
        let list = values.joined(separator: " || ', ' || ")
        let head = "INSERT OR REPLACE INTO \(table)(\(columns.joined(separator: ", "))) VALUES ("
        try database.execute(
            sql: """
                INSERT INTO damaged(source, source_id, time, reason, statement)
                SELECT '\(table)', id, ?, ?, '\(head)' || \(list) || ')'
                FROM \(table) WHERE id = ?
                """, arguments: [newestCommitTime, reason, id])
        try database.execute(
            sql: "DELETE FROM damaged WHERE id <= (SELECT max(id) FROM damaged) - \(Self.rowsMax)")
    }

    /// Whether a row of a table was set aside.
    func hasLost(_ table: String, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM damaged WHERE source = ?)"),
            arguments: [table]) ?? false
    }

    /// Of the tables that say how many there are.
    private func readingCount(of row: Row) -> Int64 {
        guard row.hasColumn("readings"), let count: Int64 = try? row.value("readings", of: "")
        else { return 0 }
        return min(max(count, 0), Int64(BlockCodec.rowCountMaximum))
    }

    /// A commit's number is never used again, and its time and what it confirms hold on: so there
    /// is a row in its place, with as much of it as can be read.
    private func keepRest(ofCommit row: Row, _ database: Database) throws {
        let location = try row.location(in: "commits")
        var counts: [LedgerKey: LedgerCounts] = [:]
        var sequences: [SequenceID: SequenceState] = [:]
        if let block = try? coder.open(row.value("ledger", of: "commits"), at: location) {
            counts = (try? LedgerColumns.ledger(from: block)) ?? [:]
            sequences = (try? LedgerColumns.sequences(from: block)) ?? [:]
        }
        var messages: [MessageRecord] = []
        if let block = try? coder.open(row.value("messages", of: "commits"), at: location) {
            messages = (try? LedgerColumns.messages(from: block)) ?? []
        }
        let time: Int64? = try? row.value("time", of: "commits")
        let confirmed: Int64? = try? row.value("confirmed", of: "commits")
        try insertCommit(
            CommitRow(
                id: location.row, time: time ?? newestCommitTime, confirmed: confirmed ?? 0,
                ledger: counts,
                sequences: sequences, messages: messages), database)
    }

    /// Windows of a longer tier follow from the base windows; these follow from nothing.
    private func deriveAnew(_ row: Row, _ database: Database) throws {
        guard let series: Int64 = try? row.value("series", of: "blocks"),
            let tier: Int64 = try? row.value("tier", of: "blocks"),
            let first: Int64 = try? row.value("first_start", of: "blocks"),
            let last: Int64 = try? row.value("last_start", of: "blocks"),
            tier != Tier.base.rawValue, catalogue.entries.indices.contains(Int(series)),
            first <= last
        else { return }
        try deriveTiers(from: first, through: last, of: SeriesID(series), database)
    }
}

extension StoreSnapshot {
    /// The rows that were set aside, in that order, each as ``StoreError/setAside``.
    public func rowsSetAside() throws -> [StoreError] {
        guard try database.tableExists("damaged") else { return [] }
        return try Row.fetchAll(
            database, sql: "SELECT id, source, source_id, reason FROM damaged ORDER BY id"
        ).map { row in
            .setAside(
                table: try row.value("source", of: "damaged"),
                row: try row.value("source_id", of: "damaged"),
                reason: try row.value("reason", of: "damaged"))
        }
    }
}

extension StoreSnapshot {
    /// What an answer may lack or misstate: the rows that were set aside, and the names and entries
    /// that are not as they were written. Quick; ``verify()`` reads everything.
    public func damage() throws -> [StoreError] {
        let names = try RowSum.names.flatMap { table in
            // Reading the series has shown which of theirs are not.
            try table == "series" ? seriesDamage() : RowSum.faults(in: [table], database)
        }
        return try rowsSetAside() + names
    }

    private func seriesDamage() -> [StoreError] {
        catalogue.entries.indices.filter { catalogue.entries[$0].damagedSum != nil }
            .map { .damaged(table: "series", row: Int64($0), reason: "checksum mismatch") }
    }

    /// The counts of the ledger that are not as they were written.
    public func ledgerDamage() throws -> [StoreError] {
        try RowSum.faults(in: ["ledger"], database)
    }
}

extension SeriesCatalogue {
    /// Refuses a row of readings or windows whose series nobody knows.
    func requireKnown(
        _ series: some Sequence<SeriesID>, at location: StoredBlock.Location
    ) throws(StoreError) {
        for id in series where Int(id) >= entries.count {
            throw location.damaged("series \(id) is not known")
        }
    }
}
