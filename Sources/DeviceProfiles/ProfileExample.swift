import PayloadDecoding
import StrictYAML
import Telemetry

/// A message in a profile with what must come of it.
struct ProfileExample: Sendable {
    /// A reading that must come of the message.
    struct Expected: Sendable {
        let name: SeriesKey
        let value: Value
        /// Nil where the example does not say.
        let time: Int64?
    }

    enum Expectation: Sendable {
        /// Exactly these readings; none: the message is read and says nothing.
        case readings([Expected])
        /// The message is refused.
        case quarantine
    }

    let line: Int
    let topic: String
    let payload: [UInt8]
    /// Whether the envelope was made here, and says no model.
    let isFrame: Bool
    let arrival: Int64
    let expectation: Expectation
    /// The device's identity, nil where the example does not say.
    let device: String?
    /// The readings' time, nil where the example does not say.
    let time: Int64?

    /// The message's number, nil where the example does not say.
    let sequence: Int?

    /// 2026-01-01: when examples arrive that do not say.
    static let arrivalDefault: Int64 = 1_767_225_600_000
}

/// What came of an example of a profile.
public struct ProfileTestOutcome: Sendable {
    /// Where the example stands in the profile's file.
    public let line: Int
    public let topic: String
    /// What was not as expected, nil where all was.
    public let failure: FaultText?
}

extension Profile {
    /// Runs the examples of the profile's `tests`.
    public func runTests() -> [ProfileTestOutcome] {
        var decoder = MessageDecoder(profiles: [self])
        var message = DecodedMessage()
        return examples.map { example in
            ProfileTestOutcome(
                line: example.line, topic: example.topic,
                failure: failure(of: example, &decoder, &message))
        }
    }

    private func failure(
        of example: ProfileExample, _ decoder: inout MessageDecoder,
        _ message: inout DecodedMessage
    ) -> FaultText? {
        guard let match = match(splitLevels(Array(example.topic.utf8)), profileIndex: 0) else {
            return "the topic does not match"
        }
        if let device = example.device, Array(device.utf8) != Array(match.device.utf8) {
            return "the device is '\(match.device)', not '\(device)'"
        }
        let payload = example.payload
        let topic = Array(example.topic.utf8)
        if !example.isFrame, !decoder.accepts(profile: 0, payload: payload.span) {
            return "the message is not what 'where' or 'model' in the match takes"
        }
        do {
            try decoder.decode(
                profile: 0, topic: topic.span, payload: payload.span, arrival: example.arrival,
                into: &message)
        } catch {
            if case .quarantine = example.expectation { return nil }
            let reason = refusalText(of: error, payload: payload.span)
            return "the message is refused: \(error.code): \(reason)"
        }
        guard case .readings(let expected) = example.expectation else {
            return "the message is accepted"
        }
        if let time = example.time, time != message.time {
            return "the time is \(rfc3339(message.time, offsetSeconds: 0)),"
                + " not \(rfc3339(time, offsetSeconds: 0))"
        }
        if let number = example.sequence, Int64(number) != message.sequenceNumber {
            return "the message's number is \(message.sequenceNumber.map { "\($0)" } ?? "none"),"
                + " not \(number)"
        }
        return difference(message, payload.span, expected)
    }

    /// The first reading that is not as expected. Of several of one name without times the last one
    /// counts.
    private func difference(
        _ message: DecodedMessage, _ payload: Span<UInt8>, _ expected: [ProfileExample.Expected]
    ) -> FaultText? {
        var found: [SeriesKey: [(time: Int64, value: Value)]] = [:]
        for reading in message.readings {
            let labels = message.labelBytes[reading.labels].split(separator: 0).map {
                String(decoding: $0, as: UTF8.self)
            }
            let name = rules[Int(reading.readingIndex)].name(labels)
            found[name, default: []].append((reading.time, reading.value))
        }
        for wanted in expected {
            let name = wanted.name
            guard let time = wanted.time else {
                guard let actual = found.removeValue(forKey: name)?.last?.value else {
                    let refusal = message.refusals.firstIndex {
                        rules[Int($0.readingIndex)].mayBe(name)
                    }
                    guard let refusal else { return "no reading \(name), expected \(wanted.value)" }
                    return refusalTexts(of: message, payload: payload)[refusal]
                }
                if actual != wanted.value {
                    return "\(name) is \(actual), expected \(wanted.value)"
                }
                continue
            }
            let instant = rfc3339(time, offsetSeconds: 0)
            guard let place = found[name]?.firstIndex(where: { $0.time == time }) else {
                return "no reading \(name) at \(instant), expected \(wanted.value)"
            }
            if let actual = found[name]?.remove(at: place).value, actual != wanted.value {
                return "\(name) at \(instant) is \(actual), expected \(wanted.value)"
            }
        }
        let surplus = found.filter { !$0.value.isEmpty }.min { $0.key < $1.key }
        guard let surplus, let first = surplus.value.first else { return nil }
        return "a reading \(surplus.key) = \(first.value) that is not expected"
    }
}

extension ReadingRule {
    /// The reading in examples: metric and own labels, without those of the topic.
    var name: SeriesKey { SeriesKey(metric: metric, labels: labels) }

    /// Likewise with the values that a payload says for its labels.
    func name(_ values: [String]) -> SeriesKey {
        var labels = labels
        for (label, value) in zip(payloadLabels, values) { labels[label] = value }
        return SeriesKey(metric: metric, labels: labels)
    }

    /// Whether a reading of the rule can be called so.
    func mayBe(_ name: SeriesKey) -> Bool {
        let own = Set(payloadLabels)
        let fixed = name.labels.filter { !own.contains($0.name) }
        return metric == name.metric && fixed.count == labels.count
            && fixed.count + own.count == name.labels.count
            && fixed.allSatisfy { labels[$0.name] == $0.value }
    }
}
