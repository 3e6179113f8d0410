import CSQLiteExtension

/// The series of a store as rows of tables, for whatever speaks SQLite.
///
/// A host loads the library, or registers ``entryPoint`` in process; each of its connections then
/// has the read-only tables of ``SeriesTable``, which show the store that the connection has open
/// (docs/sql.md). All calls go by the host's own routine table: the library has no SQLite.
public enum SQLiteExtension {
    /// What `sqlite3_auto_extension` takes.
    public static var entryPoint: @convention(c) () -> Void {
        // SAFETY: SQLite calls it with the three arguments of the function that it is.
        unsafe unsafeBitCast(initialise, to: (@convention(c) () -> Void).self)
    }

    private typealias EntryPoint =
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
            UnsafeRawPointer?
        ) -> CInt
    private static let initialise: EntryPoint = unsafe initialiseExtension

    /// The first SQLite that tells a table the collation of a comparison.
    fileprivate static let versionMin: CInt = 3_022_000
}

/// The entry point that SQLite looks for in a library `socle`.
@c(sqlite3_socle_init)
public func initialiseExtension(
    _ host: OpaquePointer?, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ routines: UnsafeRawPointer?
) -> CInt {
    // SAFETY: SQLite hands over its connection, room for a message that it frees, and its
    // routines, which live as long as it does.
    unsafe socle_sqlite_take(routines)
    guard socle_sqlite_version() >= SQLiteExtension.versionMin else {
        unsafe message?.pointee = socle_host_text("socle needs SQLite 3.22 or newer")
        return SQLITE_ERROR
    }
    for table in SeriesTable.allCases {
        let code = unsafe register(table, host)
        if code != SQLITE_OK { return code }
    }
    return SQLITE_OK
}
