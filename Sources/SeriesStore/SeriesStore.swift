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
    /// - `secure_delete`: readings that were settled leave no bytes behind.
    static func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.label = readOnly ? "socle-reader" : "socle-writer"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            if !readOnly {
                try database.execute(sql: "PRAGMA page_size = 1024")
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try database.execute(sql: "PRAGMA cache_size = -2000")
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA journal_size_limit = 4194304")
        }
        return configuration
    }
}
