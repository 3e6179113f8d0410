import GRDB
import StoredSeries
import Telemetry
import Windows

/// The town's file: every series in one SQLite database.
///
/// What comes in is committed as one small compressed segment of readings, waits there for late
/// readings, is settled into windows (one batch for all series) and at last compacted into blocks
/// of one series each, from which the tiers are derived. Each reading is in exactly one of the
/// three places at any time, so a query is the sum of the three (``StoreReader``).
///
///     segments ──settle──► batches ──compact──► blocks (base, 15 min, 1 h, day)
///
/// There is one writer (``StoreWriter``) and any number of readers, in this process or
/// others. The tables are described in docs/format/store.md.
public enum SeriesStore {
    /// The version of the tables that this program writes, and the newest that it reads.
    public static let formatVersion = StoredSeries.formatVersion

    /// The version of SQLite that is loaded.
    public static var sqliteVersion: String {
        (try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") })
            .flatMap { $0 } ?? "?"
    }

    /// SQLite's settings for every connection.
    ///
    /// - `page_size` 1024: a commit writes a few pages whatever it holds, and small ones wear the
    ///   card least (docs/format/store.md has the measurements).
    /// - `synchronous` FULL: a commit is on the medium when it returns.
    /// - `wal_autocheckpoint`, `journal_size_limit`: see ``StorePace``.
    /// - `secure_delete` FAST: what is deleted from a page is overwritten. Whole pages that become
    ///   free keep their bytes until they are used again or given back, ``StoreWriter/shrink()``:
    ///   to write zeros over them takes as many bytes as the readings took.
    static func configuration(readOnly: Bool, pace: StorePace = StorePace()) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.label = readOnly ? "socle-reader" : "socle-writer"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            if !readOnly {
                try database.execute(sql: "PRAGMA page_size = \(StorePace.pageSize)")
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try database.execute(sql: "PRAGMA cache_size = -2000")
            try database.execute(sql: "PRAGMA secure_delete = FAST")
            try database.execute(sql: "PRAGMA journal_size_limit = \(pace.logBytes)")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(pace.logPages)")
        }
        return configuration
    }
}

/// How much a writer lets gather before it does work that costs about the same for little and for
/// much. The defaults are the gateway's; a simulation has its own, so that everything happens.
public struct StorePace: Sendable {
    /// LIMIT: pages of the write-ahead log before they are moved into the file, 16 MB of them. A
    /// page that was written many times meanwhile, as of readings that come and go, is moved once.
    /// The log keeps its length and is written over.
    public var logPages = 16_000
    /// LIMIT: commits whose counts wait to be added to the ledger, a quarter of an hour of them.
    /// That rewrites the rows of every device, whether it moved by one commit or by many.
    public var commitsToFold = 180
    /// LIMIT: windows that one transaction of a compaction moves, some 7 MB of them in memory, or
    /// those of one series; and windows that it writes, in the blocks that they are merged with,
    /// before it leaves the next series to the next transaction.
    public var windowsToMove = 16_384
    /// LIMIT: batches that one transaction of a compaction deletes.
    public var batchesToDelete = 64
    /// LIMIT: free pages that one transaction gives back to the file system.
    public var pagesToFree = 1_024
    /// Windows of which a series must have more before it gets longer tiers: so many are read in
    /// some tens of milliseconds.
    public var windowsWithoutTiers = Int64(BlockSize.mergedMaximum)

    public init() {}

    static let pageSize = 1_024
    /// Of a log of so many pages, each with its head, and a little more.
    var logBytes: Int { logPages * (Self.pageSize + 64) }
}
