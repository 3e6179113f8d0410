import GRDB
import GRDBSQLite
import StoredSeries

/// Why an SQL statement has no answer.
public enum StatementError: Error, Equatable, Sendable {
    /// It would write, or has no rows to answer with.
    case notAQuestion
    /// There are several.
    case several
    /// SQLite, or one of its tables, does not take it.
    case wrong(message: String)
    /// It met damage.
    case damaged(message: String)
}

extension StoreReader {
    /// Opens a store that exists, with an extension for SQL.
    ///
    /// No other thread opens a connection meanwhile: it would get the extension too.
    ///
    /// - Parameter entryPoint: that SQLite looks for in the extension.
    public convenience init(
        path: String, extension entryPoint: @convention(c) () -> Void
    ) throws(StoreError) {
        _ = sqlite3_auto_extension(entryPoint)
        defer { _ = sqlite3_cancel_auto_extension(entryPoint) }
        try self.init(path: path)
    }
}

extension StoreSnapshot {
    /// Runs one statement that only reads.
    ///
    /// - Parameters:
    ///   - head: called once, with the names of the columns, when the first row was found.
    ///   - body: called with each row, in the order of the columns.
    /// - Throws: ``StatementError``, or what `head` and `body` throw.
    package func answer(
        to sql: String, head: ([String]) throws -> Void, _ body: ([StoredValue]) throws -> Void
    ) throws {
        do {
            let statement = try makeStatement(sql)
            guard statement.isReadonly, statement.columnCount > 0 else {
                throw StatementError.notAQuestion
            }
            let rows = try Row.fetchCursor(statement)
            // What is wrong with a question often shows with its first row.
            var row = try rows.next()
            try head(statement.columnNames)
            while let found = row {
                try body(StoredRow(found).values)
                row = try rows.next()
            }
        } catch let error as DatabaseError {
            let message = error.message ?? ""
            switch (error.resultCode, error.extendedResultCode) {
            case (_, .SQLITE_CORRUPT_VTAB): throw StatementError.damaged(message: message)
            case (.SQLITE_ERROR, _), (.SQLITE_MISUSE, _), (.SQLITE_RANGE, _):
                throw StatementError.wrong(message: message)
            default: throw error
            }
        }
    }

    private func makeStatement(_ sql: String) throws -> Statement {
        do {
            return try database.makeStatement(sql: sql)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
            throw StatementError.several
        }
    }
}
