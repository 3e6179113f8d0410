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
