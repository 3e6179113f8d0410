import Glibc
import StoredSeries

/// A file that is there whole or not at all: it is written beside its place, as `PATH-new`, made
/// durable, and then renamed.
///
/// The draft is locked while it is written, so that no two processes write the same one. What a
/// process left that was killed is written over by the next; a draft that is not put in its place
/// goes with this object. Of one thread.
public final class DraftFile {
    /// Where it shall be.
    public let path: String
    private let replaces: Bool
    private let descriptor: Int32
    private var isInPlace = false

    /// The name under which it is written.
    public var draftPath: String { path + "-new" }

    /// - Parameters:
    ///   - replaces: whether a file that is there already may go.
    ///   - mode: of the new file.
    /// - Throws: ``StoreError/isThere(path:)``, ``StoreError/inUse(path:)``,
    ///   ``StoreError/cannotCreate(path:reason:)``.
    public init(for path: String, replaces: Bool, mode: mode_t = 0o640) throws(StoreError) {
        self.path = path
        self.replaces = replaces
        let draft = path + "-new"
        // SAFETY: C takes paths and status for the length of each call, here and below.
        descriptor = unsafe open(draft, O_RDWR | O_CREAT | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw .cannotCreate(path: path, reason: lastSystemError())
        }
        // The first byte alone: SQLite, which may write the draft, locks others far behind it.
        guard lock(descriptor, bytes: 1), isOurs else {
            isInPlace = true
            throw .inUse(path: draft)
        }
        try checkPlace()
        guard ftruncate(descriptor, 0) == 0, fchmod(descriptor, mode) == 0 else {
            throw .cannotCreate(path: path, reason: lastSystemError())
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        if !isInPlace { unsafe unlink(draftPath) }
        close(descriptor)
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: ``StoreError/diskFull``, ``StoreError/cannotCreate(path:reason:)``.
    public func write(_ bytes: [UInt8]) throws(StoreError) {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes[start...].withUnsafeBytes { rest in
                unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw writeError }
            start += count
        }
    }

    /// Makes it durable and puts it in its place, or in another one.
    public func putInPlace(_ other: String? = nil) throws(StoreError) {
        guard fsync(descriptor) == 0 else { throw writeError }
        if other == nil { try checkPlace() }
        try moveFile(draftPath, to: other ?? path)
        isInPlace = true
        try syncFolder(of: path)
    }

    private var writeError: StoreError {
        errno == ENOSPC || errno == EDQUOT
            ? .diskFull : .cannotCreate(path: path, reason: lastSystemError())
    }

    /// Whether nobody has renamed the draft before we had the lock.
    private var isOurs: Bool {
        var (opened, named) = (stat(), stat())
        return unsafe fstat(descriptor, &opened) == 0 && stat(draftPath, &named) == 0
            && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    private func checkPlace() throws(StoreError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .cannotCreate(path: path, reason: "not a regular file")
        }
        if !replaces { throw .isThere(path: path) }
    }
}

/// Whether there is anything under a name.
func exists(_ path: String) -> Bool {
    var status = stat()
    // SAFETY: path and status outlive the call.
    return unsafe lstat(path, &status) == 0
}

/// Renames a file; one that is there under the new name goes.
func moveFile(_ path: String, to other: String) throws(StoreError) {
    // SAFETY: the paths outlive the call.
    guard unsafe rename(path, other) == 0 else {
        throw .cannotCreate(path: other, reason: lastSystemError())
    }
}

/// Makes durable which names a folder has.
func syncFolder(of path: String) throws(StoreError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    // SAFETY: the path lives as long as the call.
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: lastSystemError()) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
        throw .cannotCreate(path: path, reason: lastSystemError())
    }
}

/// The key beside a store or a backup, nil where there is none.
///
/// - Throws: ``StoreError/notAllowed(path:reason:)``: a copy without its key is not what is wanted.
func readKey(beside path: String) throws(StoreError) -> [UInt8]? {
    let keyPath = path + ".key"
    // SAFETY: the path lives as long as the call.
    let descriptor = unsafe open(keyPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        if errno == ENOENT { return nil }
        throw .notAllowed(path: keyPath, reason: lastSystemError())
    }
    defer { close(descriptor) }
    let size = 4_096
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
        // SAFETY: the buffer has room for as many bytes as are asked for.
        filled = unsafe max(0, read(descriptor, buffer.baseAddress, size))
    }
}
