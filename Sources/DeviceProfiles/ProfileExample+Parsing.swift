import Foundation
import PayloadDecoding
import StrictYAML
import Telemetry

extension ProfileExample {
    private static let keys = [
        "topic", "payload", "hex", "expect", "quarantine", "device", "time", "sequence",
        "arrival", "port",
    ]

    /// Reads one of `tests`; nil, with faults, where it is wrong.
    ///
    /// - Parameter rules: nil where some are wrong: nothing tells then what may be expected.
    init?(
        _ node: YAMLNode, isLoRaWAN: Bool, rules: [ReadingRule]?, faults: inout [YAMLFault]
    ) {
        let faultCount = faults.count
        guard
            let test = YAMLMapping(node, subject: "a test", known: Self.keys, faults: &faults)
        else { return nil }
        let isFrame = isLoRaWAN && test.has("hex")
        let topic =
            isFrame && !test.has("topic")
            ? Self.uplinkTopic : test.requiredText("topic", faults: &faults)
        var payload = Self.payload(test, faults: &faults)
        let port = test.integer("port", in: 0...255, faults: &faults)
        if isFrame {
            payload = payload.map { Self.uplink($0, port: port ?? 1) }
        } else if port != nil {
            faults.append(node.fault("'port' goes with 'hex' in a profile with 'lorawan'"))
        }
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
        var readings: [Expected] = []
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
            guard case .mapping(let times) = member.value.content else {
                readings += Self.expected(member.value, name, rule, time: nil, faults: &faults)
                continue
            }
            for moment in times {
                let time = parseRFC3339(Array(moment.key.utf8).span)
                if time == nil {
                    faults.append(
                        moment.value.fault(
                            "'\(moment.key)' must be a time as in 2026-01-01T00:00:00Z"))
                }
                readings += Self.expected(moment.value, name, rule, time: time, faults: &faults)
            }
        }
        guard faults.count == faultCount, let topic, let payload else { return nil }
        line = node.line
        self.topic = topic
        self.payload = payload
        self.isFrame = isFrame
        expectation = isRefused ? .quarantine : .readings(readings)
    }
}

extension ProfileExample {
    private static func expected(
        _ node: YAMLNode, _ name: SeriesKey, _ rule: ReadingRule, time: Int64?,
        faults: inout [YAMLFault]
    ) -> [Expected] {
        if let text = node.text, let value = rule.expected(text) {
            return [Expected(name: name, value: value, time: time)]
        }
        faults.append(node.fault("'\(name)' must be a number"))
        return []
    }

    /// Where the frames of examples come from.
    private static let uplinkTopic = "application/1/device/0000000000000001/event/up"

    /// A frame as ChirpStack 4 publishes it. Its model is any: examples are the profile's own.
    private static func uplink(_ frame: [UInt8], port: Int) -> [UInt8] {
        let data = Data(frame).base64EncodedString()
        return Array("{\"fPort\":\(port),\"data\":\"\(data)\"}".utf8)
    }

    /// The bytes of a text, or those that `hex` writes, with blanks between them where it helps.
    private static func payload(
        _ test: YAMLMapping, faults: inout [YAMLFault]
    ) -> [UInt8]? {
        guard let node = test.value("hex") else {
            return test.requiredText("payload", faults: &faults).map { Array($0.utf8) }
        }
        if test.has("payload") {
            faults.append(node.fault("a test has either 'payload' or 'hex'"))
            return nil
        }
        let digits = (node.text ?? "").filter { !$0.isWhitespace }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { offset in
            UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
        }
        if node.text != nil, digits.count % 2 == 0, bytes.count * 2 == digits.count {
            return bytes
        }
        faults.append(
            node.fault(
                "'hex' must be pairs of hexadecimal digits", remedy: "quote it: \"0367 0110\""))
        return nil
    }
}

extension ReadingRule {
    /// The value that a test writes as a number or, for states, as a name.
    fileprivate func expected(_ text: String) -> Value? {
        if let state = states.first(where: { $0.value == text }) { return Value(state.key) }
        if kind == .state, let place = words.index(of: Array(text.utf8).span) {
            return wordValues[place]
        }
        return Value(parsing: Array(text.utf8).span)
    }
}
