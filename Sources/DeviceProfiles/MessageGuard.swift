import PayloadDecoding
import StrictYAML
import Telemetry

/// What a payload must say for a profile to take it, where several share a topic.
struct MessageGuard: Sendable {
    /// A place in JSON documents, and the texts or numbers of which one must stand there.
    struct Condition: Sendable {
        let path: JSONPath
        let values: [String]

        /// The values, numbers that are one written as one.
        var meanings: Set<String> {
            Set(values.map { Value(parsing: Array($0.utf8).span)?.description ?? $0 })
        }
    }

    var conditions: [Condition] = []
    /// Models of LoRaWAN devices, as ``normalised(_:)`` writes them; empty: any.
    var models: [String] = []

    var isEmpty: Bool { conditions.isEmpty && models.isEmpty }

    /// Whether no payload can satisfy both.
    func excludes(_ other: MessageGuard) -> Bool {
        let haveOtherModels =
            !models.isEmpty && !other.models.isEmpty
            && !models.contains { model in
                other.models.contains { isModel(model, of: $0) || isModel($0, of: model) }
            }
        return haveOtherModels
            || conditions.contains { condition in
                other.conditions.contains {
                    $0.path == condition.path && $0.meanings.isDisjoint(with: condition.meanings)
                }
            }
    }

    /// Small letters, with `-` for blanks and `_`.
    static func normalised(_ model: String) -> String {
        var bytes: [UInt8] = []
        for byte in model.utf8 { bytes.append(normalised(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func normalised(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        case UInt8(ascii: " "), UInt8(ascii: "_"): UInt8(ascii: "-")
        default: byte
        }
    }
}

/// Whether a device that calls itself so is of the model: it is the name, or the last words of it.
private func isModel(_ model: String, of name: String) -> Bool {
    name == model || name.hasSuffix("-" + model)
}

/// Asks payloads what a guard wants to know.
struct GuardReader: ~Copyable {
    private let conditions: [(words: WordTable, numbers: [Value], hasTrue: Bool, hasFalse: Bool)]
    private let models: [[UInt8]]
    private var scanner: JSONScanner
    private var name: [UInt8] = []

    /// Where ChirpStack 4 and 3 have the tag that a town gives a device, if there is one, and
    /// where these and The Things Stack say what it is; of the last one the brand goes before the
    /// model.
    private static let modelPaths = [
        "$.deviceInfo.tags.model", "$.tags.model", "$.deviceInfo.deviceProfileName",
        "$.deviceProfileName", "$.uplink_message.version_ids.brand_id",
        "$.uplink_message.version_ids.model_id",
    ]
    private static let tagCount = 2

    // LIMIT: uplinks have a few kilobytes. Each profile of a topic asks for itself, and what none
    // of them takes is asked by all.
    private static let payloadSizeMax = 65_536
    // LIMIT: names of models are short.
    private static let nameSizeMax = 128

    init(_ guard: MessageGuard) {
        conditions = `guard`.conditions.map { condition in
            (
                WordTable(condition.values),
                condition.values.compactMap { Value(parsing: Array($0.utf8).span) },
                condition.values.contains("true"), condition.values.contains("false")
            )
        }
        models = `guard`.models.map { Array($0.utf8) }
        let paths = models.isEmpty ? [] : Self.modelPaths.compactMap { JSONPath($0) }
        scanner = JSONScanner(JSONPlan(`guard`.conditions.map(\.path) + paths))
        name.reserveCapacity(Self.nameSizeMax * 2 + 2)
    }

    /// Whether the payload says what is wanted; what is no JSON, or a very large one, says nothing.
    mutating func accepts(_ payload: Span<UInt8>) -> Bool {
        guard payload.count <= Self.payloadSizeMax, (try? scanner.scan(payload)) != nil else {
            return false
        }
        for (place, condition) in conditions.enumerated() {
            let isMet: Bool
            switch scanner[place] {
            case .number(let number): isMet = condition.numbers.contains(number)
            case .boolean(let isTrue): isMet = isTrue ? condition.hasTrue : condition.hasFalse
            case .string(let start, let end, _):
                isMet = condition.words.index(of: payload.extracting(start..<end)) != nil
            default: isMet = false
            }
            if !isMet { return false }
        }
        return models.isEmpty || hasModel(payload)
    }

    private mutating func hasModel(_ payload: Span<UInt8>) -> Bool {
        name.removeAll(keepingCapacity: true)
        var isTagged = false
        for place in Self.modelPaths.indices {
            // The town's own word goes before what the server knows by itself.
            if place >= Self.tagCount, isTagged { break }
            guard case .string(let start, let end, _) = scanner[conditions.count + place],
                end - start <= Self.nameSizeMax
            else { continue }
            if place < Self.tagCount { isTagged = true }
            if !name.isEmpty { name.append(UInt8(ascii: "-")) }
            for index in start..<end { name.append(MessageGuard.normalised(payload[index])) }
        }
        for model in models where name.count >= model.count {
            let start = name.count - model.count
            let isWord = start == 0 || name[start - 1] == UInt8(ascii: "-")
            if isWord, name[start...].elementsEqual(model) { return true }
        }
        return false
    }
}

extension MessageGuard {
    /// Reads `where` of a match.
    mutating func readConditions(_ match: YAMLMapping, faults: inout [YAMLFault]) {
        for member in match.members("where", faults: &faults) {
            guard let path = JSONPath(member.key) else {
                faults.append(
                    member.value.fault(
                        "'\(member.key)' is no path", remedy: "write it as in $.a.b[0] or $['a b']")
                )
                continue
            }
            var texts: [String] = []
            if case .sequence(let elements) = member.value.content {
                texts = elements.compactMap(\.text)
            } else if let text = member.value.text {
                texts = [text]
            }
            if texts.isEmpty {
                faults.append(
                    member.value.fault(
                        "'\(member.key)' in a 'where' must be a word, a number or a list of them"))
            }
            conditions.append(Condition(path: path, values: texts))
        }
    }
}
