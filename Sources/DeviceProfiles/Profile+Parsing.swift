import PayloadDecoding
import StrictYAML
import Telemetry

extension Profile {
    private static let keys = [
        "profile", "title", "source", "match", "decode", "device", "time", "sequence", "readings",
        "tests",
    ]

    /// Reads a profile's file; nil, with faults, where it is none.
    init?(_ root: YAMLNode, faults: inout [YAMLFault]) {
        let faultCount = faults.count
        guard
            let top = YAMLMapping(root, subject: "a profile", known: Self.keys, faults: &faults)
        else { return nil }
        let name = Self.name(top, faults: &faults)
        let titles = Self.titles(top, faults: &faults)
        let source = top.requiredText("source", faults: &faults)
        let match = Self.match(top, faults: &faults)
        let formatName =
            top.required("decode", faults: &faults) == nil
            ? nil : top.choice("decode", among: Format.allCases.map(\.rawValue), faults: &faults)
        let format = formatName.flatMap { Format(rawValue: $0) }
        let device = match.flatMap { Self.device(top, template: $0.template, faults: &faults) }
        let time = TimeRule.parse(top, format: format, faults: &faults)
        let sequence = SequenceRule.parse(top, format: format, faults: &faults)
        let faultsBeside = faults.count
        let rules = Self.rules(
            top, format: format, captures: match?.template.captureNames ?? [], faults: &faults)
        let examples = Self.examples(
            top, rules: faults.count == faultsBeside ? rules : nil, faults: &faults)
        guard faults.count == faultCount, let name, let source, let match, let format, let device
        else { return nil }

        self.name = name
        self.titles = titles
        self.source = source
        readings = rules.map {
            ProfileReading(
                metric: $0.metric, labels: $0.labels, kind: $0.kind, unit: $0.unit,
                path: $0.path?.description ?? $0.field?.text)
        }
        file = root.file
        matchLine = match.line
        template = match.template
        exceptions = match.exceptions
        self.device = device
        self.format = format
        self.time = time
        self.sequence = sequence
        self.rules = rules
        self.examples = examples
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

    private static func match(
        _ top: YAMLMapping, faults: inout [YAMLFault]
    ) -> (line: Int, template: TopicTemplate, exceptions: [TopicFilter])? {
        guard let node = top.required("match", faults: &faults),
            let match = YAMLMapping(
                node, subject: "a match", known: ["topic", "except"], faults: &faults),
            let text = match.requiredText("topic", faults: &faults)
        else { return nil }
        var exceptions: [TopicFilter] = []
        for element in match.sequence("except", faults: &faults) {
            if let filter = element.text.flatMap({ TopicFilter($0) }) {
                exceptions.append(filter)
            } else {
                faults.append(
                    element.fault(
                        "'except' in a match must list MQTT filters",
                        remedy: "write + for one level and # at the end for any number"))
            }
        }
        var problem: FaultText = ""
        guard let template = TopicTemplate(text, problem: &problem) else {
            faults.append((match.value("topic") ?? node).fault("topic \(text) \(problem)"))
            return nil
        }
        return (match.value("topic")?.line ?? node.line, template, exceptions)
    }

    /// The identity's parts: from `device`, or all captures with `/` between them.
    private static func device(
        _ top: YAMLMapping, template: TopicTemplate, faults: inout [YAMLFault]
    ) -> [DevicePart]? {
        let names = template.captureNames
        guard let node = top.value("device") else {
            if names.isEmpty { return [.literal(template.text)] }
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
        _ top: YAMLMapping, format: Format?, captures: [String], faults: inout [YAMLFault]
    ) -> [ReadingRule] {
        guard let node = top.required("readings", faults: &faults) else { return [] }
        let elements = top.sequence("readings", faults: &faults)
        if elements.isEmpty || elements.count > readingCountMax {
            faults.append(node.fault("a profile has 1 to \(readingCountMax) readings"))
            return []
        }
        if format == .text, elements.count > 1 {
            faults.append(elements[1].fault("a text has one reading only"))
        }
        var rules: [ReadingRule] = []
        for element in elements {
            guard
                let rule = ReadingRule(
                    element, format: format, captures: captures, faults: &faults)
            else { continue }
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
        _ top: YAMLMapping, rules: [ReadingRule]?, faults: inout [YAMLFault]
    ) -> [ProfileExample] {
        guard let node = top.required("tests", faults: &faults) else { return [] }
        let elements = top.sequence("tests", faults: &faults)
        if elements.isEmpty { faults.append(node.fault("a profile needs one test at least")) }
        return elements.compactMap { ProfileExample($0, rules: rules, faults: &faults) }
    }
}
