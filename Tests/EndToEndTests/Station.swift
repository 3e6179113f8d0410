import Foundation
import Glibc
import PrivateBroker

/// What a command printed and how it ended.
struct Outcome {
    let code: Int32
    let output: String
    let errors: String

    /// The lines of standard error.
    var messages: [String] {
        errors.split(separator: "\n").map(String.init)
    }
}

/// Runs the program with nothing of the machine's own settings.
///
/// - Parameters:
///   - folder: where its output goes.
///   - columns: of the terminal that the output is for.
///   - output: a device that standard output goes to instead.
func runSocle(
    _ arguments: [String], in folder: TemporaryFolder, locale: String = "C.UTF-8",
    columns: Int? = nil, input: String = "/dev/null", output: String? = nil
) throws -> Outcome {
    try run(
        Surroundings.socle, arguments, in: folder,
        environment: [
            "LC_ALL": locale, "SOCLE_CONFIG": "", "NO_COLOR": "",
            "COLUMNS": columns.map { String($0) } ?? "",
        ], input: input, output: output)
}

/// Runs a program to its end.
func run(
    _ executable: String, _ arguments: [String], in folder: TemporaryFolder,
    environment: [String: String] = [:], input: String = "/dev/null", output: String? = nil
) throws -> Outcome {
    let name = UUID().uuidString
    let process = try ChildProcess(
        executable, arguments, environment: environment, input: input,
        output: output ?? folder.path(name + ".out"), errors: folder.path(name + ".err"))
    let code = try process.waitForExit(within: .seconds(Surroundings.isFull ? 3_600 : 300))
    return Outcome(
        code: code, output: folder.text(of: name + ".out"), errors: folder.text(of: name + ".err"))
}

/// A town's board with its broker: a folder, a configuration, and the daemon while it runs.
final class Station {
    let folder: TemporaryFolder
    let broker: PrivateBroker
    private(set) var daemon: ChildProcess?
    private var starts = 0
    private let storeName: String

    /// - Parameters:
    ///   - devices: folder of profiles.
    ///   - access: lines of mosquitto.conf; the gateway's side goes into `brokerOptions`.
    ///   - limits: lines of mosquitto.conf that say what the broker keeps; nil for all of it.
    ///   - brokerOptions: lines of the configuration's `broker`.
    ///   - storeName: the store's path in the folder.
    ///   - commits: lines of the configuration that say when commits are made.
    init(
        devices: String = Surroundings.devices, folder: TemporaryFolder,
        access: [String] = ["allow_anonymous true"], limits: [String]? = nil,
        brokerOptions: [String] = [], storeName: String = "town.sqlite",
        commits: String = "commit_interval: 1s"
    ) throws {
        self.folder = folder
        self.storeName = storeName
        broker = try PrivateBroker(
            in: folder, access: access, limits: limits ?? PrivateBroker.unlimited)
        // Recordings are as old as they are: nothing is too late.
        try folder.write("late_limit: none\n", to: "policy.yaml")
        let options = ["port: \(broker.port)"] + brokerOptions
        try folder.write(
            """
            store: \(storeName)
            devices: \(devices)
            policy: policy.yaml
            \(commits)
            broker:
            \(options.map { "  " + $0 }.joined(separator: "\n"))

            """, to: "socle.yaml")
    }

    convenience init(commits: String = "commit_interval: 1s") throws {
        try self.init(folder: TemporaryFolder(), commits: commits)
    }

    /// The store's file.
    var store: String { folder.path(storeName) }

    /// Runs a command with the station's configuration.
    func socle(_ arguments: String..., locale: String = "C.UTF-8") throws -> Outcome {
        try runSocle(
            arguments + ["--config", folder.path("socle.yaml")], in: folder, locale: locale)
    }

    // MARK: - The daemon

    /// Starts the gateway and waits until it has subscribed.
    func start() throws {
        try startWithoutBroker()
        try awaitLog("subscribed")
    }

    /// Starts the gateway.
    ///
    /// - Parameter runner: a program, with its arguments, that becomes the gateway.
    func startWithoutBroker(by runner: [String] = []) throws {
        starts += 1
        let words = runner + [Surroundings.socle, "run", "--config", folder.path("socle.yaml")]
        daemon = try ChildProcess(
            words[0], Array(words.dropFirst()),
            environment: ["LC_ALL": "C.UTF-8"], output: folder.path("run.out"),
            errors: folder.path(logName))
    }

    private var logName: String { "run-\(starts).log" }

    /// What the gateway has logged since it was started the last time.
    var log: String { folder.text(of: logName) }

    /// Waits until the gateway has logged something.
    func awaitLog(_ text: String) throws {
        try eventually("the log says '\(text)'") {
            if log.contains(text) { return true }
            guard daemon?.isRunning == true else { throw DaemonEnded(log: log) }
            return false
        }
    }

    /// Asks the gateway to end.
    ///
    /// - Returns: its exit code.
    @discardableResult
    func stop() throws -> Int32 {
        daemon?.signal(SIGTERM)
        defer { daemon = nil }
        return try daemon?.waitForExit(within: .seconds(60)) ?? -1
    }

    /// Takes the gateway away as a power cut would, but for the kernel's buffers.
    func kill() throws {
        daemon?.signal(SIGKILL)
        try awaitKill()
    }

    /// Waits until the gateway is gone by a SIGKILL, whoever sent it.
    func awaitKill() throws {
        let code = try daemon?.waitForExit(within: .seconds(60))
        if let code, code != 128 + SIGKILL { throw DaemonEnded(log: log) }
        daemon = nil
    }

    /// The most memory that the gateway has had.
    func peakKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(daemon?.id ?? 0)/status", encoding: .utf8)
        guard let peak = status.firstMatch(of: /VmHWM:\s+(\d+)/).flatMap({ Int($0.1) }) else {
            throw DaemonEnded(log: log)
        }
        return peak
    }

    // MARK: - The ledger

    /// The sum of a column of the ledger; 0 while there is no store.
    func ledgerTotal(_ column: String) throws -> Int {
        let ledger = try socle("ledger", "--format", "csv")
        if ledger.code == 66 { return 0 }
        return try CSVTable(ledger.output).column(column).reduce(0) { $0 + (Int($1) ?? 0) }
    }

    /// Waits until so many readings are stored; more are as wrong as fewer, and the caller's to see.
    func awaitStored(_ count: Int) throws {
        let limit = Duration.seconds(Surroundings.isFull ? 1_800 : 120)
        try eventually("\(count) readings are stored", within: limit) {
            guard daemon?.isRunning != false else { throw DaemonEnded(log: log) }
            return try ledgerTotal("readings_stored") >= count
        }
    }
}

/// The gateway ended while it was needed.
struct DaemonEnded: Error, CustomStringConvertible {
    let log: String
    var description: String { "the gateway ended: \(log)" }
}
