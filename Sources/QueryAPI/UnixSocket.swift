import Glibc

/// A Unix socket's descriptor; closed with its last owner.
final class UnixSocket: Sendable {
    let descriptor: Int32

    /// - Parameter descriptor: becomes this socket's own.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    convenience init(path: String) throws(SocketError) {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .failed(path: path, reason: lastError()) }
        self.init(descriptor)
    }

    deinit { close(descriptor) }

    /// LIMIT: bytes of a path, which the kernel sets, less the end of the text.
    static let pathBytesMax = 107

    /// - Returns: 0, or -1 with `errno`; the same below.
    func bind(_ path: String) -> Int32 {
        // SAFETY: the address outlives the call; the same below.
        unsafe withAddress(of: path) { unsafe Glibc.bind(descriptor, $0, $1) }
    }

    func connect(_ path: String) -> Int32 {
        unsafe withAddress(of: path) { unsafe Glibc.connect(descriptor, $0, $1) }
    }

    /// LIMIT: how long a whole request or answer may take; whoever is slower is left.
    static let patienceMilliseconds: Int64 = 2_000

    /// Reads until the end, or until what came is enough.
    ///
    /// - Returns: nil where it took too long, was too much or failed.
    func read(limit: Int, until isEnough: ([UInt8]) -> Bool) -> [UInt8]? {
        let deadline = milliseconds() + Self.patienceMilliseconds
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while !isEnough(bytes) {
            guard bytes.count < limit, wait(for: POLLIN, until: deadline) else { return nil }
            // SAFETY: the buffer has room for as much as is said and outlives the call.
            let count = unsafe recv(descriptor, &part, part.count, 0)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes += part.prefix(count)
        }
        return bytes
    }

    /// - Returns: whether all of it was written.
    func write(_ bytes: [UInt8]) -> Bool {
        let deadline = milliseconds() + Self.patienceMilliseconds
        var rest = bytes[...]
        while !rest.isEmpty {
            guard wait(for: POLLOUT, until: deadline) else { return false }
            // SAFETY: the bytes outlive the call. No signal where the other side has gone.
            let count = unsafe rest.withUnsafeBytes { rest in
                unsafe send(
                    descriptor, rest.baseAddress, rest.count,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            if count < 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func wait(for event: Int32, until deadline: Int64) -> Bool {
        let left = deadline - milliseconds()
        guard left > 0 else { return false }
        var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        // SAFETY: one entry, which outlives the call.
        return unsafe poll(&request, 1, Int32(left)) > 0
    }

    private func milliseconds() -> Int64 {
        var time = timespec()
        // SAFETY: `time` outlives the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

func lastError() -> String {
    // SAFETY: strerror returns a terminated text that lives until the thread's next call.
    unsafe String(cString: strerror(errno))
}

/// Calls `bind` or `connect` with the address of a path.
///
/// - Returns: 0 or -1 with `errno`.
private func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8)
    guard name.count <= UnixSocket.pathBytesMax else {
        errno = ENAMETOOLONG
        return -1
    }
    // SAFETY: the name fits, as checked, with the end of the text behind it.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
    // SAFETY: the address outlives the call, and is one of the kind that its family says.
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
