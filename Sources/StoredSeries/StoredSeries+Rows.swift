/// Rows of the tables that windows are read from.
extension StoredSeries {
    /// Calls `body` with each row of a table with an `id`, in that order: damage is remembered, or
    /// ends the reading, as whoever opened the file wants.
    package func forEachRow(
        of table: String, columns: String, _ body: (StoredRow) throws -> Void
    ) throws {
        try file.forEachRow(of: table, columns: columns, goingRound: damage, body)
    }
}
