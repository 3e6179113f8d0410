import GRDB
import StoredSeries

extension RowSum {
    /// The tables that are read whenever a store is opened.
    static let names = ["meta", "devices", "series", "meter_entries", "sequences", "settled"]
    static let tables = names + ["ledger"]

    static func of(_ values: some Sequence<DatabaseValue>) -> Int64 {
        of(values.map { StoredValue($0) })
    }

    /// As of a ``StoredRow``.
    static func error(of row: Row) -> Int64 { error(of: StoredRow(row)) }

    /// The rows of tables whose checksum is not theirs, and the tables that cannot be read to their
    /// end.
    static func faults(in tables: [String], _ database: Database) throws -> [StoreError] {
        var faults: [StoreError] = []
        let rows = DatabaseRows(database)
        for table in tables where try database.tableExists(table) {
            func check(_ row: StoredRow) {
                if error(of: row) != 0 { faults.append(fault(of: row, in: table)) }
            }
            if try database.primaryKey(table).rowIDColumn == "id" {
                try rows.forEachRow(of: table, damaged: { faults.append($0) }, check)
                continue
            }
            do {
                try rows.forEachRow("SELECT * FROM \(table)", []) { row in
                    check(row)
                    return true
                }
            } catch {
                guard let reason = rows.reason(ofUnreachableRow: error) else { throw error }
                faults.append(.damaged(table: table, row: 0, reason: reason))
            }
        }
        return faults
    }

    static func fault(of row: StoredRow, in table: String) -> StoreError {
        let id = row.number
        let key = id == nil ? " of \(line(row.values.dropLast()))" : ""
        return .damaged(table: table, row: id ?? 0, reason: "checksum mismatch" + key)
    }

    /// Gives all rows of a table their checksum, in a column that is new.
    static func add(to table: String, _ database: Database) throws {
        try database.execute(sql: "ALTER TABLE \(table) ADD COLUMN checksum INTEGER")
        let key = try database.primaryKey(table).columns
        let condition = key.map { "\($0) = ?" }.joined(separator: " AND ")
        for row in try Row.fetchAll(database, sql: "SELECT * FROM \(table)") {
            let sum = of(row.databaseValues.dropLast()).databaseValue
            try database.execute(
                sql: "UPDATE \(table) SET checksum = ? WHERE \(condition)",
                arguments: StatementArguments([sum] + key.map { row[$0] as DatabaseValue }))
        }
    }
}

extension Database {
    /// Writes a row with its checksum.
    ///
    /// - Parameters:
    ///   - values: of all columns but the last, in the order of the table.
    ///   - replaces: whether a row with the same key may be there.
    ///   - old: that row, where the new values follow from it: if it was damaged, the new row is
    ///     so as well, and is found to be.
    func write(
        _ values: [(any DatabaseValueConvertible)?], to table: String, replaces: Bool = false,
        following old: Row? = nil
    ) throws {
        let values = values.map { $0?.databaseValue ?? .null }
        let sum = RowSum.of(values) ^ (old.map { RowSum.error(of: $0) } ?? 0)
        let marks = repeatElement("?", count: values.count + 1).joined(separator: ", ")
        try cachedStatement(
            sql: "INSERT \(replaces ? "OR REPLACE " : "")INTO \(table) VALUES (\(marks))"
        ).execute(arguments: StatementArguments(values + [sum.databaseValue]))
    }
}
