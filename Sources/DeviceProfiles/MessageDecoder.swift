import PayloadDecoding
import Telemetry

/// Reads the messages of all profiles, one after the other, on one thread.
///
/// It holds what the scans of every profile need, so that a message allocates nothing. Times on the
/// wall clock of a zone ask Foundation for the zone's rules once a day, and on the days around a
/// change of the clocks for each message.
public struct MessageDecoder: ~Copyable {
    private let profiles: [ProfileDecoder]

    /// A decoder for the profiles of a set, by the places that they have there.
    public init(_ set: ProfileSet) {
        self.init(profiles: set.profiles)
    }

    init(profiles: [Profile]) {
        let uplinks = profiles.contains { $0.decoding.isLoRaWAN } ? UplinkReader() : nil
        self.profiles = profiles.map { ProfileDecoder($0, uplinks) }
    }

    /// Whether a profile takes a message of its topics: where it asks payloads, by `where` or the
    /// model of a LoRaWAN device, whether this one says what it wants.
    public mutating func accepts(profile: Int, payload: Span<UInt8>) -> Bool {
        profiles[profile].accepts(payload)
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

    init(_ rule: ReadingRule) { self.rule = rule }
}

/// The decoder of one profile. A class, since an array cannot hold a noncopyable scanner.
final class ProfileDecoder {
    let decoding: Decoding
    let rules: [SharedRule]
    let timeRule: TimeRule?
    /// The readings of a JSON document whose place is known, in the order of the scanner's fields.
    private let placedRules: [Int]
    /// Of formats that name their fields.
    var list = FieldList()
    /// Of layouts.
    var frames: FrameReader?
    /// Of LoRaWAN: one for all profiles.
    let uplinks: UplinkReader?
    /// The readings that a field of this message was for.
    var settledRules: [Bool]
    /// What is within an encoding.
    var unwrapped: [UInt8] = []
    private var guardReader: GuardReader?
    /// What the braces of a pattern caught last.
    var captures: [Range<Int>] = []
    let sequenceRule: SequenceRule?
    /// The scanner's field of the sequence: the last one.
    private let sequenceField: Int
    private var scanner: JSONScanner
    private var wallClock: WallClock?
    private var unescaped: [UInt8] = []

    // LIMIT: words are short; a longer string is no value.
    /// The longest string that is read as a value, in bytes.
    private static var wordSizeMax: Int { 128 }

    init(_ profile: Profile, _ uplinks: UplinkReader?) {
        decoding = profile.decoding
        settledRules = Array(repeating: false, count: profile.rules.count)
        self.uplinks = uplinks
        frames = profile.decoding.layout.map { FrameReader($0) }
        guardReader = profile.match.guard.isEmpty ? nil : GuardReader(profile.match.guard)
        rules = profile.rules.map { SharedRule($0) }
        timeRule = profile.time
        var paths = profile.rules.compactMap(\.path)
        placedRules = profile.rules.indices.filter { profile.rules[$0].path != nil }
        if let time = profile.time {
            // Behind the readings: the field after the last of theirs.
            paths.append(time.path)
            if case .text(let zone?) = time.format { wallClock = WallClock(zone) }
        }
        sequenceRule = profile.sequence
        sequenceField = paths.count
        if case .path(let path) = profile.sequence?.source { paths.append(path) }
        scanner = JSONScanner(JSONPlan(paths))
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

    func decodeJSON(
        _ payload: Span<UInt8>, arrival: Int64?, into message: inout DecodedMessage
    ) throws(DecodeFault) {
        do {
            try scanner.scan(payload)
        } catch {
            throw DecodeFault(error, in: .json)
        }
        setTime(payload, arrival: arrival, of: &message)
        for (field, index) in placedRules.enumerated() {
            let field = scanner[field]
            message.add(outcome(of: field, rules[index], payload), of: field, at: index)
        }
        if placedRules.count < rules.count { try decodeVaryingPlaces(payload, into: &message) }
        if let sequenceRule {
            message.sequenceNumber = number(of: scanner[sequenceField], sequenceRule, payload)
        }
    }

    private func setTime(
        _ payload: Span<UInt8>, arrival: Int64?, of message: inout DecodedMessage
    ) {
        guard let rule = timeRule else { return }
        message.timeLimits = rule.limits
        let field = scanner[placedRules.count]
        let time = time(of: field, rule, payload, arrival: arrival)
        if let time, rule.isPlausible(time, arrival: arrival) {
            message.time = time
            message.quality = .deviceTime
            return
        }
        message.quality = .timeReplaced
        if field != .absent, field != .null {
            message.refusedTime = RefusedField(
                readingIndex: 0, field: field, isImplausible: time != nil)
        }
    }

    @inline(__always)
    private func outcome(
        of field: JSONField, _ shared: SharedRule, _ payload: Span<UInt8>
    ) -> ReadingRule.Outcome {
        switch field {
        case .absent, .null: return .nothing
        case .number(let number): return shared.rule.outcome(of: number)
        case .boolean(let boolean): return shared.rule.outcome(of: boolean)
        case .string(let start, let end, let hasEscapes):
            let text = payload.extracting(start..<end)
            guard hasEscapes else { return shared.rule.outcome(of: text) }
            guard unescapeJSON(text, into: &unescaped, sizeMax: Self.wordSizeMax) else {
                return .unreadable
            }
            let word = unescaped
            return shared.rule.outcome(of: word.span)
        case .hugeNumber, .object, .array: return .unreadable
        }
    }

    private func number(
        of field: JSONField, _ rule: SequenceRule, _ payload: Span<UInt8>
    ) -> Int64? {
        switch field {
        case .number(let number): return rule.number(number)
        case .string(let start, let end, hasEscapes: false):
            return Value(parsing: payload.extracting(start..<end)).flatMap { rule.number($0) }
        default: return nil
        }
    }

    /// The device's time, nil where it says none.
    private func time(
        of field: JSONField, _ rule: TimeRule, _ payload: Span<UInt8>, arrival: Int64?
    ) -> Int64? {
        switch (field, rule.format) {
        case (.number(let number), .epoch(let unitsPerSecond)):
            return number.milliseconds(unitsPerSecond: unitsPerSecond)
        case (.string(let start, let end, let hasEscapes), _):
            let text = payload.extracting(start..<end)
            guard hasEscapes else { return time(ofText: text, rule.format, arrival: arrival) }
            // .NET writes the plus of an offset as an escape.
            guard unescapeJSON(text, into: &unescaped, sizeMax: Self.wordSizeMax) else {
                return nil
            }
            let word = unescaped
            return time(ofText: word.span, rule.format, arrival: arrival)
        default:
            return nil
        }
    }

    private func time(
        ofText text: Span<UInt8>, _ format: TimeRule.Format, arrival: Int64?
    ) -> Int64? {
        switch format {
        case .epoch(let unitsPerSecond):
            return Value(parsing: text)?.milliseconds(unitsPerSecond: unitsPerSecond)
        case .text:
            guard let time = CivilTimestamp(parsing: text) else { return nil }
            // Of a time that the clocks show twice the first, where nobody knows when it came.
            return time.instant
                ?? wallClock?.instant(of: time.wallClock, near: arrival ?? .min / 2)
        }
    }
}
