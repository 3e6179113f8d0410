/// A mapping whose keys are known beforehand.
///
/// Each accessor gives nil where the key is absent or, with a fault added, where its value is not
/// what was asked for.
public struct YAMLMapping: Sendable {
    /// The mapping's place.
    public let node: YAMLNode
    /// What the mapping describes, for messages: `a reading`.
    public let subject: FaultText
    private let members: [YAMLNode.Member]

    /// The mapping that a node is. A key that is not among `known` is a fault.
    ///
    /// - Parameter known: all keys in the order in which a message lists them.
    /// - Returns: nil, with a fault, where the node is no mapping.
    public init?(_ node: YAMLNode, subject: FaultText, known: [String], faults: inout [YAMLFault]) {
        guard case .mapping(let members) = node.content else {
            faults.append(
                node.fault(
                    "\(subject) must be a list of keys with values",
                    remedy: "known are \(known.joined(separator: ", "))"))
            return nil
        }
        for member in members where !known.contains(member.key) {
            faults.append(
                YAMLFault(
                    file: node.file, line: member.line,
                    message: "unknown key '\(member.key)' in \(subject)",
                    remedy: "known are \(known.joined(separator: ", "))"))
        }
        self.node = node
        self.subject = subject
        self.members = members
    }

    /// Whether the key is there, with a value or without.
    public func has(_ key: String) -> Bool { members.contains { $0.key == key } }

    /// A key's value, whatever it is.
    public func value(_ key: String) -> YAMLNode? {
        members.first { $0.key == key }?.value
    }

    /// A key's value; absent is a fault.
    public func required(_ key: String, faults: inout [YAMLFault]) -> YAMLNode? {
        if let value = value(key) { return value }
        faults.append(node.fault("\(subject) lacks the key '\(key)'", remedy: "add it"))
        return nil
    }

    /// A text.
    public func text(_ key: String, faults: inout [YAMLFault]) -> String? {
        guard let value = value(key) else { return nil }
        if let text = value.text { return text }
        faults.append(fault(value, key, "must be a word or text"))
        return nil
    }

    /// A text; absent is a fault.
    public func requiredText(_ key: String, faults: inout [YAMLFault]) -> String? {
        guard required(key, faults: &faults) != nil else { return nil }
        return text(key, faults: &faults)
    }

    /// A whole number within a range.
    public func integer(
        _ key: String, in range: ClosedRange<Int>, faults: inout [YAMLFault]
    ) -> Int? {
        guard let value = value(key) else { return nil }
        if let number = value.text.flatMap({ Int($0) }), range.contains(number) { return number }
        faults.append(
            fault(
                value, key,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)"))
        return nil
    }

    /// `true` or `false`.
    public func boolean(_ key: String, faults: inout [YAMLFault]) -> Bool? {
        guard let value = value(key) else { return nil }
        switch value.text {
        case "true": return true
        case "false": return false
        default:
            faults.append(fault(value, key, "must be true or false"))
            return nil
        }
    }

    /// One of some words.
    public func choice(
        _ key: String, among words: [String], faults: inout [YAMLFault]
    ) -> String? {
        guard let value = value(key) else { return nil }
        if let text = value.text, words.contains(text) { return text }
        faults.append(fault(value, key, "must be one of \(words.joined(separator: ", "))"))
        return nil
    }

    /// The elements of a sequence; empty where the key is absent.
    public func sequence(_ key: String, faults: inout [YAMLFault]) -> [YAMLNode] {
        guard let value = value(key) else { return [] }
        if case .sequence(let elements) = value.content { return elements }
        faults.append(fault(value, key, "must be a list, as in [ a, b ]"))
        return []
    }

    /// A sequence of texts; empty where the key is absent.
    public func texts(_ key: String, faults: inout [YAMLFault]) -> [String] {
        sequence(key, faults: &faults).compactMap { element in
            if element.text == nil {
                faults.append(fault(element, key, "must list words or texts"))
            }
            return element.text
        }
    }

    /// A mapping with known keys.
    public func mapping(
        _ key: String, subject: FaultText, known: [String], faults: inout [YAMLFault]
    ) -> YAMLMapping? {
        value(key).flatMap {
            YAMLMapping($0, subject: subject, known: known, faults: &faults)
        }
    }

    /// A mapping with keys of any name; empty where the key is absent.
    public func members(_ key: String, faults: inout [YAMLFault]) -> [YAMLNode.Member] {
        guard let value = value(key) else { return [] }
        if case .mapping(let members) = value.content { return members }
        faults.append(fault(value, key, "must be a list of keys with values, as in { a: b }"))
        return []
    }

    /// A mapping from any names to texts, in the file's order; empty where the key is absent.
    public func textMembers(
        _ key: String, faults: inout [YAMLFault]
    ) -> [(name: String, text: String)] {
        members(key, faults: &faults).compactMap { member in
            guard let text = member.value.text else {
                faults.append(fault(member.value, member.key, "must be a word or text"))
                return nil
            }
            return (member.key, text)
        }
    }

    private func fault(_ value: YAMLNode, _ key: String, _ message: FaultText) -> YAMLFault {
        value.fault("'\(key)' in \(subject) \(message)")
    }
}
