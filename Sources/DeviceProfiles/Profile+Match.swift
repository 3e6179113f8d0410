import StrictYAML
import Telemetry

/// Which messages are a profile's: the topics, and what their payloads must say.
struct MessageMatch: Sendable {
    /// The line of `match`.
    var line: Int
    /// All with the same names in braces.
    var templates: [TopicTemplate]
    var exceptions: [TopicFilter] = []
    var `guard` = MessageGuard()

    /// The names in braces, in the order of the template that has most.
    var captureNames: [String] {
        templates.map(\.captureNames).reduce([]) { $0.count >= $1.count ? $0 : $1 }
    }

    /// What the braces catch of a topic, by name; nil where it is not the profile's.
    ///
    /// - Parameter template: the place of the one that is asked.
    func captures(_ topic: [[UInt8]], template: Int) -> [String: String]? {
        guard let values = templates[template].captures(topic),
            !exceptions.contains(where: { $0.matches(topic) })
        else { return nil }
        return Dictionary(
            uniqueKeysWithValues: zip(templates[template].captureNames, values))
    }

    /// Whether a topic is one of a template's, and not left out.
    func has(_ topic: [[UInt8]], template: Int) -> Bool {
        templates[template].filter.matches(topic)
            && templates[template].captures(topic) != nil
            && !exceptions.contains { $0.matches(topic) }
    }

    /// Whether its first topic is the more exact one.
    func goesBefore(_ other: MessageMatch) -> Bool {
        guard let own = templates.first, let others = other.templates.first else { return false }
        return own.precedence(others) < 0
    }

    /// The same for topics that go on by some levels.
    func continued(by topic: String?) -> MessageMatch {
        guard let topic else { return self }
        var match = self
        var problem: FaultText = ""
        match.templates = templates.compactMap {
            TopicTemplate($0.text + "/" + topic, problem: &problem)
        }
        return match
    }

    /// Whether some topic is this match's and the other's with equal right.
    func claimsTopics(of other: MessageMatch) -> Bool {
        if !`guard`.isEmpty != !other.guard.isEmpty || `guard`.excludes(other.guard) {
            return false
        }
        return templates.contains { template in
            other.templates.contains { claims(template, other, $0) }
        }
    }

    private func claims(
        _ template: TopicTemplate, _ other: MessageMatch, _ otherTemplate: TopicTemplate
    ) -> Bool {
        let filter = template.filter
        let otherFilter = otherTemplate.filter
        guard template.precedence(otherTemplate) == 0, filter.overlaps(otherFilter),
            !template.excludes(otherTemplate)
        else {
            return false
        }
        return !exceptions.contains { $0.covers(otherFilter) || $0.covers(filter) }
            && !other.exceptions.contains { $0.covers(filter) || $0.covers(otherFilter) }
    }
}

extension MessageMatch {
    /// Where LoRaWAN network servers publish uplinks: ChirpStack 3 and 4, The Things Stack 3.
    private static let uplinkTopics = [
        "application/{application}/device/{device}/event/up",
        "v3/{application}/devices/{device}/up",
    ]

    /// The topics of Sparkplug's nodes of a group, and those of the devices behind them.
    private static func sparkplugTopics(_ group: String) -> [String] {
        ["NBIRTH", "NDEATH", "NDATA"].map { "spBv1.0/\(group)/\($0)/{node}" }
            + ["DBIRTH", "DDEATH", "DDATA"].map { "spBv1.0/\(group)/\($0)/{node}/{device}" }
    }

    /// Reads `match`; nil, with faults, where it is wrong.
    static func parse(
        _ top: YAMLMapping, decoding: Decoding?, faults: inout [YAMLFault]
    ) -> MessageMatch? {
        guard let node = top.required("match", faults: &faults),
            let match = YAMLMapping(
                node, subject: "a match",
                known: ["topic", "lorawan", "sparkplug", "where", "except"],
                faults: &faults)
        else { return nil }
        let topics = topics(match, decoding: decoding, faults: &faults)
        var problem: FaultText = ""
        var result = MessageMatch(line: match.value("topic")?.line ?? node.line, templates: [])
        for (line, text) in topics {
            guard let template = TopicTemplate(text, problem: &problem) else {
                faults.append(
                    YAMLFault(file: node.file, line: line, message: "topic \(text) \(problem)"))
                continue
            }
            if let first = result.templates.first, !match.has("sparkplug"),
                Set(first.captureNames) != Set(template.captureNames)
            {
                faults.append(
                    YAMLFault(
                        file: node.file, line: line,
                        message: "topic \(text) has not the same names in braces as the first one",
                        remedy: "use the same names, or write a profile for each"))
            }
            result.templates.append(template)
        }
        result.readExceptions(match, faults: &faults)
        result.guard.readConditions(match, faults: &faults)
        result.readModels(match, faults: &faults)
        if match.has("where"), decoding.map({ $0.format != .json && !$0.isLoRaWAN }) == true {
            faults.append(node.fault("'where' in a match goes with JSON only"))
        }
        return result.templates.isEmpty ? nil : result
    }

    private static func topics(
        _ match: YAMLMapping, decoding: Decoding?, faults: inout [YAMLFault]
    ) -> [(line: Int, text: String)] {
        if let node = match.value("lorawan") {
            if decoding?.isLoRaWAN == false {
                faults.append(
                    node.fault(
                        "'lorawan' in a match goes with 'lorawan' in decode",
                        remedy: "write decode: { lorawan: auto, bytes: … }"))
            }
            if !match.has("topic") { return uplinkTopics.map { (node.line, $0) } }
        }
        if let node = match.value("sparkplug"), decoding.map({ $0.format != .sparkplug }) == true {
            faults.append(
                node.fault(
                    "'sparkplug' in a match goes with 'decode: sparkplug'",
                    remedy: "write decode: sparkplug"))
        }
        if !match.has("topic"), let node = match.value("sparkplug") {
            let group = match.text("sparkplug", faults: &faults) ?? "{group}"
            return sparkplugTopics(group).map { (node.line, $0) }
        }
        guard let node = match.value("topic") else {
            _ = match.required("topic", faults: &faults)
            return []
        }
        guard case .sequence(let elements) = node.content, !elements.isEmpty else {
            return match.text("topic", faults: &faults).map { [(node.line, $0)] } ?? []
        }
        return match.texts("topic", faults: &faults).enumerated().map {
            (elements[min($0.offset, elements.count - 1)].line, $0.element)
        }
    }

    private mutating func readExceptions(_ match: YAMLMapping, faults: inout [YAMLFault]) {
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
    }

    private mutating func readModels(_ match: YAMLMapping, faults: inout [YAMLFault]) {
        guard
            let lorawan = match.mapping(
                "lorawan", subject: "'lorawan' in a match", known: ["model"], faults: &faults)
        else { return }
        guard let node = lorawan.required("model", faults: &faults) else { return }
        var texts = node.text.map { [$0] } ?? []
        if case .sequence = node.content { texts = lorawan.texts("model", faults: &faults) }
        if texts.isEmpty {
            faults.append(node.fault("'model' must be a name or a list of names"))
        }
        self.guard.models = texts.map { MessageGuard.normalised($0) }
    }
}
