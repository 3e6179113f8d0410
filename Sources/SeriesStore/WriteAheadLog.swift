import Foundation
import GRDB
import Glibc
import StoredSeries

/// The write-ahead log beside a store: how long it is, and who keeps it from being emptied.
///
/// Commits append to it, and SQLite moves what they wrote into the file and begins the log anew
/// once it has 16,000 pages. A reader's snapshot stops that: the log then grows until it ends.
public struct WriteAheadLog: Sendable, Equatable {
    /// Bytes of the log's file.
    public var bytes: Int64
    /// Processes other than this one that hold a snapshot, as far as the kernel tells.
    public var holders: [Holder]

    /// A process that holds a snapshot.
    public struct Holder: Sendable, Hashable, CustomStringConvertible {
        public var id: Int32
        /// What it runs; empty where that may not be seen.
        public var name: String

        public var description: String { name.isEmpty ? "\(id)" : "\(id) (\(name))" }
    }

    /// LIMIT: bytes past which a log has not been emptied for long: what ``StorePace`` lets gather
    /// and more than a compaction writes at once.
    public static let usualBytesMax: Int64 = 48 << 20

    /// Looks at the log of a store, without opening either.
    public init(besideStore path: String) {
        bytes = fileSize(path + "-wal")
        holders = Self.holders(besideStore: path)
    }

    /// SQLite's locks of a snapshot: bytes of the log's index, WAL_READ_LOCK in its sources.
    private static let snapshotLocks = 123...127

    /// By the kernel's list, of which a line is
    /// `1: POSIX  ADVISORY  READ 4711 fe:00:16245124 124 124`.
    private static func holders(besideStore path: String) -> [Holder] {
        var status = stat()
        // SAFETY: C takes the path for the length of the call; `status` outlives it.
        guard unsafe stat(path + "-shm", &status) == 0,
            let list = try? String(contentsOfFile: "/proc/locks", encoding: .utf8)
        else { return [] }
        var holders: Set<Int32> = []
        for line in list.split(separator: "\n") {
            let words = line.split(separator: " ").drop { $0 != "POSIX" }.map(String.init)
            guard words.count == 7, let id = Int32(words[3]), id > 0, id != getpid(),
                words[4].split(separator: ":").last == "\(status.st_ino)",
                let first = Int(words[5]), let last = Int(words[6]),
                Self.snapshotLocks.overlaps(first...max(first, last))
            else { continue }
            holders.insert(id)
        }
        return holders.sorted().map { id in
            let name = try? String(contentsOfFile: "/proc/\(id)/comm", encoding: .utf8)
            return Holder(id: id, name: name.map { String($0.prefix { $0 != "\n" }) } ?? "")
        }
    }
}

extension StoreWriter {
    /// The write-ahead log of this store.
    public var log: WriteAheadLog { WriteAheadLog(besideStore: database.path) }

    /// Moves what the write-ahead log holds into the file, as far as readers let it; waits for
    /// none of them.
    ///
    /// - Returns: whether all of it was moved: the next commit begins the log anew.
    public func emptyLog() throws(StoreError) -> Bool {
        try catchingDatabaseErrors(path: database.path) {
            try database.writeWithoutTransaction { database in
                let row = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(PASSIVE)")
                let pages: Int64 = row?["log"] ?? 0
                let moved: Int64 = row?["checkpointed"] ?? 0
                return moved >= pages
            }
        }
    }
}
