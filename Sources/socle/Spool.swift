import Foundation
import Glibc

/// Bytes in a file without a name, which is gone with the process however that ends.
final class Spool {
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

    /// Opens the same file, from its beginning, as long as the spool is there.
    var path: String { "/proc/self/fd/\(descriptor)" }

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
