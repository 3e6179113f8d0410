import PayloadDecoding
import StrictYAML
import Telemetry

/// Writes a draft as a profile's file, with messages as its tests.
struct DraftWriter {
    let name: String
    let group: CapturedGroup
    let values: DraftValues
    let readings: DraftReadings

    // LIMIT: more of one kind show nothing new.
    private static let testsMax = 6
    // LIMIT: a file that people can still look through.
    private static let testSizeMax = 8_192

    /// Nil where no message can be written down as a test.
    mutating func text(
        _ vocabulary: MetricVocabulary?, _ say: (FaultText) -> String
    ) -> String? {
        let head = head + readingLines(say)
        let messages = testMessages()
        guard let first = messages.first,
            let profile = profile(head + test(first, ["quarantine: true"]), vocabulary)
        else { return nil }
        var decoder = MessageDecoder(profiles: [profile])
        var message = DecodedMessage()
        var text = head
        for captured in messages {
            let isRead: Bool
            do {
                let topic = Array(captured.topic.utf8)
                try decoder.decode(
                    profile: 0, topic: topic.span, payload: captured.payload.span,
                    arrival: ProfileExample.arrivalDefault, into: &message)
                isRead = true
            } catch {
                isRead = false
            }
            text += test(
                captured, isRead ? expectation(message, profile) : ["quarantine: true"])
        }
        let isSound = self.profile(text, vocabulary)?.runTests().allSatisfy { $0.failure == nil }
        return isSound == true ? text : nil
    }

    private func profile(_ text: String, _ vocabulary: MetricVocabulary?) -> Profile? {
        guard let root = try? YAMLDocument.read(text: text, file: name + ".yaml") else {
            return nil
        }
        var faults: [YAMLFault] = []
        let parts = Profile.parse(root, vocabulary: vocabulary, faults: &faults)
        return faults.isEmpty ? parts.first : nil
    }

    // MARK: - The profile

    private var head: String {
        let match =
            switch group.kind {
            case .uplink(_, let model?): "lorawan: { model: \(yamlText(model)) }"
            default: "topic: \(yamlText(group.template))"
            }
        let decode =
            switch group.kind {
            case .uplink: "{ lorawan: object }"
            case .json: "json"
            default: "text"
            }
        let time = values.time.map { "time: \($0.rule)\n" } ?? ""
        return """
            profile: \(name)
            title: { en: \(yamlText(name)), fr: \(yamlText(name)) }
            source: "socle devices learn"
            match: { \(match) }
            decode: \(decode)
            \(time)readings:

            """
    }

    private func readingLines(_ say: (FaultText) -> String) -> String {
        var text = readings.kept.map { "  - { \(line($0)) }\n" }.joined()
        for dropped in readings.dropped {
            let sample = dropped.sample.map { " = \($0)" } ?? ""
            text += "  # \(oneLine(dropped.place))\(sample): \(say(dropped.reason))\n"
        }
        return text + "tests:\n"
    }

    private func line(_ reading: DraftReading) -> String {
        let guess = reading.guess
        var parts = ["metric: \(guess.metric)"]
        if let from = reading.value.from { parts.append("from: \(yamlText(from))") }
        parts.append("unit: \(yamlText(guess.unit))")
        parts.append("kind: \(guess.kind.name)")
        if let unit = guess.sourceUnit { parts.append("from_unit: \(yamlText(unit))") }
        if let scale = guess.scale, guess.kind != .state { parts.append("scale: \(scale)") }
        if let label = reading.label {
            parts.append("labels: { \(label.name): \(yamlText(label.value)) }")
        }
        if !reading.map.isEmpty {
            let words = reading.map.map { "\"\($0.word)\": \($0.number)" }
            parts.append("map: { \(words.joined(separator: ", ")) }")
        }
        return parts.joined(separator: ", ")
    }

    // MARK: - Its tests

    private func testMessages() -> [CapturedMessage] {
        var messages: [CapturedMessage] = []
        let all = group.messages.filter { !$0.payload.isEmpty }
        let small = all.filter { $0.payload.count <= Self.testSizeMax }
        for message in small.isEmpty ? Array(all.prefix(1)) : small {
            guard messages.count < Self.testsMax else { break }
            if let masked = masked(message), !messages.contains(masked) { messages.append(masked) }
        }
        return messages
    }

    /// The message without what identifies a device or a person; nil where that cannot be taken
    /// out.
    private func masked(_ message: CapturedMessage) -> CapturedMessage? {
        let topic = maskedTopic(message.topic)
        if group.kind == .number || group.kind == .word {
            let text = String(decoding: message.payload, as: UTF8.self)
            let isOpen = !isIdentifying(text) && message.payload.count <= TextScalar.sizeMax
            let isKnown = values.all[0].samples.contains(text) || isNumber(text)
            return isOpen && isKnown
                ? CapturedMessage(topic: topic, payload: message.payload) : nil
        }
        guard let document = JSONLeaves(message.payload) else {
            let isText = String(validating: message.payload, as: UTF8.self) != nil
            return isText ? nil : CapturedMessage(topic: topic, payload: [])
        }
        let taken = Set(readings.kept.compactMap(\.value.steps) + [values.time?.steps ?? []])
        let isUplink = group.kind != .json
        var payload = maskedJSON(message.payload, document) { leaf in
            taken.contains(leaf.steps) || Self.isOpen(leaf)
                || isUplink && UplinkFacts.keptPaths.contains(leaf.steps.path ?? "")
        }
        guard isUplink else { return CapturedMessage(topic: topic, payload: payload) }
        for leaf in document.leaves
        where leaf.kind == .text && UplinkFacts.devicePaths.contains(leaf.steps.path ?? "") {
            let isEncoded = leaf.text.utf8.count == 12 && leaf.text.hasSuffix("=")
            for index in leaf.range.dropLast(isEncoded ? 1 : 0) {
                payload[index] = UInt8(ascii: isEncoded ? "A" : "0")
            }
            if isEncoded { payload[leaf.range.upperBound - 1] = UInt8(ascii: "=") }
        }
        return CapturedMessage(topic: uplinkTopic(message.topic), payload: payload)
    }

    /// With zeros for the device, as the masked envelope has.
    private func uplinkTopic(_ topic: String) -> String {
        var levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard levels.count > 3 else { return maskedTopic(topic) }
        let size = levels[3].utf8.count
        levels[3] = "0"
        let masked = maskedTopic(levels.joined(separator: "/"))
        levels = masked.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        levels[3] = String(repeating: "0", count: size)
        return levels.joined(separator: "/")
    }

    /// Whether a value may be written down that no reading takes.
    private static func isOpen(_ leaf: JSONLeaf) -> Bool {
        if leaf.names.contains(where: isIdentifyingName) { return false }
        switch leaf.kind {
        case .boolean, .null: return true
        case .number: return !isLongInteger(leaf.text)
        case .text:
            if isIdentifying(leaf.text) { return false }
            return leaf.text.isEmpty || isNumber(leaf.text) || isPlainWord(leaf.text)
                || CivilTimestamp(parsing: Array(leaf.text.utf8).span) != nil
        }
    }

    private func test(_ message: CapturedMessage, _ expectation: [String]) -> String {
        let payload = String(decoding: message.payload, as: UTF8.self)
        let lines =
            ["topic: \(yamlText(message.topic))", "payload: \(yamlPayload(payload))"] + expectation
        return "  - " + lines.joined(separator: "\n    ") + "\n"
    }

    private func expectation(_ message: DecodedMessage, _ profile: Profile) -> [String] {
        if message.readings.isEmpty { return ["expect: {}"] }
        return ["expect:"]
            + message.readings.map { reading in
                let rule = profile.rules[Int(reading.readingIndex)]
                let state =
                    rule.kind == .state
                    ? reading.value.wholeNumber.flatMap { rule.states[$0] } : nil
                let value = state.map { yamlText($0) } ?? reading.value.description
                return "  \(yamlText(rule.name.description)): \(value)"
            }
    }
}

// MARK: - YAML

/// A text for YAML: bare where it is a word or path, otherwise between quotes.
func yamlText(_ text: String) -> String {
    let isBare =
        text.utf8.allSatisfy {
            (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5f
                || $0 == 0x2e || $0 == 0x24 || $0 == 0x2f
        } && text.utf8.first.map { (0x61...0x7a).contains($0 | 0x20) || $0 == 0x24 } == true
        && !yamlWords.contains(text.lowercased())
    return isBare ? text : quoted(text)
}

private let yamlWords: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

/// A payload: between single quotes where it is one line that people can read.
private func yamlPayload(_ text: String) -> String {
    let isLine = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7f }
    return isLine ? "'" + text.replacing("'", with: "''") + "'" : quoted(text)
}

private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        default:
            let isPlain = 0x20..<0x7f ~= scalar.value || 0xa0...0x1fff ~= scalar.value
            if isPlain {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
    }
    return result + "\""
}

/// A text for a comment.
private func oneLine(_ text: String) -> String {
    text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } ? text : quoted(text)
}
