import Foundation
import Glibc

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

    /// Writes to standard output, gathered into large writes.
    static func write(_ text: String) {
        print(text, terminator: "")
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
