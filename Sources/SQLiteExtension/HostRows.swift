import CSQLiteExtension
import StoredSeries

/// Statements on the file that a host has open, kept for the next question: a join asks one for
/// each row of the other table, and to prepare them takes longer than to answer.
///
/// Within calls of the host, which holds its connection; gone before the connection is.
@safe
final class HostStatements {
    private let host: OpaquePointer
    private var idle: [String: OpaquePointer] = unsafe [:]

    /// LIMIT: statements that are kept.
    private static let idleMax = 32

    init(_ host: OpaquePointer) {
        unsafe self.host = host
    }

    deinit {
        // SAFETY: the table goes before its connection, and none is running.
        while let entry = unsafe idle.popFirst() { unsafe _ = socle_finalize(entry.value) }
    }

    /// A statement that nobody runs.
    fileprivate func take(_ sql: String) throws -> OpaquePointer {
        if let statement = unsafe idle.removeValue(forKey: sql) { return unsafe statement }
        var statement: OpaquePointer?
        // SAFETY: the connection outlives the call.
        guard unsafe socle_prepare(host, sql, &statement) == SQLITE_OK,
            let statement = unsafe statement
        else { throw fault() }
        return unsafe statement
    }

    fileprivate func giveBack(_ statement: OpaquePointer, _ sql: String) {
        // SAFETY: whoever took it does not use it any more.
        unsafe _ = socle_reset(statement)
        if unsafe idle.count < Self.idleMax, unsafe idle[sql] == nil {
            unsafe idle[sql] = statement
        } else {
            unsafe _ = socle_finalize(statement)
        }
    }

    fileprivate func fault() -> HostError {
        // SAFETY: the text lives until the connection's next call.
        HostError(
            message: unsafe hostText(socle_error_text(host)),
            isDamage: unsafe socle_error_code(host) & 0xff == SQLITE_CORRUPT)
    }
}

/// Rows of the file that a host has open.
struct HostRows: RowSource {
    private let statements: HostStatements

    init(_ statements: HostStatements) { self.statements = statements }

    func forEachRow(
        _ sql: String, _ arguments: [Int64], _ body: (StoredRow) throws -> Bool
    ) throws {
        // SAFETY: the statement is ours until it is given back.
        let statement = unsafe try statements.take(sql)
        defer { unsafe statements.giveBack(statement, sql) }
        for (index, argument) in arguments.enumerated() {
            unsafe _ = socle_bind(statement, CInt(index + 1), argument)
        }
        let indices = unsafe 0..<socle_column_count(statement)
        let columns = indices.map { unsafe hostText(socle_column_name(statement, $0)) }
        while true {
            switch unsafe socle_step(statement) {
            case SQLITE_ROW:
                let values = indices.map { unsafe StoredValue(socle_column(statement, $0)) }
                guard try body(StoredRow(columns: columns, values: values)) else { return }
            case SQLITE_DONE: return
            default: throw statements.fault()
            }
        }
    }
}

/// What the host's SQLite says of a statement of ours.
struct HostError: Error, CustomStringConvertible {
    let message: String
    /// Whether SQLite could not follow the pages of the file.
    let isDamage: Bool
    var description: String { message }
}

/// A C text of the host; empty where there is none.
func hostText(_ text: UnsafePointer<CChar>?) -> String {
    // SAFETY: SQLite's texts are terminated, and live until its next call.
    unsafe text.map { unsafe String(cString: $0) } ?? ""
}

extension StoredValue {
    /// - Parameter value: the host's, valid until its next call.
    init(_ value: OpaquePointer?) {
        // SAFETY: as above; the bytes are copied.
        switch unsafe socle_type(value) {
        case SQLITE_INTEGER: self = .integer(unsafe socle_integer(value))
        case SQLITE_FLOAT: self = .real(unsafe socle_real(value))
        case SQLITE_TEXT: self = .text(String(decoding: unsafe bytes(of: value), as: UTF8.self))
        case SQLITE_BLOB: self = .blob(unsafe bytes(of: value))
        default: self = .null
        }
    }
}

private func bytes(of value: OpaquePointer?) -> [UInt8] {
    var count: CInt = 0
    // SAFETY: the host has so many bytes there until its next call.
    let start = unsafe socle_bytes(value, &count)
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(count)))
}
