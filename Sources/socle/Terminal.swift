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
    private static let pending = Mutex<[UInt8]>([])

    /// Writes to standard output, gathered into large writes. Whoever ends the program calls
    /// ``finish()`` before.
    static func write(_ text: String) {
        let isFull = pending.withLock { bytes in
            bytes.append(contentsOf: text.utf8)
            return bytes.count >= pendingMax
        }
        if isFull || isOutput { finish() }
    }

    /// Writes out what waits. Where that fails the program ends with one line and the code of an
    /// I/O error: an answer that was cut short must not look like a whole one.
    static func finish() {
        pending.withLock { bytes in
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
            bytes.removeAll(keepingCapacity: true)
        }
    }

    private static func endWithoutOutput(_ code: Int32) -> Never {
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
