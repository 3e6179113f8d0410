import Foundation
import Glibc

/// A mosquitto of one test's own: on a free loopback port, with an unlimited queue, its log and its
/// persistence in a folder of the test's. It ends with this object.
///
/// The broker that Debian may run as a service on port 1883 is never used.
public final class PrivateBroker {
    public let port: Int
    private let folder: TemporaryFolder
    private let configuration: String
    private var process: ChildProcess?

    /// Where Debian installs it; sbin is not in every user's path.
    private static let executable = "/usr/sbin/mosquitto"

    /// Whether a broker can be started on this machine.
    public static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: executable)
    }

    /// It keeps all that it is given, over its own end too.
    public static let unlimited = [
        "max_queued_messages 0", "max_inflight_messages 0", "persistence true",
    ]

    /// Starts a broker and waits until it accepts connections.
    ///
    /// - Parameters:
    ///   - access: lines of mosquitto.conf that say who may connect, and how.
    ///   - limits: lines that say what it keeps.
    public init(
        in folder: TemporaryFolder, access: [String] = ["allow_anonymous true"],
        limits: [String] = PrivateBroker.unlimited
    ) throws {
        self.folder = folder
        port = try freeLoopbackPort()
        let lines =
            [
                "listener \(port) 127.0.0.1", "persistence_location \(folder.path)/",
                "log_dest file \(folder.path)/mosquitto.log",
            ] + (getuid() == 0 ? ["user root"] : []) + access + limits
        configuration = try folder.write(
            lines.joined(separator: "\n") + "\n", to: "mosquitto.conf")
        try start()
    }

    deinit {
        process?.signal(SIGTERM)
        _ = try? process?.waitForExit(within: .seconds(10))
    }

    /// Starts it, again after ``kill()`` with what it had written, and waits until it accepts
    /// connections.
    public func start() throws {
        let process = try ChildProcess(
            Self.executable, ["-c", configuration], output: folder.path("mosquitto.out"),
            errors: folder.path("mosquitto.err"))
        self.process = process
        try eventually("mosquitto accepts connections", within: .seconds(20)) {
            guard process.isRunning else {
                throw BrokerError(output: folder.text(of: "mosquitto.err"))
            }
            return acceptsConnections(port: port)
        }
    }

    /// Has it write all that it holds, and waits until that is done.
    ///
    /// It writes a new file and gives it the old one's name.
    public func writePersistence() throws {
        let before = persistenceStamp
        process?.signal(SIGUSR1)
        try eventually("mosquitto writes its persistence", within: .seconds(20)) {
            persistenceStamp != before
        }
    }

    /// Takes it away with nothing written that was not written before.
    public func kill() throws { try end(by: SIGKILL) }

    /// Ends it in order and starts it with what it wrote at its end.
    public func restart() throws {
        try end(by: SIGTERM)
        try start()
    }

    private func end(by signal: Int32) throws {
        process?.signal(signal)
        _ = try process?.waitForExit(within: .seconds(10))
        process = nil
    }

    /// Tells one state of the persistence's file from another; empty where there is none.
    private var persistenceStamp: [Int] {
        var status = stat()
        guard stat(folder.path("mosquitto.db"), &status) == 0 else { return [] }
        return [Int(status.st_ino), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}

/// The broker did not start.
struct BrokerError: Error, CustomStringConvertible {
    let output: String
    var description: String { "mosquitto did not start: \(output)" }
}

/// A TCP port of the loopback that nobody listens on just now.
public func freeLoopbackPort() throws -> Int {
    try withLoopbackSocket(port: 0) { descriptor, address, length in
        guard bind(descriptor, address, length) == 0 else { throw POSIXError(.EADDRINUSE) }
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(descriptor, $0, &size)
            }
        }
        return Int(UInt16(bigEndian: bound.sin_port))
    }
}

private func acceptsConnections(port: Int) -> Bool {
    let code = try? withLoopbackSocket(port: port) { connect($0, $1, $2) }
    return code == 0
}

private func withLoopbackSocket<Result>(
    port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) throws -> Result
) throws -> Result {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    return try withUnsafePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            try body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
