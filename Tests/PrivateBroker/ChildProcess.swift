import Foundation
import Glibc

/// A program that was started with its output in files, killed with this object if it still runs.
///
/// It starts with no signal blocked, whatever the thread that starts it blocks, and waiting for it
/// needs no run loop.
public final class ChildProcess {
    public let id: pid_t
    private var status: Int32?

    /// - Parameters:
    ///   - executable: a path.
    ///   - environment: added to what the program inherits; an empty value takes a name away.
    ///   - input: file for standard input.
    ///   - output: file for standard output, emptied first.
    ///   - errors: likewise for standard error.
    public init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        input: String = "/dev/null", output: String, errors: String
    ) throws {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0)
        for (descriptor, path) in [(Int32(1), output), (2, errors)] {
            posix_spawn_file_actions_addopen(
                &files, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        }
        closeFilesInChildren()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var variables = ProcessInfo.processInfo.environment
        variables.merge(environment) { $1 }
        let texts = variables.filter { !$0.value.isEmpty }.map { "\($0.key)=\($0.value)" }
        var child: pid_t = 0
        let code = withCStrings([executable] + arguments) { arguments in
            withCStrings(texts) { variables in
                posix_spawn(&child, executable, &files, &attributes, arguments, variables)
            }
        }
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOENT) }
        id = child
    }

    deinit {
        if isRunning {
            signal(SIGKILL)
            _ = try? waitForExit(within: .seconds(10))
        }
    }

    public var isRunning: Bool {
        if status != nil { return false }
        var found: Int32 = 0
        guard waitpid(id, &found, WNOHANG) == id else { return true }
        status = found
        return false
    }

    /// Sends a signal; nothing where the program has ended.
    public func signal(_ number: Int32) {
        if isRunning { kill(id, number) }
    }

    /// Waits for the program's end.
    ///
    /// - Returns: its exit code; as in a shell, 128 and the signal's number where one ended it.
    public func waitForExit(within limit: Duration) throws -> Int32 {
        try eventually("process \(id) ends", within: limit) { !isRunning }
        let status = status ?? 0
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}

/// What this process has open ends with it: a connection that a child held too would stay open.
private func closeFilesInChildren() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in names.compactMap({ Int32($0) }) where descriptor > 2 {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
}

private func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
) rethrows -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return try body(copies + [nil])
}
