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
