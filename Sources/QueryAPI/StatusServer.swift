import Foundation
import Glibc
import Synchronization

/// Answers `GET /status`, one connection after another, on the thread that calls ``run(answer:)``.
///
/// A client that is slow is left after two seconds, so it cannot keep others waiting for long, and
/// the gateway's other threads never wait for any.
public final class StatusServer: Sendable {
    private let path: String
    private let listener: UnixSocket
    private let isEnding = Atomic<Bool>(false)

    /// LIMIT: bytes of the socket's path, by the kernel.
    public static let pathBytesMax = UnixSocket.pathBytesMax
    private static let requestBytesMax = 8_192

    /// Opens the socket, with mode 0660. One that a gateway left behind is replaced.
    ///
    /// - Throws: ``SocketError/inUse(path:)`` where a gateway answers,
    ///   ``SocketError/notASocket(path:)``, ``SocketError/notAllowed(path:)`` or
    ///   ``SocketError/failed(path:reason:)``; whatever is there stays.
    public init(path: String) throws(SocketError) {
        self.path = path
        listener = try UnixSocket(path: path)
        // Before it has a name, so that nobody ever comes in by a wider mode; the process's mask
        // may take some of it away, which is given below.
        fchmod(listener.descriptor, 0o660)
        if listener.bind(path) != 0 {
            guard errno == EADDRINUSE else { throw Self.error(path) }
            try Self.removeStale(path)
            guard listener.bind(path) == 0 else { throw Self.error(path) }
        }
        // SAFETY: C takes the path for the length of the call.
        unsafe chmod(path, 0o660)
        guard listen(listener.descriptor, 16) == 0 else { throw Self.error(path) }
    }

    private static func removeStale(_ path: String) throws(SocketError) {
        var status = stat()
        // SAFETY: C takes the path for the length of the call; `status` outlives it.
        guard unsafe lstat(path, &status) == 0 else { throw error(path) }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = try UnixSocket(path: path)
        if probe.connect(path) == 0 { throw .inUse(path: path) }
        guard errno == ECONNREFUSED || errno == ENOENT else { throw error(path) }
        // SAFETY: as above; the same below.
        unsafe unlink(path)
    }

    private static func error(_ path: String) -> SocketError {
        errno == EACCES || errno == EPERM
            ? .notAllowed(path: path) : .failed(path: path, reason: lastError())
    }

    /// Answers until ``end()``.
    ///
    /// - Parameter answer: called on this thread for each request.
    public func run(answer: () -> GatewayStatus) {
        while !isEnding.load(ordering: .relaxed) {
            let descriptor = accept(listener.descriptor, nil, nil)
            if descriptor >= 0 {
                serve(UnixSocket(descriptor), answer)
            } else if errno != EINTR, errno != ECONNABORTED, !isEnding.load(ordering: .relaxed) {
                // No descriptors left, most likely: others need the processor meanwhile.
                usleep(100_000)
            }
        }
    }

    /// Ends ``run(answer:)`` and takes the socket away; from any thread. Again it does nothing.
    public func end() {
        // The path may be another gateway's by then.
        guard !isEnding.exchange(true, ordering: .relaxed) else { return }
        unsafe unlink(path)
        // Wakes the thread that waits in `accept`.
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
    }

    private func serve(_ client: UnixSocket, _ answer: () -> GatewayStatus) {
        let end = Array("\r\n\r\n".utf8)
        let request = client.read(limit: Self.requestBytesMax) { bytes in
            bytes.suffix(end.count) == end[...]
        }
        guard let request, !request.isEmpty else { return }
        let line = String(decoding: request.prefix { $0 != 13 }, as: UTF8.self)
        let words = line.split(separator: " ")
        let (status, body): (String, Data) =
            switch (words.first, words.dropFirst().first) {
            case ("GET", "/status"): ("200 OK", Self.json(answer()))
            case ("GET", _): ("404 Not Found", Data())
            default: ("405 Method Not Allowed", Data())
            }
        let head = """
            HTTP/1.0 \(status)\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            \r\n
            """
        _ = client.write(Array(head.utf8) + body)
    }

    static func json(_ status: GatewayStatus) -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(status)) ?? Data()) + Data("\n".utf8)
    }
}

extension GatewayStatus {
    /// Asks the gateway that answers at a socket.
    ///
    /// - Returns: the status, and the JSON text that it came as.
    /// - Throws: ``SocketError/noGateway(path:)``, ``SocketError/notAllowed(path:)``, or
    ///   ``SocketError/failed(path:reason:)`` where it does not answer as one.
    public static func ask(
        at path: String
    ) throws(SocketError) -> (status: GatewayStatus, json: String) {
        let socket = try UnixSocket(path: path)
        guard socket.connect(path) == 0 else {
            switch errno {
            case ENOENT, ECONNREFUSED: throw .noGateway(path: path)
            case EACCES, EPERM: throw .notAllowed(path: path)
            default: throw .failed(path: path, reason: lastError())
            }
        }
        guard socket.write(Array("GET /status HTTP/1.0\r\n\r\n".utf8)),
            let answer = socket.read(limit: 1 << 20, until: { _ in false }),
            let text = String(bytes: answer, encoding: .utf8),
            text.hasPrefix("HTTP/1.0 200 "), let end = text.range(of: "\r\n\r\n")
        else { throw .failed(path: path, reason: "no answer") }
        let json = String(text[end.upperBound...])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let status = try? decoder.decode(GatewayStatus.self, from: Data(json.utf8)) else {
            throw .failed(path: path, reason: "an answer of another version")
        }
        return (status, json)
    }
}
