import PayloadDecoding
import StrictYAML
import Telemetry

/// A profile made of what was heard, for somebody to look over.
///
/// It keeps what it knows a metric for. Everything else stands in it as a comment with the reason,
/// and what may identify a device or a person only by its place.
public struct ProfileDraft: Sendable {
    /// A reading of the profile.
    public struct Kept: Sendable {
        public let place: String
        public let metric: String
        public let unit: String
        /// One of the values that came.
        public let sample: String
    }

    /// What no reading takes.
    public struct Dropped: Sendable {
        public let place: String
        /// One of the values that came, nil where it is not to be shown.
        public let sample: String?
        public let reason: FaultText
    }

    public let name: String
    /// The topic of its match.
    public let topic: String
    public let kept: [Kept]
    public let dropped: [Dropped]
    /// The profile's file; nil where there is nothing to read.
    public let text: String?

    /// Drafts a profile for messages of a kind that has one.
    ///
    /// - Parameters:
    ///   - vocabulary: what metrics are; nil: what many towns measure.
    ///   - say: a reason in the reader's language.
    public init?(
        _ group: CapturedGroup, name: String, vocabulary: MetricVocabulary?,
        hints: DeviceHints = DeviceHints(), say: (FaultText) -> String = { "\($0)" }
    ) {
        guard !group.topics[0].hasPrefix("$"), let values = DraftValues(group) else { return nil }
        var readings = DraftReadings(values, vocabulary, hints, group)
        readings.tellApart()
        self.name = name
        topic = group.template
        kept = readings.kept.map {
            Kept(
                place: $0.value.place, metric: $0.series, unit: $0.guess.unit,
                sample: $0.value.shownSample ?? "")
        }
        dropped = readings.dropped
        var writer = DraftWriter(name: name, group: group, values: values, readings: readings)
        text = readings.kept.isEmpty ? nil : writer.text(vocabulary, say)
    }
}

/// A place in messages, with what came there.
struct DraftValue {
    /// Nil for a bare number or word.
    var steps: [JSONLeaf.Step]?
    /// As a profile writes it; nil where it cannot, and for bare values.
    var from: String?
    /// Innermost first, with the topic's levels for a bare value.
    var names: [String]
    var kinds: Set<JSONLeaf.Kind> = []
    /// Different ones, in their order.
    var samples: [String] = []

    // LIMIT: a place with more is no state, and one is shown.
    private static let samplesMax = 32

    mutating func add(_ kind: JSONLeaf.Kind, _ text: String) {
        if kind == .null || text.isEmpty { return }
        kinds.insert(kind)
        if samples.count < Self.samplesMax, !samples.contains(text) { samples.append(text) }
    }

    /// The place for people, with `x` for what identifies a device in it.
    var place: String {
        guard let steps else { return names.first ?? "" }
        return maskedTopic(from ?? steps.path ?? "$…")
    }

    /// A value that may be shown: a number or a word.
    var shownSample: String? {
        guard let sample = samples.first, !identifies else { return nil }
        return isNumber(sample) || isPlainWord(sample) ? sample : nil
    }

    /// Whether values or names may say which device or person it is.
    var identifies: Bool {
        steps != nil && names.contains(where: isIdentifyingName)
            || steps != nil && names.contains { !identifierRanges(in: $0).isEmpty }
            || samples.contains { isIdentifying($0) && !isNumber($0) || isLongInteger($0) }
    }

    /// What the values look like; nil for texts.
    var form: MetricGuesser.Form? {
        if samples.allSatisfy({ isNumber($0) }) {
            return samples.allSatisfy { $0 == "0" || $0 == "1" } ? .binary : .number
        }
        return samples.allSatisfy { isPlainWord($0) } ? .word : nil
    }
}

/// Whether a text is a number that a reading takes.
func isNumber(_ text: String) -> Bool { Value(parsing: Array(text.utf8).span) != nil }

/// Whether a text is a word such as states have, and no name.
func isPlainWord(_ text: String) -> Bool {
    guard 1...16 ~= text.utf8.count,
        text.utf8.allSatisfy({ (0x61...0x7a).contains($0 | 0x20) || $0 == 0x5f || $0 == 0x2d })
    else { return false }
    let isOneCase = text == text.lowercased() || text == text.uppercased()
    return isOneCase && !isIdentifying(text) || StateWords.isKnown(text)
}

/// All places of a group's messages, in the order in which they came first.
struct DraftValues {
    private(set) var all: [DraftValue] = []
    /// Of JSON: where the device's time is, and how a profile says that.
    private(set) var time: (steps: [JSONLeaf.Step], rule: String)?

    // LIMIT: places of one draft.
    private static let placesMax = 1_024

    /// Nil where there is no draft for messages of the kind.
    init?(_ group: CapturedGroup) {
        switch group.kind {
        case .json: readDocuments(group) { _ in [] }
        case .number, .word: readScalars(group)
        case .uplink: readDocuments(group) { UplinkFacts($0)?.root }
        default: return nil
        }
        if group.kind == .json { takeTime() }
    }

    private mutating func readScalars(_ group: CapturedGroup) {
        let levels = group.template.split(separator: "/").reversed().map { String($0) }
        var value = DraftValue(names: levels.filter { !$0.contains("{") })
        for message in group.messages {
            guard let scalar = try? TextScalar(parsing: message.payload.span) else { continue }
            switch scalar {
            case .empty: break
            case .number(let number): value.add(.number, number.description)
            case .word(let start, let end):
                let word = message.payload[start..<end]
                if meansNoValue(Array(word).span) { continue }
                value.add(.text, String(decoding: word, as: UTF8.self))
            }
        }
        all = [value]
    }

    /// - Parameter root: of the values of a document; nil where it has none.
    private mutating func readDocuments(
        _ group: CapturedGroup, root: (JSONLeaves) -> [JSONLeaf.Step]?
    ) {
        var places: [[JSONLeaf.Step]: Int] = [:]
        for message in group.messages {
            guard let document = JSONLeaves(message.payload), let root = root(document) else {
                continue
            }
            for leaf in document.leaves where leaf.steps.starts(with: root) {
                if places[leaf.steps] == nil, all.count < Self.placesMax {
                    places[leaf.steps] = all.count
                    all.append(Self.value(of: leaf, below: root))
                }
                guard let place = places[leaf.steps] else { continue }
                let isNothing = leaf.kind == .text && meansNoValue(Array(leaf.text.utf8).span)
                all[place].add(isNothing ? .null : leaf.kind, leaf.text)
            }
        }
    }

    private static func value(of leaf: JSONLeaf, below root: [JSONLeaf.Step]) -> DraftValue {
        let steps = Array(leaf.steps.dropFirst(root.count))
        let names = steps.reversed().compactMap { step -> String? in
            if case .name(let name) = step { name } else { nil }
        }
        return DraftValue(
            steps: leaf.steps, from: root.isEmpty ? steps.path : steps.fieldName, names: names)
    }

    private mutating func takeTime() {
        for (index, value) in all.enumerated() {
            guard let steps = value.steps, steps.count == 1, let from = value.from,
                let name = value.names.first, Self.timeNames.contains(snakeCase(name)),
                let rule = Self.timeRule(value.samples)
            else { continue }
            time = (steps, "{ from: \(yamlText(from)), \(rule) }")
            all.remove(at: index)
            return
        }
    }

    private static let timeNames: Set<String> = [
        "time", "timestamp", "ts", "date", "datetime", "unixtime", "epoch", "last_seen",
    ]

    /// Numbers of this century, or texts with an offset.
    private static func timeRule(_ samples: [String]) -> String? {
        if samples.isEmpty { return nil }
        let numbers = samples.compactMap { Double($0) }
        if numbers.count == samples.count {
            if numbers.allSatisfy({ (1e9..<4e9).contains($0) }) { return "epoch: s" }
            return numbers.allSatisfy { (1e12..<4e12).contains($0) } ? "epoch: ms" : nil
        }
        let haveOffset = samples.allSatisfy { parseRFC3339(Array($0.utf8).span) != nil }
        return haveOffset ? "iso: true, zone: required" : nil
    }
}
