import GRDB
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
    /// Marks the file as ours: "Socl".
    static let applicationID: Int32 = 0x536f_636c
    /// The version of the tables that this program writes, and the newest that it reads.
    public static let formatVersion = 2

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

/// The steps of which statistics are kept.
///
/// Raw values stand in the file: they are never renumbered.
public enum Tier: Int64, Sendable, CaseIterable {
    /// The series' own step: one minute unless its profile says otherwise.
    case base = 0
    case quarterHour = 900_000
    case hour = 3_600_000
    /// Civil days in the store's zone.
    case day = 86_400_000

    /// The start of this tier's window that holds an instant.
    public func windowStart(of instant: Int64, step: Int64, zone: CivilZone) -> Int64 {
        switch self {
        case .base: Windows.windowStart(of: instant, step: step)
        case .quarterHour, .hour: Windows.windowStart(of: instant, step: rawValue)
        case .day: zone.startOfDay(instant)
        }
    }

    /// The end of this tier's window that begins at an instant.
    public func windowEnd(from start: Int64, step: Int64, zone: CivilZone) -> Int64 {
        switch self {
        case .base: start + max(step, 1)
        case .quarterHour, .hour: start + rawValue
        case .day: zone.startOfDay(start + 26 * 3_600_000)
        }
    }

    /// The name on the command line.
    public var name: String {
        switch self {
        case .base: "base"
        case .quarterHour: "15m"
        case .hour: "1h"
        case .day: "1d"
        }
    }
}
