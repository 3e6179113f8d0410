import StrictYAML
import Telemetry

extension ProfileExample {
    private static let keys = [
        "topic", "payload", "expect", "quarantine", "device", "time", "sequence",
        "arrival",
    ]

    /// Reads one of `tests`; nil, with faults, where it is wrong.
    ///
    /// - Parameter rules: nil where some are wrong: nothing tells then what may be expected.
    init?(_ node: YAMLNode, rules: [ReadingRule]?, faults: inout [YAMLFault]) {
        let faultCount = faults.count
        guard
            let test = YAMLMapping(node, subject: "a test", known: Self.keys, faults: &faults)
        else { return nil }
        let topic = test.requiredText("topic", faults: &faults)
        let payload = test.requiredText("payload", faults: &faults)
        let isRefused = test.boolean("quarantine", faults: &faults) ?? false
        if isRefused == test.has("expect") {
            faults.append(
                node.fault(
                    "a test needs either 'expect' or 'quarantine: true'",
                    remedy: "write expect: {} for no reading"))
        }
        device = test.text("device", faults: &faults)
        time = test.instant("time", faults: &faults)
        sequence = test.integer("sequence", in: 0...Int.max, faults: &faults)
        arrival = test.instant("arrival", faults: &faults) ?? Self.arrivalDefault
        var readings: [(name: SeriesKey, value: Value)] = []
        for member in test.members("expect", faults: &faults) {
            guard let rules else { continue }
            guard let name = SeriesKey(parsing: member.key),
                let rule = rules.first(where: { $0.mayBe(name) })
            else {
                faults.append(
                    member.value.fault(
                        "the test expects '\(member.key)', which is no reading of the profile",
                        remedy: "known are \(rules.map(\.name.description).joined(separator: ", "))"
                    ))
                continue
            }
            guard let text = member.value.text, let value = rule.expected(text) else {
                faults.append(member.value.fault("'\(member.key)' must be a number"))
                continue
            }
            readings.append((name, value))
        }
        guard faults.count == faultCount, let topic, let payload else { return nil }
        line = node.line
        self.topic = topic
        self.payload = payload
        expectation = isRefused ? .quarantine : .readings(readings)
    }
}

extension ReadingRule {
    /// The value that a test writes as a number or, for states, as a name.
    fileprivate func expected(_ text: String) -> Value? {
        if let state = states.first(where: { $0.value == text }) { return Value(state.key) }
        return Value(parsing: Array(text.utf8).span)
    }
}
