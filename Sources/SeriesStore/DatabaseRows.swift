import GRDB
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
        // What has no arguments is asked once, when a snapshot begins.
        let statement =
            arguments.isEmpty
            ? try database.makeStatement(sql: sql) : try database.cachedStatement(sql: sql)
        let rows = try Row.fetchCursor(statement, arguments: StatementArguments(arguments))
        let columns = statement.columnNames
        while let row = try rows.next() {
            guard try body(StoredRow(row, columns: columns)) else { return }
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
    /// - Parameter columns: the row's, where somebody has them already.
    init(_ row: Row, columns: [String]? = nil) {
        self.init(
            columns: columns ?? Array(row.columnNames),
            values: row.databaseValues.map { StoredValue($0) })
    }
}

extension StoredValue {
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
