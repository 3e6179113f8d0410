import Foundation
import GRDB
import Glibc
import StoredSeries
import Telemetry

/// What a writer finds in a file.
struct Opened {
    let database: DatabaseQueue
    let zone: CivilZone
    let catalogue: SeriesCatalogue
    let lastCommit: Int64
    let lastCommitTime: Int64
    let settledUntil: [SeriesClass: Int64]
    let compactionMark: CompactionMark?
    /// Rows that are not as they were written.
    let faults: [StoreError]

    init(path: String, zone: CivilZone, isManaged: Bool, pace: StorePace) throws {
        // SAFETY: C takes the path for the length of the call, here and below.
        let isNew = unsafe access(path, F_OK) != 0
        if isNew { makeEmptyFile(path) } else { try checkIdentity(path: path, isWriter: true) }
        database = try openForWriting(path: path, pace: pace)
        try StoreSchema.migrate(database)
        try database.write { database in
            // Not by `isNew`: the creation may have been cut off before this.
            guard try metadata("zone", database) == nil else { return }
            unsafe chmod(path, 0o640)
            try setMetadata("zone", zone.identifier, database)
            try setMetadata("managed", isManaged ? "1" : "0", database)
        }
        let contents = try database.read { try StoreContents(DatabaseRows($0)) }
        faults = try database.read { try RowSum.faults(in: RowSum.names, $0) }
        self.zone = contents.zone
        compactionMark = contents.compactionMark
        catalogue = try database.read { database in
            var catalogue = contents.catalogue
            try catalogue.readSequences(database)
            return catalogue
        }
        (lastCommit, lastCommitTime, settledUntil) = try database.read { database in
            let newest = try Row.fetchOne(
                database, sql: "SELECT id, time FROM commits ORDER BY id DESC LIMIT 1")
            var settled: [SeriesClass: Int64] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT horizon, step, until FROM settled") {
                let seriesClass = SeriesClass(
                    horizon: try row.value("horizon", of: "settled"),
                    step: try row.value("step", of: "settled"))
                settled[seriesClass] = try row.value("until", of: "settled")
            }
            return (
                try newest?.location(in: "commits").row ?? 0,
                try newest?.value("time", of: "commits") ?? 0, settled
            )
        }
    }
}

/// SQLite gives its log the permissions of the file: readings must not lie in one that everybody
/// reads. Where the file cannot be made SQLite says why.
private func makeEmptyFile(_ path: String) {
    // SAFETY: C takes the path for the length of the call.
    let descriptor = unsafe Glibc.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o640)
    if descriptor >= 0 { close(descriptor) }
}

/// A connection whose transactions are on the medium when they return.
func openForWriting(path: String, pace: StorePace = StorePace()) throws -> DatabaseQueue {
    var configuration = SeriesStore.configuration(readOnly: false, pace: pace)
    configuration.journalMode = .wal
    let database = try DatabaseQueue(path: path, configuration: configuration)
    // GRDB chooses NORMAL with a write-ahead log, under which a power cut undoes commits.
    try database.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    return database
}

/// Refuses what is no file, and one that the operating system keeps from us.
///
/// - Parameter mode: `R_OK`, or with `W_OK`.
func checkFile(path: String, mode: Int32) throws(StoreError) {
    var status = stat()
    // SAFETY: C takes the path for the length of the call, here and below; `status` outlives it.
    guard unsafe stat(path, &status) == 0 else {
        if errno == EACCES { throw .notAllowed(path: path, reason: lastSystemError()) }
        throw .missing(path: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAStore(path: path) }
    guard unsafe access(path, mode) == 0 else {
        throw .notAllowed(path: path, reason: lastSystemError())
    }
}

/// Refuses what is no store, and what a newer program wrote.
///
/// - Parameter isWriter: a writer completes a file whose creation was cut off, and applies the
///   rollback journal that the end of the power left; to a reader such a file is no store yet.
/// - Returns: the version of the file's format.
@discardableResult
func checkIdentity(path: String, isWriter: Bool) throws -> Int {
    let configuration = SeriesStore.configuration(readOnly: !isWriter)
    let database = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? database.close() }
    return try checkIdentity(database, path: path, isWriter: isWriter)
}

/// As ``checkIdentity(path:isWriter:)``, by a connection that is there.
@discardableResult
func checkIdentity(_ database: DatabaseQueue, path: String, isWriter: Bool) throws -> Int {
    let (application, version, tableCount) = try database.read { database in
        (
            try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
            try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0,
            try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name != 'grdb_migrations'") ?? 0
        )
    }
    // A database without tables is one whose creation was cut off: there is nothing in it to lose.
    let isCutOff = application == 0 && version == 0 && tableCount == 0
    guard application == StoredSeries.applicationID || (isWriter && isCutOff) else {
        throw StoreError.notAStore(path: path)
    }
    guard version <= SeriesStore.formatVersion else {
        throw StoreError.newerFormat(found: version, newestKnown: SeriesStore.formatVersion)
    }
    return version
}

/// Bytes of a file, 0 where there is none.
func fileSize(_ path: String) -> Int64 {
    var status = stat()
    // SAFETY: `status` outlives the call.
    return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
}

func metadata(_ key: String, _ database: Database) throws -> String? {
    try String.fetchOne(
        database, sql: "SELECT value FROM meta WHERE key = \(sqlLiteral(key))")
}

func setMetadata(_ key: String, _ value: String, _ database: Database) throws {
    try database.write([key, value], to: "meta", replaces: true)
}

/// Runs database work and turns SQLite's errors into the store's.
func catchingDatabaseErrors<T>(
    path: String, _ body: () throws -> T
) throws(StoreError) -> T {
    do {
        return try body()
    } catch let error as StoreError {
        throw error
    } catch let error as DatabaseError {
        throw storeError(of: error, path: path)
    } catch let error as RowDecodingError {
        throw .corrupt(path: path, reason: error.description)
    } catch let error as RowWithoutNumber {
        throw .corrupt(path: path, reason: error.description)
    } catch {
        throw .database(code: -1, message: "\(error)")
    }
}

/// What an error of SQLite means to the store.
func storeError(of error: DatabaseError, path: String) -> StoreError {
    let message = error.message ?? ""
    if error.extendedResultCode == .SQLITE_READONLY_ROLLBACK { return .notAStore(path: path) }
    switch error.resultCode {
    case .SQLITE_FULL: return .diskFull
    case .SQLITE_NOTADB: return .notAStore(path: path)
    case .SQLITE_CORRUPT: return .corrupt(path: path, reason: message)
    // Beside a write-ahead log a reader has a file to write as well.
    case .SQLITE_READONLY, .SQLITE_PERM: return .notAllowed(path: path, reason: message)
    case .SQLITE_CANTOPEN: return .cannotCreate(path: path, reason: message)
    default: return .database(code: Int(error.extendedResultCode.rawValue), message: message)
    }
}

func lastSystemError() -> String {
    // SAFETY: strerror returns a terminated text that lives until the thread's next call.
    unsafe String(cString: strerror(errno))
}
