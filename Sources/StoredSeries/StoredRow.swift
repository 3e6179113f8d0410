import BlockCodec
import Telemetry

/// Whoever's SQLite reads the file: this program's own, or that of a host.
package protocol RowSource {
    /// Calls `body` with each row that a statement finds, until it returns false.
    ///
    /// - Parameters:
    ///   - arguments: for `?1`, `?2` and so on.
    ///   - body: may run other statements.
    func forEachRow(
        _ sql: String, _ arguments: [Int64], _ body: (StoredRow) throws -> Bool) throws

    /// What an error of ``forEachRow(_:_:_:)`` says where SQLite could not follow the file's pages;
    /// nil for every other one, and where nobody goes round damage.
    func reason(ofUnreachableRow error: any Error) -> String?
}

extension RowSource {
    package func reason(ofUnreachableRow error: any Error) -> String? { nil }

    /// Whether the file has a table.
    package func hasTable(_ name: String) throws -> Bool {
        var isThere = false
        try forEachRow("SELECT 1 FROM sqlite_master WHERE name = \(sqlLiteral(name))", []) { _ in
            isThere = true
            return false
        }
        return isThere
    }

    /// What holds for the whole file, where a wrong figure would do harm.
    ///
    /// - Throws: ``StoreError/damaged(table:row:reason:)`` where it is not as it was written.
    package func checkedMetadata(_ key: String) throws -> String? {
        var value: String?
        try forEachRow("SELECT * FROM meta WHERE key = \(sqlLiteral(key))", []) { row in
            guard RowSum.error(of: row) == 0 else {
                throw StoreError.damaged(
                    table: "meta", row: 0, reason: "checksum mismatch of \(key)")
            }
            value = try row.text("value", of: "meta")
            return false
        }
        return value
    }

    /// What holds for the whole file; nil where it says nothing, and where that cannot be reached
    /// and damage is gone round.
    package func metadata(
        _ key: String, goingRound damage: DamageMet? = nil
    ) throws -> String? {
        var value: String?
        do {
            try forEachRow("SELECT * FROM meta WHERE key = \(sqlLiteral(key))", []) { row in
                value = try row.text("value", of: "meta")
                return false
            }
        } catch {
            guard let damage, let reason = reason(ofUnreachableRow: error) else { throw error }
            damage.lose(.damaged(table: "meta", row: 0, reason: reason))
        }
        return value
    }
}

/// Takes rows for a file of plain tables.
package protocol RowSink {
    /// Runs SQL that has no parameters, as for making a table.
    func execute(_ sql: String) throws
    /// Adds a row with values for all columns of a table, in their order.
    func insert(into table: String, _ values: [StoredValue]) throws
}

/// What a column of a row may hold.
package enum StoredValue: Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// A row of the file. Bytes that changed on the card can give a value another type, or none,
/// whatever the table's definition says.
package struct StoredRow {
    package let columns: [String]
    package let values: [StoredValue]

    package init(columns: [String], values: [StoredValue]) {
        self.columns = columns
        self.values = values
    }

    /// nil where the row has no such column.
    package subscript(column: String) -> StoredValue? {
        columns.firstIndex(of: column).map { values[$0] }
    }

    package func integer(_ column: String, of table: String) throws(StoreError) -> Int64 {
        guard case .integer(let number)? = self[column] else { throw fault(column, table) }
        return number
    }

    /// An integer that is a time, or a start of windows.
    package func instant(_ column: String, of table: String) throws(StoreError) -> Int64 {
        let instant = try integer(column, of: table)
        guard calendarInstants.contains(instant) else { throw fault(column, table) }
        return instant
    }

    /// An integer that counts the rows of a block.
    package func count(_ column: String, of table: String) throws(StoreError) -> Int {
        let count = try integer(column, of: table)
        guard 0...Int64(BlockCodec.rowCountMaximum) ~= count else { throw fault(column, table) }
        return Int(count)
    }

    package func text(_ column: String, of table: String) throws(StoreError) -> String {
        guard case .text(let text)? = self[column] else { throw fault(column, table) }
        return text
    }

    package func blob(_ column: String, of table: String) throws(StoreError) -> [UInt8] {
        guard case .blob(let bytes)? = self[column] else { throw fault(column, table) }
        return bytes
    }

    /// Whether a column has no value, or is not there at all.
    package func isNull(_ column: String) -> Bool { self[column] ?? .null == .null }

    /// The row's `id`, nil where it has no such column or nothing that is one.
    package var number: Int64? {
        guard case .integer(let number)? = self["id"] else { return nil }
        return number
    }

    /// Where a row lies that has an `id`.
    package func location(in table: String) throws -> StoredBlock.Location {
        guard let number else { throw RowWithoutNumber(table: table) }
        return StoredBlock.Location(table: table, row: number)
    }

    private func fault(_ column: String, _ table: String) -> StoreError {
        .damaged(table: table, row: number ?? 0, reason: "column \(column) is none")
    }
}

/// A damaged row that nobody can name.
package struct RowWithoutNumber: Error, CustomStringConvertible {
    package var table: String

    package var description: String { "a row of table \(table) has no number" }
}

/// A text as SQL writes it. What is fetched by a text is asked for with the text in its statement:
/// an argument is copied into memory of SQLite's, and where there is none GRDB ends the process.
package func sqlLiteral(_ text: String) -> String {
    "'" + text.replacing("'", with: "''") + "'"
}
