import PayloadDecoding
import Telemetry

/// Reads the messages of all profiles, one after the other, on one thread.
///
/// It holds what the scans of every profile need, so that a message allocates nothing. Times on the
/// wall clock of a zone ask Foundation for the zone's rules once a day, and on the days around a
/// change of the clocks for each message.
public struct MessageDecoder: ~Copyable {
    private let profiles: [ProfileDecoder]
    private let nodes: SparkplugNodes?
    private var anyDocument = JSONScanner(JSONPlan([]))

    /// A decoder for the profiles of a set, by the places that they have there.
    public init(_ set: ProfileSet) {
        self.init(profiles: set.profiles)
    }

    init(profiles: [Profile]) {
        let uplinks = profiles.contains { $0.decoding.isLoRaWAN } ? UplinkReader() : nil
        let nodes = profiles.contains { $0.decoding.format == .sparkplug } ? SparkplugNodes() : nil
        self.nodes = nodes
        self.profiles = profiles.map { ProfileDecoder($0, uplinks, nodes) }
    }

    /// Takes what is to be published because of the messages so far: requests for births of
    /// Sparkplug's edge nodes, each node's not more often than once a minute.
    public mutating func takeRequests() -> [DecoderRequest] { nodes?.takeRequests() ?? [] }

    /// Whether a profile takes a message of its topics: where it asks payloads, by `where` or the
    /// model of a LoRaWAN device, whether this one says what it wants.
    public mutating func accepts(profile: Int, payload: Span<UInt8>) -> Bool {
        profiles[profile].accepts(payload)
    }

    /// Whether a payload is a JSON document, so that it can say what device it is of.
    public mutating func isDocument(_ payload: Span<UInt8>) -> Bool {
        (try? anyDocument.scan(payload)) != nil
    }

    /// Reads one payload.
    ///
    /// An empty payload has no readings and no fault: that is how MQTT says that a thing has gone.
    /// A field that cannot be read is counted in the message, and the others still count.
    ///
    /// - Parameters:
    ///   - profile: the place of the topic's profile, see ``DeviceMatch/profileIndex``.
    ///   - topic: as the message has it: an uplink that names another device is refused.
    ///   - arrival: milliseconds since 1970; nil while nobody knows. A device's time is then taken
    ///     as it is, with the limits that it must be asked later, and without one the time is 0.
    ///   - message: gets the readings; without any where this throws.
    public mutating func decode(
        profile: Int, topic: Span<UInt8>, payload: Span<UInt8>, arrival: Int64?,
        into message: inout DecodedMessage
    ) throws(DecodeFault) {
        message.clear(time: arrival ?? 0)
        if payload.count == 0 { return }
        let decoder = profiles[profile]
        do throws(DecodeFault) {
            switch decoder.decoding.format {
            case .json: try decoder.decodeJSON(payload, arrival: arrival, into: &message)
            case .text: try decoder.decodeText(payload, into: &message)
            default:
                try decoder.decodeFields(payload, of: topic, arrival: arrival, into: &message)
            }
        } catch {
            message.clear(time: arrival ?? 0)
            throw error
        }
    }
}

/// A rule in one piece: an array would copy a rule with all its tables for every use.
final class SharedRule: Sendable {
    let rule: ReadingRule
    /// The rule's fields, likewise.
    let fields: [SharedField]
    let sourceUnit: [UInt8]
    let hasPlacedLabels: Bool

    init(_ rule: ReadingRule) {
        self.rule = rule
        sourceUnit = Array(rule.sourceUnit.utf8)
        hasPlacedLabels = !rule.placedLabels.isEmpty
        fields = rule.fields.map { SharedField($0) }
    }
}

/// A rule's field in one piece, with what most fields are refused by at hand.
final class SharedField: Sendable {
    let rule: FieldRule
    /// The name where it is a fixed one, and nothing else is asked.
    private let exact: [UInt8]
    /// Its size, -1 where the rule must be asked.
    private let exactSize: Int
    let hasLabels: Bool

    init(_ rule: FieldRule) {
        self.rule = rule
        exact = rule.exactName ?? []
        exactSize = rule.exactName?.count ?? -1
        hasLabels = rule.hasLabels
    }

    @inline(__always)
    func takes(
        _ field: FieldList.Field, of list: borrowing FieldList, captures: inout [Range<Int>]
    ) -> Bool {
        if exactSize < 0 { return rule.takes(field, of: list, captures: &captures) }
        return field.name.size == exactSize && list.has(exact, at: field.name.range)
    }
}

/// The decoder of one profile. A class, since an array cannot hold a noncopyable scanner.
final class ProfileDecoder {
    let decoding: Decoding
    let rules: [SharedRule]
    let timeRule: TimeRule?
    /// What the scanner of JSON documents looks for.
    let places: DocumentPlaces
    /// Of formats that name their fields.
    var list = FieldList()
    /// Of layouts.
    var frames: FrameReader?
    /// Of LoRaWAN: one for all profiles.
    let uplinks: UplinkReader?
    /// Whether a reading or the sequence may want what the envelope says of the radio.
    let wantsRadioFields: Bool
    /// Of Sparkplug: likewise.
    let nodes: SparkplugNodes?
    /// The readings that a field of this message was for.
    var settledRules: [Bool]
    /// What JSON documents say of labels of readings whose places vary, and whose that is.
    var placedLabels: [UInt8] = []
    var placedLabelRanges: [Int: Range<Int>] = [:]
    /// What is within an encoding.
    var unwrapped: [UInt8] = []
    private var guardReader: GuardReader?
    /// What the braces of a pattern caught last.
    var captures: [Range<Int>] = []
    let sequenceRule: SequenceRule?
    var scanner: JSONScanner
    var wallClock: WallClock?
    var unescaped: [UInt8] = []
    /// For each reading with several fields to choose from, the place of the one that this message
    /// has.
    var chosenFields: [Int]

    // LIMIT: words are short; a longer string is no value.
    /// The longest string that is read as a value, in bytes.
    static var wordSizeMax: Int { 128 }

    init(_ profile: Profile, _ uplinks: UplinkReader?, _ nodes: SparkplugNodes?) {
        self.nodes = nodes
        wantsRadioFields =
            profile.sequence != nil
            || profile.rules.contains { $0.fields.contains(where: \.mayBeOfRadio) }
        decoding = profile.decoding
        settledRules = Array(repeating: false, count: profile.rules.count)
        chosenFields = Array(repeating: 0, count: profile.rules.count)
        self.uplinks = uplinks
        frames = profile.decoding.layout.map { FrameReader($0) }
        guardReader = profile.match.guard.isEmpty ? nil : GuardReader(profile.match.guard)
        rules = profile.rules.map { SharedRule($0) }
        timeRule = profile.time
        places = DocumentPlaces(profile)
        scanner = JSONScanner(JSONPlan(places.paths))
        if case .text(let zone?) = profile.time?.format { wallClock = WallClock(zone) }
        sequenceRule = profile.sequence
        unescaped.reserveCapacity(Self.wordSizeMax + 4)
    }

    func accepts(_ payload: Span<UInt8>) -> Bool {
        guardReader?.accepts(payload) ?? true
    }

    func decodeText(
        _ payload: Span<UInt8>, into message: inout DecodedMessage
    ) throws(DecodeFault) {
        let scalar: TextScalar
        do {
            scalar = try TextScalar(parsing: payload)
        } catch {
            throw DecodeFault(error, in: .text)
        }
        for index in rules.indices {
            switch scalar {
            case .empty: break
            case .number(let number):
                message.add(rules[index].rule.outcome(of: number), of: .number(number), at: index)
            case .word(let start, let end):
                let outcome = rules[index].rule.outcome(of: payload.extracting(start..<end))
                if outcome == .unreadable { throw .badText(offset: start) }
                let word = JSONField.string(start: start, end: end, hasEscapes: false)
                message.add(outcome, of: word, at: index)
            }
        }
    }
}
