import Glibc
import StoredSeries

/// An exclusive lock beside the file, held as long as the writer lives. The kernel lets go of it
/// when the process ends, however it ends.
///
/// Its file is empty, or holds the number of the process that has the lock and takes signals. It is
/// a lock of the open file (OFD), which others can ask about without taking it for a moment.
final class WriterLock {
    private let descriptor: Int32
    private let path: String

    init(path: String) throws(StoreError) {
        let lockPath = path + "-lock"
        self.path = lockPath
        // SAFETY: the path lives as long as the call.
        descriptor = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            if errno == EACCES, unsafe access(lockPath, F_OK) == 0 {
                throw .notAllowed(path: lockPath, reason: "Permission denied")
            }
            throw .cannotCreate(path: lockPath, reason: lastSystemError())
        }
        // `deinit` runs after this too, and closes.
        guard lock(descriptor) else { throw .inUse(path: path) }
        // The one who had it before may have ended without a word.
        try write("")
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Closing alone leaves it locked while a process that was just started has a copy.
        var lock = wholeFile
        lock.l_type = Int16(F_UNLCK)
        // SAFETY: the lock's description outlives the call.
        _ = unsafe fcntl(descriptor, setFileLock, &lock)
        close(descriptor)
    }

    func write(_ text: String) throws(StoreError) {
        // SAFETY: the text lives as long as the call.
        guard ftruncate(descriptor, 0) == 0,
            unsafe pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count
        else { throw .cannotCreate(path: path, reason: lastSystemError()) }
    }
}

extension StoreWriter {
    /// Tells others which process writes here and takes signals, until it ends.
    public func announceProcess() throws(StoreError) { try lock.write("\(getpid())\n") }
}

extension SeriesStore {
    /// The process that writes to a store and has announced itself; nil where none does, or another
    /// writer is at work, as an import.
    ///
    /// - Throws: ``StoreError/notAllowed(path:reason:)``.
    public static func announcedWriter(store path: String) throws(StoreError) -> Int32? {
        let lockPath = path + "-lock"
        // SAFETY: C takes the path for the length of the call.
        let descriptor = unsafe open(lockPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == EACCES { throw .notAllowed(path: lockPath, reason: lastSystemError()) }
            return nil
        }
        defer { close(descriptor) }
        // What stands there counts while somebody holds the lock: each holder writes it anew.
        var lock = wholeFile
        guard unsafe fcntl(descriptor, getFileLock, &lock) == 0, lock.l_type != F_UNLCK else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: 32)
        // SAFETY: the array has room for as many bytes as is said.
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count], as: UTF8.self).prefix { $0.isNumber })
    }
}

// F_OFD_GETLK and F_OFD_SETLK of Linux, on all its machines; Swift's Glibc does not have them.
private let getFileLock: Int32 = 36
private let setFileLock: Int32 = 37

/// Takes an exclusive lock on the first bytes of an open file, or on all of it.
///
/// - Parameter bytes: 0: all.
/// - Returns: whether nobody else has one.
func lock(_ descriptor: Int32, bytes: Int64 = 0) -> Bool {
    var lock = wholeFile
    lock.l_len = off_t(bytes)
    // SAFETY: the lock's description outlives the call.
    return unsafe fcntl(descriptor, setFileLock, &lock) == 0
}

/// An exclusive lock on all of a file.
private var wholeFile: flock {
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    return lock
}
