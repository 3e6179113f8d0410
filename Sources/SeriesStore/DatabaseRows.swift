import GRDB
import GRDBSQLite
import StoredSeries

/// Rows of a file that GRDB reads.
struct DatabaseRows: RowSource {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func forEachRow(
        _ sql: String, _ arguments: [Int64], _ body: (StoredRow) throws -> Bool
    ) throws {
        let statement = try database.cachedStatement(sql: sql)
        let rows = try Row.fetchCursor(statement, arguments: StatementArguments(arguments))
        let columns = statement.columnNames
        while try rows.next() != nil {
            // SAFETY: the cursor stands at a row of its statement until it goes on.
            let values = columns.indices.map {
                unsafe StoredValue(statement.sqliteStatement, CInt($0))
            }
            guard try body(StoredRow(columns: columns, values: values)) else { return }
        }
    }

    func reason(ofUnreachableRow error: any Error) -> String? {
        guard let error = error as? DatabaseError, error.resultCode == .SQLITE_CORRUPT else {
            return nil
        }
        return error.message ?? "\(error)"
    }
}

extension StoredRow {
    init(_ row: Row) {
        self.init(
            columns: Array(row.columnNames), values: row.databaseValues.map { StoredValue($0) })
    }
}

extension StoredValue {
    /// A column of the row that a statement stands at, without GRDB's value of it in between: of
    /// thousands of names, and of blocks, that is half of the time.
    fileprivate init(_ statement: OpaquePointer, _ column: CInt) {
        // SAFETY: SQLite has so many bytes there until the statement goes on; they are copied.
        switch unsafe sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: self = .integer(unsafe sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: self = .real(unsafe sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            let start = unsafe sqlite3_column_text(statement, column)
            let count = unsafe Int(sqlite3_column_bytes(statement, column))
            let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
            self = .text(unsafe String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let start = unsafe sqlite3_column_blob(statement, column)
            let count = unsafe Int(sqlite3_column_bytes(statement, column))
            self = .blob(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: self = .null
        }
    }

    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let bytes): self = .blob([UInt8](bytes))
        }
    }
}
