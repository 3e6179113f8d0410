import DeviceProfiles
import StrictYAML
import Telemetry

/// A profile's text from the parts that a test varies.
func profileText(
    name: String = "p", match: String = "{ topic: 'town/{site}/meter/{device}' }",
    decode: String = "json", extra: String = "", readings: String, tests: String? = nil
) -> String {
    let example = "  - { topic: town/a/meter/b, payload: '{}', expect: {} }"
    return """
        profile: \(name)
        title: { en: A meter, fr: Un compteur }
        source: made up
        match: \(match)
        decode: \(decode)
        \(extra)
        readings:
        \(readings)
        tests:
        \(tests ?? example)
        """
}

func profileSet(_ text: String) throws -> ProfileSet {
    try ProfileSet(parsing: [("devices/p.yaml", text)])
}

/// The printed faults of a profile, empty where it has none.
func faults(_ text: String) -> [String] {
    faults([("devices/p.yaml", text)])
}

func faults(_ files: [(name: String, text: String)]) -> [String] {
    do {
        _ = try ProfileSet(parsing: files)
        return []
    } catch {
        return error.description.split(separator: "\n").map(String.init)
    }
}

/// What a message came to, in a form that tests can compare.
struct Decoded: Equatable {
    var values: [Int: String] = [:]
    var time: Int64 = 0
    var timeLimits = TimeLimits(futureMax: 0, pastMax: nil)
    var quality = ReadingQuality()
    var implausible = 0
    var unreadable = 0

    static let arrival: Int64 = 1_773_299_745_787

    init(
        _ set: ProfileSet, _ payload: [UInt8], profile: Int = 0, arrival: Int64? = Self.arrival
    ) throws(DecodeFault) {
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        try decoder.decode(
            profile: profile, payload: payload.span, arrival: arrival, into: &message)
        for reading in message.readings {
            values[Int(reading.readingIndex)] = reading.value.description
        }
        time = message.time
        timeLimits = message.timeLimits
        quality = message.quality
        implausible = message.implausibleCount
        unreadable = message.unreadableCount
    }

    init(
        _ set: ProfileSet, _ payload: String, profile: Int = 0, arrival: Int64? = Self.arrival
    ) throws(DecodeFault) {
        try self.init(set, Array(payload.utf8), profile: profile, arrival: arrival)
    }
}

extension MessageDecoder {
    /// Reads a message whose topic says nothing of the device.
    mutating func decode(
        profile: Int, payload: Span<UInt8>, arrival: Int64?, into message: inout DecodedMessage
    ) throws(DecodeFault) {
        let topic: [UInt8] = []
        try decode(
            profile: profile, topic: topic.span, payload: payload, arrival: arrival,
            into: &message)
    }
}

/// What the profile that takes a message makes of it, with the device; nil where none does.
func decoded(
    _ set: ProfileSet, _ topic: String, _ payload: [UInt8], arrival: Int64
) throws -> (match: DeviceMatch, message: DecodedMessage)? {
    var decoder = MessageDecoder(set)
    var message = DecodedMessage()
    let bytes = Array(topic.utf8)
    let matches = set.matches(topic: bytes.span)
    let match = matches.first { decoder.accepts(profile: $0.profileIndex, payload: payload.span) }
    guard let match else { return nil }
    try decoder.decode(
        profile: match.profileIndex, topic: bytes.span, payload: payload.span, arrival: arrival,
        into: &message)
    return (match, message)
}

/// `series value` for each reading of a message, with ` @time` where it is not that of the arrival,
/// and `dropped: n` where parts could not be read.
func readings(
    _ set: ProfileSet, _ topic: String, _ payload: [UInt8]
) throws -> [String] {
    guard
        let (match, message) = try decoded(set, topic, payload, arrival: Decoded.arrival)
    else { return ["no profile"] }
    let lines = message.readings.map { reading in
        let time = reading.time == Decoded.arrival ? "" : " @\(reading.time)"
        return "\(match.series(of: reading, in: message).key) \(reading.value)\(time)"
    }
    return message.unreadableCount == 0 ? lines : lines + ["dropped: \(message.unreadableCount)"]
}

/// The bytes of hexadecimal digits.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(digits.dropFirst($0).prefix(2), radix: 16)
    }
}
