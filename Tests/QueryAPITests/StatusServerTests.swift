import Dispatch
import Foundation
import Glibc
import PrivateBroker
import Testing

@testable import QueryAPI

/// The door at which a running gateway answers.
struct StatusServerTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("town.sqlite-socket") }

    init() throws { folder = try TemporaryFolder() }

    /// A server that answers on a thread of its own until `body` has returned.
    private func serving(_ status: GatewayStatus, _ body: () throws -> Void) throws {
        let server = try StatusServer(path: path)
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            server.run { status }
            ended.signal()
        }
        defer {
            server.end()
            ended.wait()
        }
        try body()
    }

    private func example() -> GatewayStatus {
        var status = GatewayStatus(process: 4711, store: "/var/lib/socle/town.sqlite")
        status.messagesPerSecond = 8.25
        status.writtenTodayBytes = 12_000_000
        return status
    }

    @Test func theStatusComesAsItIs() throws {
        try serving(example()) {
            for _ in 0..<3 {
                let answer = try GatewayStatus.ask(at: path)
                #expect(answer.status == example())
                #expect(answer.json.contains(#""written_today_bytes":12000000"#))
            }
        }
        #expect(throws: SocketError.noGateway(path: path)) { try GatewayStatus.ask(at: path) }
    }

    /// Owner and group may use it, nobody else; and nothing is left of it in the end.
    @Test func theSocketIsForOwnerAndGroup() throws {
        try serving(example()) {
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode == S_IFSOCK | 0o660)
        }
        #expect(access(path, F_OK) != 0)
    }

    /// What a killed gateway left is replaced; one that answers is not, and no other file is.
    @Test func onlyAStaleSocketIsReplaced() throws {
        let left = try UnixSocket(path: path)
        #expect(left.bind(path) == 0)
        try serving(example()) {
            #expect(throws: SocketError.inUse(path: path)) { try StatusServer(path: path) }
            let answer = try GatewayStatus.ask(at: path)
            #expect(answer.status.process == 4711)
        }
        try folder.write("mine", to: "town.sqlite-socket")
        #expect(throws: SocketError.notASocket(path: path)) { try StatusServer(path: path) }
        #expect(folder.text(of: "town.sqlite-socket") == "mine")
    }

    @Test(arguments: [
        ("GET /readings HTTP/1.0", "HTTP/1.0 404 Not Found"),
        ("POST /status HTTP/1.0", "HTTP/1.0 405 Method Not Allowed"),
        ("\u{0}\u{7f} ?", "HTTP/1.0 405 Method Not Allowed"),
    ])
    func otherRequestsAreRefused(request: String, answer: String) throws {
        try serving(example()) {
            let client = try UnixSocket(path: path)
            #expect(client.connect(path) == 0)
            #expect(client.write(Array("\(request)\r\n\r\n".utf8)))
            let bytes = try #require(client.read(limit: 4_096) { _ in false })
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(answer))
        }
    }

    /// Whoever says nothing, or never ends, is left; the next one gets its answer.
    @Test func aSilentClientHoldsNobodyUp() throws {
        try serving(example()) {
            let silent = try UnixSocket(path: path)
            #expect(silent.connect(path) == 0)
            let endless = try UnixSocket(path: path)
            #expect(endless.connect(path) == 0)
            _ = endless.write([UInt8](repeating: 65, count: 100_000))
            var status: GatewayStatus?
            for _ in 0..<5 where status == nil { status = try? GatewayStatus.ask(at: path).status }
            #expect(status == example())
        }
    }
}
