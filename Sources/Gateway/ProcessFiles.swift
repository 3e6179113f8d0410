import Glibc

/// What the kernel's files say of this process.
enum ProcessFiles {
    /// How much it has written to a medium: pages that it made dirty, of the store, its log and
    /// whatever else it writes. The file system's own journal is not in it.
    ///
    /// - Returns: nil where the kernel keeps no such account.
    static func writtenBytes() -> Int64? { number("write_bytes:", in: "/proc/self/io") }

    /// Memory that it has or had, bytes; 0 where the kernel does not say.
    ///
    /// - Parameter name: `VmRSS` or `VmHWM`.
    static func memory(_ name: String) -> Int64 {
        (number(name + ":", in: "/proc/self/status") ?? 0) * 1_024
    }

    /// What the file system of a path still has for us, bytes.
    static func diskFree(_ path: String) -> Int64? {
        var volume = statvfs()
        // SAFETY: C takes the path for the length of the call; `volume` outlives it.
        guard unsafe statvfs(path, &volume) == 0 else { return nil }
        return Int64(clamping: UInt64(volume.f_bavail) * UInt64(volume.f_frsize))
    }

    /// The number that follows a name at the beginning of a line.
    private static func number(_ name: String, in file: String) -> Int64? {
        // SAFETY: C takes the path for the length of the call; the buffer outlives the read.
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int64($0) }
    }
}
