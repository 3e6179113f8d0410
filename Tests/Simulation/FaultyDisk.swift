import Foundation
import GRDBSQLite
import NaiveModel
import Synchronization

/// A folder whose SQLite files lie on a disk that fails when it is told to.
///
/// SQLite works on the real files through a VFS of its own (``FaultyVFS``). The disk counts its
/// calls, makes one or more of them fail, and remembers which writes were synced: so it can tell
/// what a power cut would have left, and put the files into that state.
///
/// Of one thread. Databases outside of such folders are none of its business.
public final class FaultyDisk: @unchecked Sendable {
    // SAFETY: of one thread, see above.
    public let folder: String
    private var files: [String: SimulatedFile] = [:]
    /// Calls that may fail, since the beginning.
    public private(set) var callCount = 0
    /// Of these, those that write.
    private var writeCount = 0
    private var fault: (kind: Fault, call: Int, count: Int)?
    /// Whether the power is gone: nothing works any more until ``revive(_:as:)``.
    public private(set) var isDead = false
    /// Called with each sync that succeeds, while the disk is at it.
    var willSync: () -> Void = {}
    /// Whether the fault that was asked for has happened.
    public private(set) var hasFailed = false

    public enum Fault: Sendable, CaseIterable {
        /// SQLITE_IOERR.
        case ioError
        /// SQLITE_FULL where something is written; other calls succeed.
        case full
        /// The power goes, before the call has any effect.
        case powerCut
    }

    /// What ends a process, and so what becomes of its unsynced writes.
    public enum End: Sendable { case powerCut, kill }

    private static let disks = Mutex<[String: FaultyDisk]>([:])

    /// - Parameter folder: exists, and holds no other disk's.
    public init(folder: String) {
        self.folder = folder
        FaultyVFS.register()
        Self.disks.withLock { $0[folder] = self }
    }

    /// Forgets the folder: its files are plain files again.
    public func detach() { Self.disks.withLock { $0[folder] = nil } }

    /// The disk that a path lies on.
    static func disk(of path: String) -> FaultyDisk? {
        disks.withLock { disks in
            disks.isEmpty ? nil : disks.values.first { path.hasPrefix($0.folder + "/") }
        }
    }

    /// Lets calls fail.
    ///
    /// - Parameters:
    ///   - calls: how many calls from now on still succeed; of a full disk, calls that write.
    ///   - count: how many fail then.
    public func fail(_ kind: Fault, after calls: Int, count: Int = 1) {
        fault = (kind, (kind == .full ? writeCount : callCount) + calls, count)
        hasFailed = false
    }

    /// Lets all calls succeed, unless the power is gone.
    public func heal() { fault = nil }

    /// Ends what uses the disk, now.
    public func die() { isDead = true }

    /// After everything has let go of the files: puts them into the state in which the end left
    /// them.
    public func revive(_ random: inout SplitMix64, as end: End) {
        for path in files.keys.sorted() {
            guard let file = files[path] else { continue }
            let content = end == .kill ? file.afterKill() : file.afterPowerCut(&random)
            try? FileManager.default.removeItem(atPath: path)
            if let content {
                let isMade = FileManager.default.createFile(atPath: path, contents: Data(content))
                precondition(isMade, "cannot write \(path)")
            }
            // The index of the write-ahead log is memory, and gone with it.
            try? FileManager.default.removeItem(atPath: path + "-shm")
        }
        files.removeAll()
        fault = nil
        isDead = false
    }

    // MARK: - Called by the VFS

    /// SQLITE_OK, or the code with which a call fails.
    func outcome(ofWriting isWriting: Bool) -> Int32 {
        if isDead { return SQLITE_IOERR }
        callCount += 1
        if isWriting { writeCount += 1 }
        guard let fault, isWriting || fault.kind != .full else { return SQLITE_OK }
        let call = fault.kind == .full ? writeCount : callCount
        guard call > fault.call, call - fault.call <= fault.count else { return SQLITE_OK }
        hasFailed = true
        switch fault.kind {
        case .ioError: return SQLITE_IOERR
        case .full: return SQLITE_FULL
        case .powerCut:
            isDead = true
            return SQLITE_IOERR
        }
    }

    func file(_ path: String) -> SimulatedFile {
        if let known = files[path], !known.isDeleted { return known }
        let file = SimulatedFile(path: path)
        files[path] = file
        return file
    }

    /// Makes a file durable. With a new file SQLite's unix VFS syncs the folder too, so that
    /// deletions before it are for good.
    func sync(_ file: SimulatedFile) {
        willSync()
        if !file.isNameDurable { files = files.filter { !$0.value.isDeleted } }
        file.sync()
    }

    /// - Parameter isDurable: whether the folder was synced.
    func delete(_ path: String, isDurable: Bool) {
        if isDurable { files[path] = nil } else { file(path).isDeleted = true }
    }
}
