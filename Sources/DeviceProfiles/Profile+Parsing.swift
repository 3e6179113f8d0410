import PayloadDecoding
import StrictYAML
import Telemetry

extension Profile {
    private static let keys = [
        "profile", "title", "source", "match", "decode", "device", "time", "sequence", "readings",
        "tests",
    ]

    /// Reads a profile's file; none, with faults, where it is wrong.
    ///
    /// - Parameter vocabulary: what metrics are; nil: whatever a reading says.
    /// - Returns: a profile for each of the topics that its readings go on to: one where they all
    ///   are in the messages of the topic of its match.
    static func parse(
        _ root: YAMLNode, vocabulary: MetricVocabulary?, faults: inout [YAMLFault]
    ) -> [Profile] {
        let faultCount = faults.count
        guard
            let top = YAMLMapping(root, subject: "a profile", known: Self.keys, faults: &faults)
        else { return [] }
        let name = Self.name(top, faults: &faults)
        let titles = Self.titles(top, faults: &faults)
        let source = top.requiredText("source", faults: &faults)
        let decoding = Decoding.parse(top, faults: &faults)
        let match = MessageMatch.parse(top, decoding: decoding, faults: &faults)
        let device = match.flatMap { Self.device(top, match: $0, faults: &faults) }
        let time = TimeRule.parse(top, decoding: decoding, faults: &faults)
        let sequence = SequenceRule.parse(top, decoding: decoding, faults: &faults)
        let faultsBeside = faults.count
        let rules = Self.rules(
            top, decoding: decoding, captures: match?.captureNames ?? [], vocabulary: vocabulary,
            faults: &faults)
        for topic in Set(rules.compactMap(\.topic)).sorted() {
            guard let match, match.continued(by: topic).templates.count < match.templates.count
            else { continue }
            faults.append(
                top.node.fault(
                    "the topic of the match cannot go on with '\(topic)'",
                    remedy: "leave {name...} out of the match, and use each name once"))
        }
        let examples = Self.examples(
            top, decoding: decoding, rules: faults.count == faultsBeside ? rules : nil,
            faults: &faults)
        guard faults.count == faultCount, let name, let source, let match, let decoding, let device
        else { return [] }

        var parts = Self.parts(match, rules).map { match, rules in
            Profile(
                name: name, titles: titles, source: source,
                readings: rules.map { ProfileReading($0) }, sequence: sequence, file: root.file,
                match: match, device: device, decoding: decoding, time: time, rules: rules,
                examples: [])
        }
        for example in examples {
            let topic = splitLevels(Array(example.topic.utf8))
            // Where no topic matches, the example says so when it is run.
            let owners = parts.indices.filter { parts[$0].match(topic, profileIndex: 0) != nil }
            let owner = owners.min { parts[$0].match.goesBefore(parts[$1].match) }
            parts[owner ?? 0].examples.append(example)
        }
        return parts
    }

    /// The readings of each topic, in the order in which topics come first.
    private static func parts(
        _ match: MessageMatch, _ rules: [ReadingRule]
    ) -> [(MessageMatch, [ReadingRule])] {
        var order: [String?] = []
        for rule in rules where !order.contains(rule.topic) { order.append(rule.topic) }
        return order.map { topic in
            (match.continued(by: topic), rules.filter { $0.topic == topic })
        }
    }

    private static func name(_ top: YAMLMapping, faults: inout [YAMLFault]) -> String? {
        guard let name = top.requiredText("profile", faults: &faults) else { return nil }
        let fileName = top.node.file.split(separator: "/").last ?? ""
        if fileName != "\(name).yaml" {
            faults.append(
                (top.value("profile") ?? top.node).fault(
                    "the profile's name '\(name)' is not that of its file",
                    remedy:
                        "call it '\(fileName.hasSuffix(".yaml") ? fileName.dropLast(5) : fileName)'"
                ))
        }
        return name
    }

    private static func titles(
        _ top: YAMLMapping, faults: inout [YAMLFault]
    ) -> [String: String] {
        guard top.required("title", faults: &faults) != nil,
            let titles = top.mapping(
                "title", subject: "a title", known: ["en", "fr"], faults: &faults)
        else { return [:] }
        var texts: [String: String] = [:]
        for language in ["en", "fr"] {
            texts[language] = titles.requiredText(language, faults: &faults)
        }
        return texts
    }

    /// The identity's parts: from `device`, or all captures with `/` between them.
    private static func device(
        _ top: YAMLMapping, match: MessageMatch, faults: inout [YAMLFault]
    ) -> [DevicePart]? {
        let names = match.captureNames
        guard let node = top.value("device") else {
            if names.isEmpty { return [.literal(match.templates.first?.text ?? "")] }
            return Array(names.map { [.capture($0)] }.joined(separator: [.literal("/")]))
        }
        var parts: [DevicePart] = []
        var rest = top.text("device", faults: &faults)?[...] ?? ""
        while let brace = rest.firstIndex(of: "{") {
            let end = rest[brace...].firstIndex(of: "}") ?? rest.endIndex
            let name = String(rest[brace..<end].dropFirst())
            guard end < rest.endIndex, names.contains(name) else {
                faults.append(
                    node.fault(
                        "device names '{\(name)}', which the topic does not have",
                        remedy: "the topic has \(names.map { "{\($0)}" }.joined(separator: ", "))"))
                return nil
            }
            parts += [.literal(String(rest[..<brace])), .capture(name)]
            rest = rest[rest.index(after: end)...]
        }
        return parts + [.literal(String(rest))]
    }

    private static func rules(
        _ top: YAMLMapping, decoding: Decoding?, captures: [String],
        vocabulary: MetricVocabulary?, faults: inout [YAMLFault]
    ) -> [ReadingRule] {
        guard let node = top.required("readings", faults: &faults) else { return [] }
        let elements = top.sequence("readings", faults: &faults)
        if elements.isEmpty || elements.count > readingCountMax {
            faults.append(node.fault("a profile has 1 to \(readingCountMax) readings"))
            return []
        }
        var rules: [ReadingRule] = []
        var topics: Set<String?> = []
        for element in elements {
            let rule = ReadingRule(
                element, decoding: decoding, captures: captures, vocabulary: vocabulary,
                faults: &faults)
            if decoding?.format == .text, !topics.insert(element.member("topic")?.text).inserted {
                faults.append(
                    element.fault(
                        "a text has one reading only",
                        remedy: "give each reading a 'topic' of its own"))
            }
            guard let rule else { continue }
            if rules.contains(where: { $0.name == rule.name && $0.hasLabels(of: rule) }) {
                faults.append(
                    element.fault(
                        "a second reading \(rule.name)", remedy: "tell them apart by labels"))
            }
            rules.append(rule)
        }
        return rules
    }

    private static func examples(
        _ top: YAMLMapping, decoding: Decoding?, rules: [ReadingRule]?,
        faults: inout [YAMLFault]
    ) -> [ProfileExample] {
        guard let node = top.required("tests", faults: &faults) else { return [] }
        let elements = top.sequence("tests", faults: &faults)
        if elements.isEmpty { faults.append(node.fault("a profile needs one test at least")) }
        // Of a format that nobody knows nothing can be expected.
        guard let decoding else { return [] }
        return elements.compactMap {
            ProfileExample(
                $0, isLoRaWAN: decoding.isLoRaWAN, rules: rules, faults: &faults)
        }
    }
}
