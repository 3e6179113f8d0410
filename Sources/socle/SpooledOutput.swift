import Foundation
import Glibc

/// Standard output while a snapshot of a store is held: it waits for its reader only for a moment.
///
/// A snapshot keeps SQLite from emptying the write-ahead log: with `socle query | less`, left open,
/// it would grow until the card is full. So a thread of its own writes, and no kind of output,
/// pipe, terminal or socket, stops the one that reads the store. Once that one has waited for
/// ``patience`` altogether, what follows goes into a file, and out when the snapshot is gone.
///
/// Of one thread, but for what is guarded.
final class SpooledOutput: @unchecked Sendable {
    // SAFETY: `chunk` and `isEnding` are guarded by `condition`; the rest is the caller's alone.
    private let condition = NSCondition()
    /// What the thread writes, there until all of it is written.
    private var chunk: [UInt8]?
    private var isEnding = false
    private var hasThread = false
    private var waited = Duration.zero
    private var spool: Spool?
    private let writeOut: @Sendable ([UInt8]) -> Void

    /// LIMIT: how long a reader of the answer may keep the snapshot waiting, altogether.
    private static let patience = Duration.seconds(2)

    /// - Parameter writeOut: writes to standard output, however long that takes.
    init(_ writeOut: @escaping @Sendable ([UInt8]) -> Void) {
        self.writeOut = writeOut
    }

    /// Takes the next bytes of the answer.
    func write(_ bytes: [UInt8]) {
        if spool == nil, hand(over: bytes) { return }
        let spool = self.spool ?? Spool()
        self.spool = spool
        if spool?.append(bytes) == true { return }
        // Where there is no room for a file the answer waits for its reader after all.
        drain()
        writeOut(bytes)
    }

    /// Writes out what is left, and returns when the reader has taken it.
    func end() {
        drain()
        condition.lock()
        isEnding = true
        condition.broadcast()
        condition.unlock()
    }

    private func drain() {
        condition.lock()
        while chunk != nil { condition.wait() }
        condition.unlock()
        spool?.forEachChunk(writeOut)
        spool = nil
    }

    /// - Returns: false where the thread is busy and the time for waiting is over.
    private func hand(over bytes: [UInt8]) -> Bool {
        if !hasThread { Thread.detachNewThread { self.run() } }
        hasThread = true
        condition.lock()
        defer { condition.unlock() }
        let start = ContinuousClock.now
        let rest = (Self.patience - waited) / .seconds(1)
        let deadline = Date(timeIntervalSinceNow: rest)
        while chunk != nil, condition.wait(until: deadline) {}
        waited += ContinuousClock.now - start
        guard chunk == nil else { return false }
        chunk = bytes
        condition.broadcast()
        return true
    }

    private func run() {
        condition.lock()
        while !isEnding {
            if let bytes = chunk {
                condition.unlock()
                writeOut(bytes)
                condition.lock()
                chunk = nil
                condition.broadcast()
            } else {
                condition.wait()
            }
        }
        condition.unlock()
    }
}

/// Bytes in a file without a name, which is gone with the process however that ends.
private final class Spool {
    private let descriptor: Int32
    private let room: Int
    private var count = 0

    /// Not `/tmp`, which is memory on many boards.
    private static let usualFolder = "/var/tmp"
    /// LIMIT: of what is free, a quarter: the store may lie on the same card.
    private static let share = 4

    /// Nil where no file can be made.
    init?() {
        let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? Self.usualFolder
        var path = Array((folder + "/socle-XXXXXX").utf8CString)
        var volume = statvfs()
        // SAFETY: C takes path and volume for the length of each call.
        descriptor = unsafe mkstemp(&path)
        guard descriptor >= 0 else { return nil }
        unsafe unlink(path)
        let isKnown = unsafe fstatvfs(descriptor, &volume) == 0
        room = isKnown ? Int(volume.f_bavail) * Int(volume.f_frsize) / Self.share : 0
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Keeps bytes behind those that it has.
    ///
    /// - Returns: whether all of them are kept; where not, none are.
    func append(_ bytes: [UInt8]) -> Bool {
        guard count + bytes.count <= room else { return false }
        var written = 0
        while written < bytes.count {
            // SAFETY: the bytes outlive the call.
            let number = unsafe bytes[written...].withUnsafeBytes { rest in
                unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(count + written))
            }
            if number < 0, errno == EINTR { continue }
            guard number > 0 else { return false }
            written += number
        }
        count += bytes.count
        return true
    }

    /// Calls `body` with all bytes, a piece at a time.
    func forEachChunk(_ body: ([UInt8]) -> Void) {
        var start = 0
        while start < count {
            let size = min(65_536, count - start)
            // SAFETY: the buffer has room for as many bytes as are asked for.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
                filled = unsafe max(0, pread(descriptor, buffer.baseAddress, size, off_t(start)))
            }
            // The file is ours alone: what was written is there, unless its medium fails.
            guard !bytes.isEmpty else { Terminal.endWithoutOutput(EIO) }
            body(bytes)
            start += bytes.count
        }
    }
}
