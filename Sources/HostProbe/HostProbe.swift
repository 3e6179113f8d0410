// This host seen as a municipal network probe sees itself: what passed its interfaces, how loaded,
// warm and hungry it is, how long it has been up, and how far away the broker is.
//
// Everything is read from the kernel's own text files. A file or figure that a host does not have
// is left out of the message, and a line that cannot be understood is passed over: a probe reports
// what it knows and never stops for what it does not.

/// One message of the probe. Its time is that of its arrival.
public struct ProbeMessage: Sendable, Equatable {
    /// What follows `probe/{host}/` in the topic: `interface/eth0`, `system` or `broker`. No
    /// character in it has a meaning to MQTT.
    public var topicSuffix: String
    /// A flat JSON object of numbers, UTF-8.
    public var payload: [UInt8]
}

/// Reads the host's figures each time that it is asked; keeps nothing between two samples.
public struct HostProbe: Sendable {
    private let files: KernelFiles

    /// - Parameter root: the directory in which `proc` and `sys` stand; another than `/` for tests
    ///   and for hosts that are seen from a container.
    public init(root: String = "/") {
        files = KernelFiles(root: root)
    }

    /// The messages that the host sends now: one for each interface but the loopback (that one only
    /// where there is no other), one for the system, one for the broker. A message without any
    /// figure is left out.
    ///
    /// - Parameter brokerLatencyMilliseconds: the measured round trip to the broker, printed to a
    ///   microsecond; nil, or anything that is not a time, where it was not measured.
    /// - Complexity: reads some dozen small files, blocking; call it from a thread that may wait.
    public func sample(brokerLatencyMilliseconds: Double?) -> [ProbeMessage] {
        var messages = networkInterfaces(in: files).map { interface in
            ProbeMessage(
                topicSuffix: "interface/" + topicLevel(interface.name),
                payload: payload(of: interface.figures))
        }
        let system = systemFigures(in: files)
        if !system.isEmpty {
            messages.append(ProbeMessage(topicSuffix: "system", payload: payload(of: system)))
        }
        if let latency = brokerLatencyMilliseconds, (0..<1e12).contains(latency) {
            let figure = Figure(
                name: "latency_ms", text: thousandths(Int64((latency * 1_000).rounded())))
            messages.append(ProbeMessage(topicSuffix: "broker", payload: payload(of: [figure])))
        }
        return messages
    }
}

/// One number of a payload.
struct Figure: Equatable {
    let name: String
    /// The number as JSON writes it.
    let text: String

    init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    init(_ name: String, _ value: some BinaryInteger) {
        self.init(name: name, text: String(value))
    }
}

private func payload(of figures: [Figure]) -> [UInt8] {
    let fields = figures.map { "\"\($0.name)\":\($0.text)" }
    return Array(("{" + fields.joined(separator: ",") + "}").utf8)
}

/// A count of thousandths as a decimal: 12345 becomes `12.345`.
func thousandths(_ count: Int64) -> String {
    let rest = String(count.magnitude % 1_000)
    return (count < 0 ? "-" : "") + "\(count.magnitude / 1_000)."
        + String(repeating: "0", count: 3 - rest.utf8.count) + rest
}

/// A name as one level of a topic, with `_` for what cannot stand there: the kernel lets an
/// interface be called `wan#1` or `a+b`, which to MQTT are wildcards.
private func topicLevel(_ name: String) -> String {
    let forbidden = Set("+#/$".utf8)
    let bytes = name.utf8.map { (33...126).contains($0) && !forbidden.contains($0) ? $0 : 95 }
    return String(decoding: bytes, as: UTF8.self)
}
