import GRDB
import StoredSeries

/// Bytes that changed on the card can give a value another type, or none, whatever the table's
/// definition says.
extension Row {
    /// The value of a column.
    ///
    /// - Throws: ``StoreError/damaged(table:row:reason:)``, with the row's `id` where it was read.
    func value<Value: DatabaseValueConvertible>(
        _ column: String, of table: String
    ) throws(StoreError) -> Value {
        do {
            return try decode(Value.self, forColumn: column)
        } catch {
            throw .damaged(table: table, row: number ?? 0, reason: "column \(column) is none")
        }
    }

    /// The row's `id`, nil where it has no such column or nothing that is one.
    var number: Int64? {
        (self["id"] as DatabaseValue?).flatMap { Int64.fromDatabaseValue($0) }
    }

    /// Where a row lies that has an `id`.
    ///
    /// - Throws: SQLite's own error for a damaged file: without its number nobody can name the row.
    func location(in table: String) throws -> StoredBlock.Location {
        guard let number else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "a row of table \(table) has no number")
        }
        return StoredBlock.Location(table: table, row: number)
    }
}
