import CSQLiteExtension
import StoredSeries

/// Rows of the file that a host has open. Within a call of the host, which holds its connection.
@safe
struct HostRows: RowSource {
    private let host: OpaquePointer

    init(_ host: OpaquePointer) {
        unsafe self.host = host
    }

    func forEachRow(
        _ sql: String, _ arguments: [Int64], _ body: (StoredRow) throws -> Bool
    ) throws {
        var statement: OpaquePointer?
        // SAFETY: the connection outlives the call; the statement ends with it.
        guard unsafe socle_prepare(host, sql, &statement) == SQLITE_OK else { throw fault() }
        defer { unsafe _ = socle_finalize(statement) }
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
            default: throw fault()
            }
        }
    }

    private func fault() -> HostError {
        // SAFETY: the text lives until the connection's next call.
        HostError(message: unsafe hostText(socle_error_text(host)))
    }
}

/// What the host's SQLite says of a statement of ours.
struct HostError: Error, CustomStringConvertible {
    let message: String
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
