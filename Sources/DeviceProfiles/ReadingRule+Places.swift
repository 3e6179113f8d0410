import PayloadDecoding
import StrictYAML
import Telemetry

/// Where a reading's value stands: its topic, and its place in the payload.
extension ReadingRule {
    mutating func readTopic(_ reading: YAMLMapping, faults: inout [YAMLFault]) {
        guard let text = reading.text("topic", faults: &faults) else { return }
        var problem: FaultText = ""
        if let template = TopicTemplate(text, problem: &problem) {
            topic = text
            topicNames = template.captureNames
        } else {
            faults.append(
                (reading.value("topic") ?? reading.node).fault("topic \(text) \(problem)"))
        }
    }

    mutating func readPlace(
        _ reading: YAMLMapping, decoding: Decoding?, faults: inout [YAMLFault]
    ) {
        switch decoding?.format {
        case .json:
            for node in places(reading, faults: &faults) {
                if let text = node.text, text.hasPrefix("$"),
                    let rule = FieldRule(text, isPath: true), !rule.captureNames.isEmpty
                {
                    fields.append(rule)
                } else if let path = node.jsonPath(faults: &faults) {
                    paths.append(path)
                }
            }
            if !fields.isEmpty, !paths.isEmpty, let node = reading.value("from") {
                faults.append(
                    node.fault("either all places of 'from' have {name} in them, or none"))
            }
            checkAlternatives(reading, faults: &faults)
        case .text:
            if let from = reading.value("from") {
                faults.append(from.fault("'from' goes with 'decode: json' only"))
            }
        case nil:
            // What is wrong with the format is a fault of its own, and says nothing of places.
            break
        case .bytes, .delimited, .object:
            readField(reading, isPath: true, faults: &faults)
        default:
            readField(reading, isPath: decoding?.isLoRaWAN == true, faults: &faults)
        }
    }

    private mutating func readField(
        _ reading: YAMLMapping, isPath: Bool, faults: inout [YAMLFault]
    ) {
        for node in places(reading, faults: &faults) {
            if let rule = node.text.flatMap({ FieldRule($0, isPath: isPath) }) {
                fields.append(rule)
            } else {
                faults.append(
                    node.fault(
                        "'\(node.text ?? "")' is no name of a field",
                        remedy: "write it as in cpu.usage_idle, with {name} for what varies"))
            }
        }
        checkAlternatives(reading, faults: &faults)
        for member in reading.members("where", faults: &faults) {
            guard let text = member.value.text else {
                faults.append(member.value.fault("'where' must be labels with their values"))
                continue
            }
            for place in fields.indices {
                fields[place].conditions.append((Array(member.key.utf8), Array(text.utf8)))
            }
        }
    }

    /// The place of `from`, or several of which the first that is there counts.
    private func places(_ reading: YAMLMapping, faults: inout [YAMLFault]) -> [YAMLNode] {
        guard let node = reading.required("from", faults: &faults) else { return [] }
        guard case .sequence(let nodes) = node.content else { return [node] }
        // LIMIT: firmware versions that call one thing differently.
        if !(1...8 ~= nodes.count) { faults.append(node.fault("'from' lists 1 to 8 places")) }
        return nodes
    }

    private func checkAlternatives(_ reading: YAMLMapping, faults: inout [YAMLFault]) {
        guard let first = fields.first, let node = reading.value("from"),
            fields.contains(where: { Set($0.captureNames) != Set(first.captureNames) })
        else { return }
        faults.append(node.fault("the places of 'from' must have the same names in braces"))
    }

    /// Whether two readings have the same labels of the payload.
    func hasLabels(of other: ReadingRule) -> Bool {
        topicNames == other.topicNames
            && payloadLabels == other.payloadLabels
            && (fields.first?.conditions.isEmpty != false
                || other.fields.first?.conditions.isEmpty != false)
    }
}
