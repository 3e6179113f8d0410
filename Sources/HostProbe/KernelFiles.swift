import Glibc

/// The small text files in which the kernel publishes its figures, under a root directory.
struct KernelFiles: Sendable {
    private let root: String

    init(root: String) {
        self.root = root.hasSuffix("/") ? root : root + "/"
    }

    // LIMIT: a line of /proc/net/dev has about 130 bytes and one of /proc/stat at most a few
    // hundred; 128 KiB holds a thousand interfaces. What stands beyond is not read.
    private static let sizeMax = 131_072

    /// The lines of a file, in order; none where it cannot be read. A last line that the size limit
    /// cut off may be incomplete, and then reads as malformed or short.
    ///
    /// - Parameter path: relative to the root, such as `proc/loadavg`.
    func lines(of path: String) -> [Substring] {
        text(of: path).split(separator: "\n")
    }

    /// The whole number that is all a file holds, as in `sys`; nil where it holds anything else.
    func number(in path: String) -> Int64? {
        let words = lines(of: path)
        guard words.count == 1 else { return nil }
        return Int64(words[0])
    }

    private func text(of path: String) -> String {
        // SAFETY: the string is passed as a NUL-terminated copy that lives until `open` returns,
        // and `open` keeps no pointer. Without blocking, so that a pipe in a strange root cannot
        // hang us.
        let file = unsafe open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.sizeMax)
        var size = 0
        while size < bytes.count {
            let room = bytes.count - size
            // SAFETY: `read` writes at most `room` bytes from `size` on, inside the array, whose
            // storage the closure's pointer keeps alive.
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(file, buffer.baseAddress?.advanced(by: size), room)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            size += count
        }
        return String(decoding: bytes[..<size], as: UTF8.self)
    }
}
