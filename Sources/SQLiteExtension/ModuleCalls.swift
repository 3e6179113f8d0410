import CSQLiteExtension
import StoredSeries

// The calls that SQLite makes of a module. Nothing may leave them but a code: what goes wrong is
// told as the table's message.

/// Makes a table known to a connection. The read-only, eponymous kind: without `xCreate` it needs
/// no CREATE VIRTUAL TABLE, and without `xUpdate` it takes no rows.
func register(_ table: SeriesTable, _ host: OpaquePointer?) -> CInt {
    // SAFETY: SQLite copies the name and keeps the module, which lives as long as the process;
    // the number of the table stands for a pointer and is never followed.
    unsafe socle_create_module(
        host, table.name, module, UnsafeMutableRawPointer(bitPattern: table.rawValue + 1))
}

// SAFETY: written once, and read only by SQLite from then on.
private nonisolated(unsafe) let module: UnsafePointer<sqlite3_module> = {
    let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    unsafe module.initialize(to: sqlite3_module())
    unsafe module.pointee.xConnect = connect
    unsafe module.pointee.xBestIndex = bestIndex
    unsafe module.pointee.xDisconnect = disconnect
    unsafe module.pointee.xOpen = open
    unsafe module.pointee.xClose = close
    unsafe module.pointee.xFilter = filter
    unsafe module.pointee.xNext = next
    unsafe module.pointee.xEof = isAtEnd
    unsafe module.pointee.xColumn = column
    unsafe module.pointee.xRowid = rowid
    return unsafe UnsafePointer(module)
}()

/// A table of one connection.
@safe
private final class HostTable {
    let table: SeriesTable
    let columns: [TableColumn]
    let statements: HostStatements

    init(_ table: SeriesTable, _ host: OpaquePointer) {
        self.table = table
        columns = table.columns
        statements = unsafe HostStatements(host)
    }
}

/// A cursor over a table.
private final class HostCursor {
    var rows: RowProducer?
    var rowid: Int64 = 0
}

// SAFETY, for all below: SQLite hands over what `connect` and `open` gave it, one connection's
// calls at a time, and frees it by `disconnect` and `close`.

private func hostTable(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> HostTable? {
    guard
        let object = unsafe table?.withMemoryRebound(
            to: socle_table.self, capacity: 1,
            {
                unsafe $0.pointee.object
            })
    else { return nil }
    return unsafe Unmanaged<HostTable>.fromOpaque(object).takeUnretainedValue()
}

private func hostCursor(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> HostCursor? {
    guard
        let object = unsafe cursor?.withMemoryRebound(
            to: socle_cursor.self, capacity: 1,
            {
                unsafe $0.pointee.object
            })
    else { return nil }
    return unsafe Unmanaged<HostCursor>.fromOpaque(object).takeUnretainedValue()
}

private func connect(
    _ host: OpaquePointer?, _ number: UnsafeMutableRawPointer?, _ count: CInt,
    _ words: UnsafePointer<UnsafePointer<CChar>?>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    guard let host = unsafe host, let table = SeriesTable(rawValue: Int(bitPattern: number) - 1)
    else { return SQLITE_MISUSE }
    let code = unsafe socle_declare_table(host, table.declaration)
    guard code == SQLITE_OK else { return code }
    let made = UnsafeMutablePointer<socle_table>.allocate(capacity: 1)
    unsafe made.initialize(to: socle_table())
    unsafe made.pointee.object = Unmanaged.passRetained(HostTable(table, host)).toOpaque()
    unsafe result?.pointee = UnsafeMutableRawPointer(made)
        .assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
}

private func disconnect(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> CInt {
    guard
        let made = unsafe UnsafeMutableRawPointer(table)?
            .assumingMemoryBound(to: socle_table.self)
    else { return SQLITE_OK }
    unsafe made.pointee.object.map { unsafe Unmanaged<HostTable>.fromOpaque($0).release() }
    unsafe made.deallocate()
    return SQLITE_OK
}

/// Takes over the constraints that leave out series, blocks and rows, and says what that costs.
private func bestIndex(
    _ table: UnsafeMutablePointer<sqlite3_vtab>?, _ info: UnsafeMutablePointer<sqlite3_index_info>?
) -> CInt {
    guard let columns = unsafe hostTable(table)?.columns, let info = unsafe info else {
        return SQLITE_MISUSE
    }
    var letters = ""
    var cost = 1e9
    for index in unsafe 0..<Int(info.pointee.nConstraint) {
        let asked = unsafe info.pointee.aConstraint[index]
        guard columns.indices.contains(Int(asked.iColumn)),
            let constraint = TableScan.Constraint(columns[Int(asked.iColumn)], CInt(asked.op))
        else { continue }
        guard asked.usable != 0 else {
            if constraint.isPartOfTheQuestion { return SQLITE_CONSTRAINT }
            continue
        }
        let isText = constraint == .series || constraint == .metric
        if isText, unsafe hostText(socle_collation(info, CInt(index))) != "BINARY" { continue }
        letters.append(constraint.rawValue)
        unsafe info.pointee.aConstraintUsage[index].argvIndex = CInt(letters.utf8.count)
        if case .argument = columns[Int(asked.iColumn)] {
            unsafe info.pointee.aConstraintUsage[index].omit = 1
        }
        cost /= constraint.isPartOfTheQuestion ? 1 : isText ? 1_000 : 10
    }
    let plan = unsafe "\(letters) \(info.pointee.colUsed)"
    unsafe info.pointee.idxStr = socle_host_text(plan)
    unsafe info.pointee.needToFreeIdxStr = 1
    unsafe info.pointee.estimatedCost = cost
    unsafe info.pointee.estimatedRows = Int64(max(cost, 1))
    return unsafe info.pointee.idxStr == nil ? SQLITE_NOMEM : SQLITE_OK
}

private func open(
    _ table: UnsafeMutablePointer<sqlite3_vtab>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
) -> CInt {
    let made = UnsafeMutablePointer<socle_cursor>.allocate(capacity: 1)
    unsafe made.initialize(to: socle_cursor())
    unsafe made.pointee.object = Unmanaged.passRetained(HostCursor()).toOpaque()
    unsafe result?.pointee = UnsafeMutableRawPointer(made)
        .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
}

private func close(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> CInt {
    guard
        let made = unsafe UnsafeMutableRawPointer(cursor)?
            .assumingMemoryBound(to: socle_cursor.self)
    else { return SQLITE_OK }
    unsafe made.pointee.object.map { unsafe Unmanaged<HostCursor>.fromOpaque($0).release() }
    unsafe made.deallocate()
    return SQLITE_OK
}

private func filter(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ number: CInt,
    _ plan: UnsafePointer<CChar>?, _ count: CInt,
    _ arguments: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
    unsafe attempt(cursor) { cursor, table in
        let values = (0..<Int(count)).map { unsafe StoredValue(arguments?[$0]) }
        let scan = unsafe TableScan(plan: hostText(plan), arguments: values)
        cursor.rowid = 0
        cursor.rows = nil
        cursor.rows = try RowProducer(table.table, scan, HostRows(table.statements))
    }
}

private func next(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> CInt {
    unsafe attempt(cursor) { cursor, _ in
        cursor.rowid += 1
        try cursor.rows?.advance()
    }
}

private func isAtEnd(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> CInt {
    unsafe hostCursor(cursor)?.rows?.current == nil ? 1 : 0
}

private func column(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ context: OpaquePointer?, _ index: CInt
) -> CInt {
    guard let table = unsafe hostTable(cursor?.pointee.pVtab),
        let rows = unsafe hostCursor(cursor)?.rows,
        table.columns.indices.contains(Int(index))
    else { return SQLITE_MISUSE }
    switch rows.cell(table.columns[Int(index)]) {
    case .null: unsafe socle_result_null(context)
    case .integer(let number): unsafe socle_result_integer(context, number)
    case .real(let number): unsafe socle_result_real(context, number)
    case .text(var text):
        text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                // An empty text has no address, and a null pointer would be NULL.
                unsafe socle_result_text(context, bytes.baseAddress ?? emptyText, CInt(bytes.count))
            }
        }
    case .blob(let bytes):
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe socle_result_blob(context, bytes.baseAddress, CInt(bytes.count))
        }
    }
    return SQLITE_OK
}

// SAFETY: one byte that is never written again.
private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = {
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    unsafe text.initialize(to: 0)
    return unsafe UnsafePointer(text)
}()

private func rowid(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ result: UnsafeMutablePointer<Int64>?
) -> CInt {
    unsafe result?.pointee = hostCursor(cursor)?.rowid ?? 0
    return SQLITE_OK
}

/// Runs a call; what it throws becomes the table's message. A damaged row is damage to SQLite too.
private func attempt(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
    _ body: (HostCursor, HostTable) throws -> Void
) -> CInt {
    let base = unsafe cursor?.pointee.pVtab
    guard let table = unsafe hostTable(base), let cursor = unsafe hostCursor(cursor) else {
        return SQLITE_MISUSE
    }
    do {
        try body(cursor, table)
        return SQLITE_OK
    } catch {
        cursor.rows = nil
        unsafe socle_host_free(base?.pointee.zErrMsg)
        unsafe base?.pointee.zErrMsg = socle_host_text("\(error)")
        var isDamage = (error as? HostError)?.isDamage == true
        if case .damaged? = error as? StoreError { isDamage = true }
        return isDamage ? SQLITE_CORRUPT | (1 << 8) : SQLITE_ERROR
    }
}
