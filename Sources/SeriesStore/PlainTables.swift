import Foundation
import GRDB
import StoredSeries

/// Tables of plain numbers and texts in a SQLite file, for programs that know nothing of blocks.
///
/// Of one thread, and valid inside ``write(to:_:)``.
public struct PlainTables: RowSink {
    private let database: Database

    /// Writes a file that is empty, in one transaction.
    ///
    /// Nothing is synced: a ``DraftFile`` does that.
    ///
    /// - Throws: ``StoreError``, or what `body` throws.
    public static func write(to path: String, _ body: (PlainTables) throws -> Void) throws {
        var configuration = Configuration()
        configuration.label = "socle-export"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            try database.execute(sql: "PRAGMA cache_size = -2000")
        }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            try queue.write { try body(PlainTables(database: $0)) }
        } catch let error as DatabaseError {
            throw storeError(of: error, path: path)
        }
    }

    package func execute(_ sql: String) throws { try database.execute(sql: sql) }

    package func insert(into table: String, _ values: [StoredValue]) throws {
        let marks = repeatElement("?", count: values.count).joined(separator: ", ")
        try database.cachedStatement(sql: "INSERT INTO \(table) VALUES (\(marks))")
            .execute(arguments: StatementArguments(values.map(\.databaseValue)))
    }
}

extension StoredValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}
