import Foundation
import GRDB
import Glibc
import StoredSeries

/// Puts a backup in the place of a store, whatever is cut off meanwhile.
///
/// The copy is written and read back beside the store. When it is whole it gets the name
/// `STORE-restored`, and from there on the restore is decided: whoever opens the store for writing
/// completes it (``complete(_:)``). A file and its write-ahead log cannot be exchanged at once, and
/// the log of one must never lie beside another.
public struct StoreRestore: Sendable {
    /// What was restored.
    public let backup: StoreBackup
    /// Where the file is now that was there; nil where there was none.
    public let kept: String?

    /// Restores a backup, or any store.
    ///
    /// - Parameters:
    ///   - file: the backup; its key, if it has one, is `FILE.key`.
    ///   - path: of the store, which nobody may be writing to.
    ///   - acceptsDamage: also a backup in which rows are damaged.
    ///   - now: seconds since 1970 UTC: names the file that is kept.
    /// - Throws: ``StoreError``; then the store is as it was.
    public init(
        of file: String, to path: String, acceptsDamage: Bool = false, now: Int,
        progress: (StoreBackup.Stage) -> Void = { _ in }
    ) throws {
        let reader = try StoreReader(path: file)
        guard !isSameFile(file, path) else { throw StoreError.isStore(path: file) }
        if exists(path) { try checkFile(path: path, mode: R_OK | W_OK) }
        guard !isLink(path) else {
            throw StoreError.cannotCreate(path: path, reason: "it is a symbolic link")
        }
        let lock = try WriterLock(path: path)
        defer { withExtendedLifetime(lock) {} }
        try Self.complete(path)
        let draft = try DraftFile(for: path, replaces: true)
        progress(.copying)
        try reader.copy(to: draft.draftPath)
        progress(.verifying)
        backup = try StoreBackup(verifying: draft.draftPath)
        if !acceptsDamage, !backup.faults.isEmpty {
            throw StoreError.damagedBackup(path: file, faults: backup.faults.count)
        }
        // The same key stays where it is.
        let (present, restored) = (try readKey(beside: path), try readKey(beside: file))
        let key = restored == present ? nil : restored
        if key == nil, !exists(path + "-wal"), hasSameBytes(draft.draftPath, path) {
            // This restore was completed before it was asked for again.
            kept = nil
            return
        }
        try Self.writeKey(key, path)
        kept = exists(path) ? Self.nameTime(of: draft.draftPath, beside: path, now: now) : nil
        try draft.putInPlace(path + Self.readySuffix)
        try Self.complete(path)
    }

    private static let readySuffix = "-restored"

    /// Whether a restore was decided and cut off: the next writer completes it.
    static func isPending(_ path: String) -> Bool { exists(path + readySuffix) }

    /// Where a store can be read: in the moment in which there is none, what takes its place.
    static func readablePath(of path: String) -> String {
        !exists(path) && isPending(path) ? path + readySuffix : path
    }

    private static func writeKey(_ key: [UInt8]?, _ path: String) throws(StoreError) {
        let ready = path + readySuffix + ".key"
        guard let key else {
            // SAFETY: the path outlives the call. It is that of a restore which was never decided.
            unsafe unlink(ready)
            return
        }
        let draft = try DraftFile(for: ready, replaces: true, mode: 0o600)
        try draft.write(key)
        try draft.putInPlace()
    }

    /// Gives a draft the time that names the file which it will take the place of.
    ///
    /// - Returns: that name, which nobody has.
    private static func nameTime(of draft: String, beside path: String, now: Int) -> String {
        var time = now
        while exists(keptName(of: path, time: time)) { time += 1 }
        let stamp = timespec(tv_sec: time, tv_nsec: 0)
        // SAFETY: path and times outlive the call.
        unsafe utimensat(AT_FDCWD, draft, [stamp, stamp], 0)
        return keptName(of: path, time: time)
    }

    /// `town.sqlite-20261124T184100Z`.
    private static func keptName(of path: String, time: Int) -> String {
        let text = Date(timeIntervalSince1970: Double(time)).ISO8601Format()
        return path + "-" + text.filter { $0 != "-" && $0 != ":" }
    }

    /// Puts in place what was decided to be restored, if anything was. Each of its steps may be
    /// the last one before a kill; the next writer goes on.
    ///
    /// - Parameter path: of the store, whose lock the caller has.
    static func complete(_ path: String) throws(StoreError) {
        let ready = path + readySuffix
        var status = stat()
        // SAFETY: paths and status outlive the calls, here and below.
        guard unsafe stat(ready, &status) == 0 else { return }
        let kept = keptName(of: path, time: status.st_mtim.tv_sec)
        try move(path, to: kept)
        try move(path + "-wal", to: kept + "-wal")
        // The log of another file must never lie beside the new one.
        for suffix in ["-wal", "-shm"] { unsafe unlink(path + suffix) }
        if exists(ready + ".key") {
            try move(path + ".key", to: kept + ".key")
            try moveFile(ready + ".key", to: path + ".key")
        }
        try syncFolder(of: path)
        try moveFile(ready, to: path)
        try syncFolder(of: path)
    }

    /// Moves a file if it is there and nothing has its new name.
    private static func move(_ path: String, to other: String) throws(StoreError) {
        guard exists(path) else { return }
        if !exists(other) { return try moveFile(path, to: other) }
    }
}

private func isLink(_ path: String) -> Bool {
    var status = stat()
    // SAFETY: path and status outlive the call.
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
}

private func hasSameBytes(_ path: String, _ other: String) -> Bool {
    fileSize(path) == fileSize(other)
        && FileManager.default.contentsEqual(atPath: path, andPath: other)
}
