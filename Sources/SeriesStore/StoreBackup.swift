import Foundation
import GRDB
import Glibc
import StoredSeries

/// A copy of a store in one file, verified: what ``StoreRestore`` puts back.
public struct StoreBackup: Sendable {
    /// When the newest commit in it was made, milliseconds since 1970 UTC; nil where there is none.
    public let newestCommitTime: Int64?
    /// Bytes of the file.
    public let byteCount: Int64
    /// What does not read back, in the copy as in the store.
    public let faults: [DamagedRow]

    /// What a backup or a restore is at.
    public enum Stage: Sendable { case copying, verifying }

    /// Copies one state of a store, beside its writer if there is one, reads all of the copy back,
    /// and puts it in its place when it is durable.
    ///
    /// The copy is standard SQLite without a write-ahead log and without free pages. The key of
    /// the hashes goes into `PATH.key`, as a store has it. A copy with damage in it takes no other
    /// backup's place, which may be sound.
    ///
    /// - Parameters:
    ///   - path: of the backup, which has mode 0640.
    ///   - replaces: whether an older backup of that name may go.
    ///   - withKey: false leaves no key beside it.
    /// - Throws: ``StoreError``; then there is nothing new at `path`.
    public init(
        of store: String, to path: String, replaces: Bool = false, withKey: Bool = true,
        progress: (Stage) -> Void = { _ in }
    ) throws {
        let reader = try StoreReader(path: store)
        // What has a log or a lock beside it is a store, and not a backup that may be replaced.
        let own = [store, store + "-wal", store + "-shm", store + "-lock", store + ".key"]
        guard !own.contains(where: { isSameFile($0, path) }),
            !["-wal", "-lock"].contains(where: { exists(path + $0) })
        else { throw StoreError.isStore(path: path) }
        let key = try withKey ? readKey(beside: store) : nil
        let draft = try DraftFile(for: path, replaces: replaces)
        progress(.copying)
        try reader.copy(to: draft.draftPath)
        progress(.verifying)
        try self.init(verifying: draft.draftPath)
        if !faults.isEmpty, exists(path) {
            throw StoreError.wouldReplaceSound(path: path, faults: faults.count)
        }
        try Self.putKey(key, beside: path)
        try draft.putInPlace()
    }

    /// Reads a copy, all of it.
    init(verifying path: String) throws {
        byteCount = fileSize(path)
        (newestCommitTime, faults) = try StoreReader(path: path).snapshot { snapshot in
            (try snapshot.newestCommitTime(), try snapshot.verify().map(snapshot.place))
        }
    }

    private static func putKey(_ key: [UInt8]?, beside path: String) throws(StoreError) {
        guard let key else {
            // SAFETY: the path outlives the call. An older backup's key is not this one's.
            unsafe unlink(path + ".key")
            return
        }
        let draft = try DraftFile(for: path + ".key", replaces: true, mode: 0o600)
        try draft.write(key)
        try draft.putInPlace()
    }
}

extension StoreReader {
    /// Writes one state of the store into an empty file.
    func copy(to path: String) throws(StoreError) {
        try catchingDatabaseErrors(path: self.path) {
            try database.vacuum(into: path)
            // SQLite copies indexes as they are, damaged or not, though the rows say all of them.
            // Where rows are damaged so that it cannot be, the copy is verified and told of anyway.
            let copy = try DatabaseQueue(path: path)
            defer { try? copy.close() }
            try? copy.writeWithoutTransaction { try $0.execute(sql: "REINDEX") }
        }
    }
}

/// Whether two names are of one file.
func isSameFile(_ path: String, _ other: String) -> Bool {
    var (left, right) = (stat(), stat())
    // SAFETY: paths and status outlive the calls.
    return unsafe stat(path, &left) == 0 && stat(other, &right) == 0
        && left.st_ino == right.st_ino && left.st_dev == right.st_dev
}
