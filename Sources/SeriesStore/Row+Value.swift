import GRDB

extension Row {
    /// The value of a column. Bytes that changed on the card can give a value another type, or
    /// none, whatever the table's definition says.
    ///
    /// - Throws: ``StoreError/damaged(table:row:reason:)``, with the row's `id` where it was read.
    func value<Value: DatabaseValueConvertible>(
        _ column: String, of table: String
    ) throws(StoreError) -> Value {
        do {
            return try decode(Value.self, forColumn: column)
        } catch {
            throw .damaged(
                table: table, row: (self["id"] as Int64?) ?? 0, reason: "column \(column) is none")
        }
    }
}
