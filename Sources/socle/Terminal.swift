import Foundation
import Glibc
import Synchronization

/// Where the output goes and what it can show.
enum Terminal {
    /// Whether standard output is a terminal.
    static let isOutput = isatty(STDOUT_FILENO) == 1
    /// Whether progress may be shown on standard error.
    static let showsProgress =
        isatty(STDERR_FILENO) == 1 && environment("NO_COLOR") == nil && !isDumb
    /// Whether block characters can be shown: a UTF-8 locale and no dumb terminal.
    static let showsBlocks: Bool = {
        let locale = environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG") ?? ""
        return !isDumb && locale.uppercased().contains("UTF")
    }()

    /// Columns of the terminal: `COLUMNS`, the terminal's own word, or 80.
    static let width: Int = {
        if let columns = environment("COLUMNS").flatMap({ Int($0) }), columns >= 20 {
            return columns
        }
        var size = winsize()
        // SAFETY: `size` outlives the call.
        let code = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
        return code == 0 && size.ws_col >= 20 ? Int(size.ws_col) : 80
    }()

    private static let isDumb = environment("TERM") == "dumb"

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// LIMIT: bytes of output that wait for one large write.
    private static let pendingMax = 65_536
    private static let output = Mutex(Output())

    private struct Output {
        var pending: [UInt8] = []
        /// Where large writes go while a snapshot is held.
        var spooled: SpooledOutput?

        mutating func flush() {
            if pending.isEmpty { return }
            if let spooled { spooled.write(pending) } else { writeOut(pending) }
            pending.removeAll(keepingCapacity: true)
        }
    }

    /// Writes to standard output, gathered into large writes. Whoever ends the program calls
    /// ``finish()`` before.
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes bytes of UTF-8.
    static func write(_ bytes: [UInt8]) {
        output.withLock { output in
            output.pending += bytes
            let isDue = isOutput && output.spooled == nil
            if isDue || output.pending.count >= pendingMax { output.flush() }
        }
    }

    /// Writes out what waits. Where that fails the program ends with one line and the code of an
    /// I/O error: an answer that was cut short must not look like a whole one.
    static func finish() { output.withLock { $0.flush() } }

    /// Runs what holds a snapshot of a store and writes meanwhile: it does not wait long for
    /// whoever reads our output. What is left is written when `body` has returned.
    static func withoutWaiting<T>(_ body: () throws -> T) rethrows -> T {
        let spooled = SpooledOutput(writeOut)
        output.withLock { $0.spooled = spooled }
        defer {
            output.withLock { $0.spooled = nil }
            spooled.end()
        }
        return try body()
    }

    @Sendable private static func writeOut(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            // SAFETY: the bytes outlive the call.
            let count = unsafe bytes[start...].withUnsafeBytes { rest in
                unsafe Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { endWithoutOutput(errno) }
            start += count
        }
    }

    static func endWithoutOutput(_ code: Int32) -> Never {
        // SAFETY: strerror's text lives until the thread's next call.
        let reason = unsafe String(cString: strerror(code))
        complain(
            say(
                "socle: cannot write to standard output: \(reason)",
                "socle: impossible d'écrire sur la sortie standard : \(reason)"))
        exit(Failure.Code.inputOutput.rawValue)
    }

    /// Shows progress in place, on a terminal only.
    static func progress(_ text: String) {
        guard showsProgress else { return }
        FileHandle.standardError.write(Data(("\r\u{1B}[K" + text).utf8))
    }

    /// Takes the progress line away.
    static func endProgress() {
        progress("")
    }
}
