import PayloadDecoding
import Telemetry

/// Messages of one shape: of one topic, or of several that differ in one level.
public struct CapturedGroup: Sendable {
    public let kind: CapturedKind
    /// The topic of a profile for them, with braces for what varies and for what identifies.
    public let template: String
    public let topics: [String]
    public let messages: [CapturedMessage]

    /// LIMIT: levels of a topic that are compared.
    private static let levelsMax = 16

    /// Sorts messages into groups, the topics in their order.
    ///
    /// - Parameter vocabulary: by which a level is known for the name of a value.
    public static func groups(
        of messages: [CapturedMessage], vocabulary: MetricVocabulary?
    ) -> [CapturedGroup] {
        var topics: [HeardTopic] = []
        var places: [String: Int] = [:]
        for message in messages {
            if let place = places[message.topic] {
                topics[place].messages.append(message)
            } else {
                places[message.topic] = topics.count
                topics.append(HeardTopic(message))
            }
        }
        for place in topics.indices { topics[place].characterise() }
        return sorted(topics, MetricGuesser(vocabulary: vocabulary))
    }

    private static func sorted(
        _ topics: [HeardTopic], _ guesser: MetricGuesser
    ) -> [CapturedGroup] {
        var candidates: [String: (level: Int, members: [Int])] = [:]
        for (index, topic) in topics.enumerated() where topic.isGroupable {
            for level in topic.levels.prefix(levelsMax).indices {
                let key = topic.key(without: level)
                candidates[key, default: (level, [])].members.append(index)
            }
        }
        var taken: Set<Int> = []
        var groups: [(first: Int, group: CapturedGroup)] = []
        let order = candidates.sorted {
            ($1.value.members.count, $0.key) < ($0.value.members.count, $1.key)
        }
        for (_, candidate) in order {
            let left = candidate.members.filter { !taken.contains($0) }
            guard let first = left.first else { continue }
            let members = left.filter { topics[first].resembles(topics[$0]) }
            let isOfValues =
                topics[first].isScalar
                && members.contains {
                    guesser.guess([topics[$0].levels[candidate.level]], .binary) != nil
                }
            guard members.count > 1, !isOfValues else { continue }
            taken.formUnion(members)
            groups.append((first, CapturedGroup(members.map { topics[$0] }, candidate.level)))
        }
        for index in topics.indices where !taken.contains(index) {
            groups.append((index, CapturedGroup([topics[index]], nil)))
        }
        return groups.sorted { $0.first < $1.first }.map(\.group)
    }

    private init(_ topics: [HeardTopic], _ varying: Int?) {
        kind = topics[0].kind
        self.topics = topics.map(\.topic)
        messages = topics.flatMap(\.messages)
        let values = varying.map { level in topics.map { $0.levels[level] } } ?? []
        var names: [String] = []
        func capture(_ wanted: String) -> String {
            var name = wanted
            var number = 2
            while names.contains(name) {
                name = wanted + String(number)
                number += 1
            }
            names.append(name)
            return "{\(name)}"
        }
        let isUplink = topics[0].isUplink
        template = topics[0].levels.enumerated().map { index, level in
            // As network servers have them: docs/profiles.md.
            if isUplink, index == 1 || index == 3 {
                return capture(index == 1 ? "application" : "device")
            }
            if index == varying {
                return capture(values.allSatisfy { Int($0) != nil } ? "channel" : "device")
            }
            let ranges = identifierRanges(in: level)
            let bytes = Array(level.utf8)
            if level.contains("{") || level.contains("}") || ranges.count > 1 {
                return capture("device")
            }
            guard let range = ranges.first else { return level }
            return String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
                + capture("device") + String(decoding: bytes[range.upperBound...], as: UTF8.self)
        }.joined(separator: "/")
    }
}

/// A topic with what came there.
private struct HeardTopic {
    let topic: String
    let levels: [String]
    var messages: [CapturedMessage]
    private(set) var kind = CapturedKind.empty
    /// The places of a document.
    private var places: Set<[JSONLeaf.Step]> = []

    init(_ message: CapturedMessage) {
        topic = message.topic
        levels = topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        messages = [message]
    }

    mutating func characterise() {
        for message in messages where kind == .empty { kind = CapturedKind(message) }
        guard kind == .json else { return }
        for message in messages {
            for leaf in JSONLeaves(message.payload)?.leaves ?? [] { places.insert(leaf.steps) }
        }
    }

    var isScalar: Bool { kind == .number || kind == .word }
    var isUplink: Bool { if case .uplink = kind { true } else { false } }
    var isGroupable: Bool { isScalar || kind == .json || isUplink }

    /// What the topics of a group have in common.
    func key(without level: Int) -> String {
        let sort = isScalar ? "scalar" : isUplink ? "\(kind)" : "json"
        var others = levels
        others[level] = "\u{1}"
        return sort + " " + others.joined(separator: "/")
    }

    /// Whether most places of one document are in the other.
    func resembles(_ other: HeardTopic) -> Bool {
        if kind != .json { return true }
        let common = places.intersection(other.places).count
        return common * 2 >= max(places.count, other.places.count) && common > 0
    }
}
