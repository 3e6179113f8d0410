import Glibc
import MQTTSession
import Policy
import StrictYAML
import Telemetry

/// The configuration of a gateway: `socle.yaml`.
///
/// Relative paths are relative to the file's folder. Secrets stand in files of their own.
public struct GatewayConfiguration: Sendable {
    /// Where the configuration was read.
    public var path: String
    /// The town's file.
    public var store: String
    /// Folder of device profiles.
    public var devices: String
    /// The policy's file, nil for the default policy.
    public var policy: String?
    /// Where civil days begin.
    public var zone: CivilZone
    /// Whether the system's clock is believed.
    public var clock = ClockMode.auto
    public var broker: MQTTConfiguration
    /// What decides how old a message may grow before it is durable.
    public var commits = CommitRule.budget(bytesADay: 300_000_000)
    /// The Unix socket at which the running gateway answers, nil: beside the store.
    var namedSocket: String?
    /// Where the paths of files and folders stand in the file, by their keys.
    var places: [String: YAMLNode] = [:]
    /// The keys of paths that stand in the file and are none.
    var misspelt: Set<String> = []

    /// How often commits are made.
    public enum CommitRule: Sendable, Equatable {
        /// As often as that many written bytes a day allow: ``WriteBudget``.
        case budget(bytesADay: Int64)
        /// At that interval, milliseconds.
        case interval(Int64)
    }

    /// How old a message may grow at most before it is durable, milliseconds.
    public var commitMilliseconds: Int64 {
        switch commits {
        case .budget: WriteBudget.intervals.upperBound
        case .interval(let length): length
        }
    }

    /// The Unix socket at which the running gateway answers.
    public var socket: String { namedSocket ?? store + "-socket" }

    /// Whether a gateway that runs by the other one need not be started again for this one: its
    /// profiles and its policy may differ, and where they lie.
    func runsAs(_ other: GatewayConfiguration) -> Bool {
        store == other.store && zone.identifier == other.zone.identifier && clock == other.clock
            && broker == other.broker && commits == other.commits && socket == other.socket
    }

    /// How the system's clock is taken.
    public enum ClockMode: String, Sendable, CaseIterable {
        /// Believed once there is a reason to: see docs/configuration.md.
        case auto
        /// Believed whatever it shows.
        case trusted
    }

    private static let known = [
        "store", "socket", "devices", "policy", "zone", "clock", "broker", "commit_interval",
        "write_budget",
    ]
    private static let knownBroker = [
        "host", "port", "client_id", "user", "password_file", "tls", "keep_alive",
        "session_expiry", "receive_maximum",
    ]

    /// Reads a configuration file; all its faults are thrown together.
    public static func load(path: String) throws(YAMLFaults) -> GatewayConfiguration {
        let (configuration, faults) = try read(path: path)
        guard faults.isEmpty else { throw YAMLFaults(faults) }
        return configuration
    }

    /// Reads a configuration file with its faults; a default stands in for what is wrong.
    ///
    /// - Throws: the fault of a file that is no YAML.
    static func read(
        path: String
    ) throws(YAMLFaults) -> (configuration: GatewayConfiguration, faults: [YAMLFault]) {
        let document = try YAMLDocument.read(path: path)
        var faults: [YAMLFault] = []
        var configuration = GatewayConfiguration(path: path, folder: folder(of: path))
        if let mapping = YAMLMapping(
            document, subject: "the configuration", known: known, faults: &faults)
        {
            configuration.read(mapping, faults: &faults)
        }
        return (configuration, faults)
    }

    private init(path: String, folder: String) {
        self.path = path
        store = folder + "/town.sqlite"
        devices = folder + "/devices"
        zone = .paris
        broker = MQTTConfiguration()
    }

    private mutating func read(_ mapping: YAMLMapping, faults: inout [YAMLFault]) {
        store = pathText("store", mapping, faults: &faults) ?? store
        devices = pathText("devices", mapping, faults: &faults) ?? devices
        policy = pathText("policy", mapping, faults: &faults)
        if let name = mapping.text("zone", faults: &faults) {
            if let found = CivilZone(identifier: name) {
                zone = found
            } else {
                faults.append(
                    (mapping.value("zone") ?? mapping.node).fault(
                        "no time zone '\(name)'", remedy: "write Europe/Paris, Indian/Reunion, ...")
                )
            }
        }
        let modes = ClockMode.allCases.map(\.rawValue)
        if let mode = mapping.choice("clock", among: modes, faults: &faults) {
            clock = ClockMode(rawValue: mode) ?? .auto
        }
        namedSocket = pathText("socket", mapping, faults: &faults)
        readCommits(mapping, faults: &faults)
        if let broker = mapping.mapping(
            "broker", subject: "the broker", known: Self.knownBroker, faults: &faults)
        {
            readBroker(broker, faults: &faults)
        }
    }

    private mutating func readCommits(_ mapping: YAMLMapping, faults: inout [YAMLFault]) {
        if let interval = duration(mapping, "commit_interval", in: 100...30_000, faults: &faults) {
            commits = .interval(interval)
        }
        guard let text = mapping.text("write_budget", faults: &faults) else { return }
        let node = mapping.value("write_budget") ?? mapping.node
        if mapping.has("commit_interval") {
            faults.append(
                node.fault(
                    "write_budget and commit_interval exclude each other",
                    remedy: "leave one of them out"))
        } else if let bytes = parseByteCount(text), Self.budgets.contains(bytes) {
            commits = .budget(bytesADay: bytes)
        } else {
            faults.append(
                node.fault(
                    "write_budget '\(text)' is no size from 10MB to 1000GB",
                    remedy: "write 300MB or 2GB: what may be written in a day"))
        }
    }

    private static let budgets: ClosedRange<Int64> = 10_000_000...1_000_000_000_000

    /// A path, from the folder of the configuration.
    private mutating func pathText(
        _ key: String, _ mapping: YAMLMapping, faults: inout [YAMLFault]
    ) -> String? {
        guard let text = mapping.text(key, faults: &faults) else {
            if mapping.has(key) { misspelt.insert(key) }
            return nil
        }
        places[key] = mapping.value(key)
        return text.hasPrefix("/") ? text : folder(of: path) + "/" + text
    }

    private mutating func readBroker(_ mapping: YAMLMapping, faults: inout [YAMLFault]) {
        if let host = mapping.text("host", faults: &faults) { broker.host = host }
        if let port = mapping.integer("port", in: 1...65_535, faults: &faults) {
            broker.port = port
        } else if mapping.has("tls") {
            broker.port = 8883
        }
        if let id = mapping.text("client_id", faults: &faults) { broker.clientID = id }
        broker.username = mapping.text("user", faults: &faults)
        if let file = pathText("password_file", mapping, faults: &faults) {
            broker.password = secret(file, faults: &faults)
        }
        if let maximum = mapping.integer("receive_maximum", in: 20...16_384, faults: &faults) {
            broker.receiveMaximum = maximum
        }
        if let time = duration(mapping, "keep_alive", in: 10_000...3_600_000, faults: &faults) {
            broker.keepAlive = Int(time / 1000)
        }
        if let time = duration(
            mapping, "session_expiry", in: 60_000...31_536_000_000, faults: &faults)
        {
            broker.sessionExpiry = UInt32(time / 1000)
        }
        if Int64(broker.keepAlive) * 1000 < 4 * commitMilliseconds {
            faults.append(
                mapping.node.fault(
                    "keep_alive is less than four times the longest commit interval, "
                        + "\(commitMilliseconds) ms",
                    remedy: "the broker would take a slow commit for a lost connection"))
        }
        broker.tls = tls(mapping, faults: &faults)
    }

    private mutating func tls(
        _ mapping: YAMLMapping, faults: inout [YAMLFault]
    ) -> MQTTConfiguration.TLS? {
        let known = ["ca_file", "cert_file", "key_file"]
        guard
            let tls = mapping.mapping(
                "tls", subject: "the broker's tls", known: known, faults: &faults),
            tls.required("ca_file", faults: &faults) != nil,
            let authority = pathText("ca_file", tls, faults: &faults)
        else { return nil }
        return MQTTConfiguration.TLS(
            authorityFile: authority,
            certificateFile: pathText("cert_file", tls, faults: &faults),
            keyFile: pathText("key_file", tls, faults: &faults))
    }

    /// The first line of a file that holds a secret.
    private func secret(_ path: String, faults: inout [YAMLFault]) -> String? {
        do throws(YAMLFaults) {
            let text = try YAMLDocument.fileText(path: path, name: path)
            return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        } catch {
            faults += error.all.map { fault in
                place(
                    "password_file", "the password file \(path) \(fault.message)",
                    remedy: fault.remedy)
            }
            return nil
        }
    }

    private func duration(
        _ mapping: YAMLMapping, _ key: String, in range: ClosedRange<Int64>,
        faults: inout [YAMLFault]
    ) -> Int64? {
        guard let text = mapping.text(key, faults: &faults) else { return nil }
        if let value = parseDuration(text), range.contains(value) { return value }
        faults.append(
            (mapping.value(key) ?? mapping.node).fault(
                "\(key) '\(text)' is no duration from \(range.lowerBound) to "
                    + "\(range.upperBound) ms",
                remedy: "write 5s, 2m or 7d"))
        return nil
    }
}

/// `300MB`, `2GB`: a whole number of a million or a billion bytes; nil for anything else.
func parseByteCount(_ text: String) -> Int64? {
    for (unit, bytes) in [("MB", Int64(1_000_000)), ("GB", 1_000_000_000)]
    where text.hasSuffix(unit) {
        let digits = text.dropLast(2)
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ ("0"..."9").contains($0) })
        else { return nil }
        return Int64(digits).map { $0 * bytes }
    }
    return nil
}

/// The folder of a path, `.` where it has none.
func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
