import Foundation
import Glibc
import PrivateBroker
import Testing

/// A system call at whose entry a process is killed: what comes before it has happened, the call
/// itself has not.
struct KillPoint: CustomStringConvertible {
    let call: String
    /// The how many-th such call of any one thread.
    let number: Int
    /// Calls on other files do not count. Empty: all count.
    var paths: [String] = []

    var description: String { "\(call) \(number)" }

    fileprivate var arguments: [String] {
        paths.flatMap { ["-P", $0] } + [
            "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(number)",
        ]
    }
}

/// strace, which kills a process at a system call of one's choice: exact moments of the real
/// program, without a hook in it.
enum Tracer {
    private static let path = Surroundings.program("strace")

    static let absence: Comment =
        "strace is not installed or may not trace: no kills at exact calls"

    /// Whether it can start a program, attach to one, and kill it.
    static let isUsable: Bool = {
        guard let path, let sleep = Surroundings.program("sleep"),
            let folder = try? TemporaryFolder()
        else { return false }
        let point = KillPoint(call: "exit_group", number: 1)
        let started = runner(killingAt: point) + [sleep, "0"]
        guard (try? run(path, Array(started.dropFirst()), in: folder))?.code == 128 + SIGKILL,
            let sleeper = try? ChildProcess(
                sleep, ["1"], output: folder.path("out"), errors: folder.path("err")),
            let hand = try? attach(to: sleeper, killingAt: point, in: folder),
            (try? hand.waitForExit(within: .seconds(10))) != nil
        else { return false }
        return (try? sleeper.waitForExit(within: .seconds(10))) == 128 + SIGKILL
    }()

    /// What to put before a command so that it is killed at a point. The command remains the
    /// direct child.
    static func runner(killingAt point: KillPoint) -> [String] {
        [path ?? "strace", "-D", "-f", "-qq", "-o", "/dev/null"] + point.arguments
    }

    /// What to put before a command so that its calls are written to a file, with the paths of
    /// what they are about.
    ///
    /// - Parameter paths: calls on other files are left out. Empty: none is.
    static func recorder(of calls: [String], on paths: [String] = [], to log: String) -> [String] {
        [path ?? "strace", "-D", "-f", "-qq", "-y", "-o", log]
            + paths.flatMap { ["-P", $0] } + ["-e", "trace=" + calls.joined(separator: ",")]
    }

    /// All points at which a command could have been killed whose calls were recorded.
    static func points(in log: String, on paths: [String]) -> [KillPoint] {
        var numbers: [Substring: Int] = [:]
        return log.split(separator: "\n").compactMap { line in
            // `1234  pwrite64(7, ...`: the thread, and a call that begins.
            guard let match = line.firstMatch(of: /^(?<begin>\d+ +(?<call>\w+))\(/) else {
                return nil
            }
            numbers[match.begin, default: 0] += 1
            return KillPoint(
                call: String(match.call), number: numbers[match.begin] ?? 0, paths: paths)
        }
    }

    /// Has a running process killed at a point.
    ///
    /// - Returns: strace, which ends with the process.
    static func attach(
        to process: ChildProcess, killingAt point: KillPoint, in folder: TemporaryFolder
    ) throws -> ChildProcess {
        let tracer = try ChildProcess(
            path ?? "strace",
            ["-f", "-qq", "-o", "/dev/null"] + point.arguments + ["-p", "\(process.id)"],
            output: folder.path("strace.out"), errors: folder.path("strace.err"))
        try eventually("strace holds process \(process.id)", within: .seconds(20)) {
            if isTraced(process.id) || !process.isRunning { return true }
            guard tracer.isRunning else { throw TracerEnded(text: folder.text(of: "strace.err")) }
            return false
        }
        return tracer
    }

    /// Whether all threads of a process are traced.
    private static func isTraced(_ process: pid_t) -> Bool {
        let tasks = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return !threads.isEmpty
            && threads.allSatisfy { thread in
                let file = "\(tasks)/\(thread)/status"
                let status = try? String(contentsOfFile: file, encoding: .utf8)
                return status.map { !$0.contains("TracerPid:\t0\n") } ?? true
            }
    }

    /// The name under which strace knows a process's connection to a port, as `socket:[4711]`.
    static func socket(of process: ChildProcess, to port: Int) throws -> String {
        // By a handle: other ways of reading take the kernel's first portion for the whole.
        let file = FileHandle(forReadingAtPath: "/proc/\(process.id)/net/tcp")
        let table = String(decoding: try file?.readToEnd() ?? Data(), as: UTF8.self)
        let remote = ":" + String(port, radix: 16, uppercase: true)
        let names = table.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.count > 9 && $0[2].hasSuffix(remote) }.map { "socket:[\($0[9])]" }
        let folder = "/proc/\(process.id)/fd"
        let own = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        return try #require(own.first(where: names.contains), "no connection to port \(port)")
    }
}

/// strace did not do what it was started for.
struct TracerEnded: Error, CustomStringConvertible {
    let text: String
    var description: String { "strace ended: \(text)" }
}
