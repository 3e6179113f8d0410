import DeviceProfiles
import StrictYAML
import Testing

/// Why a field or a message is refused: which reading, where, what came, what was expected.
struct RefusalTextTests {
    private static let readings = """
          - { metric: level, from: $.a, unit: "1", kind: gauge }
          - { metric: heat, from: "$['b c']", unit: Cel, kind: gauge, scale: 0.1, valid: [-40, 60] }
          - metric: valve
            from: $.v
            unit: "1"
            kind: state
            labels: { part: top }
            map: { "off": 0, "on": 1 }
          - { metric: flow, from: $.f, unit: "1", kind: gauge, map: { none: 0 } }
        """

    private let set: ProfileSet
    private let profile: Profile

    init() throws {
        set = try profileSet(
            profileText(extra: "time: { from: $.t, epoch: ms }", readings: Self.readings))
        profile = set.profiles[0]
    }

    private func refusals(_ payload: String) throws -> [String] {
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let bytes = Array(payload.utf8)
        try decoder.decode(
            profile: 0, payload: bytes.span, arrival: Decoded.arrival, into: &message)
        return profile.refusalTexts(of: message, payload: bytes.span).map(\.description)
    }

    @Test(arguments: [
        (#"{"a":"high"}"#, "reading level from $.a: found the text 'high', expected a number"),
        (#"{"a":[1]}"#, "reading level from $.a: found a list, expected a number"),
        (#"{"a":{"x":1}}"#, "reading level from $.a: found an object, expected a number"),
        (#"{"a":true}"#, "reading level from $.a: found true, expected a number"),
        (
            #"{"b c":999}"#,
            "reading heat from $['b c']: found 999, which is 99.9 by 'scale' and 'offset', "
                + "expected -40 to 60 by 'valid'"
        ),
        (
            #"{"v":"ajar"}"#,
            #"reading valve{part="top"} from $.v: found the text 'ajar', "#
                + "expected a state of 'map': off, on"
        ),
        (
            #"{"v":7}"#,
            #"reading valve{part="top"} from $.v: found 7, expected a state of 'map': off, on"#
        ),
        (
            #"{"f":"much"}"#,
            "reading flow from $.f: found the text 'much', expected a number or a word of "
                + "'map': none"
        ),
        (
            #"{"t":"noon"}"#,
            "time from $.t: found the text 'noon', expected a number of 'epoch'; "
                + "the time of arrival counts"
        ),
        (
            #"{"t":12}"#,
            "time from $.t: found 12, expected a time from 2001 on, no further from the arrival "
                + "than 'max_future' and 'max_past' allow; the time of arrival counts"
        ),
    ])
    func eachFieldIsNamed(payload: String, text: String) throws {
        #expect(try refusals(payload) == [text])
    }

    /// All of a message at once, in the profile's order; what has no value is no refusal.
    @Test func everyRefusedFieldIsNamed() throws {
        let texts = try refusals(#"{"v":"x","a":"y","b c":null,"f":"unavailable","t":"z"}"#)
        let starts = texts.map { $0.prefix(13) }
        #expect(starts == ["reading level", "reading valve", "time from $.t"])
        #expect(try refusals(#"{"a":1,"b c":20,"v":"on","f":2}"#).isEmpty)
    }

    /// A message is what anybody may send: it commands no terminal and floods none.
    @Test func whatCameIsShownSafely() throws {
        let word = "\u{7F}\u{9B}31m" + String(repeating: "x", count: 90)
        let text = try #require(refusals("{\"a\":\"\(word)\"}").first)
        #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        #expect(text.contains("…'") && text.count < 120)
    }

    @Test(arguments: [
        (#"{"a":1"#, "the JSON ends after byte 6, before it is complete"),
        (#"{"a":x}"#, "no JSON from byte 5 on: 'x}'"),
        (#"{"a":1,"a":2}"#, #"a wanted key stands twice in its object, again at byte 7: '"a":2}'"#),
    ])
    func aRefusedMessageSaysWhere(payload: String, expected: String) throws {
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let bytes = Array(payload.utf8)
        do throws(DecodeFault) {
            try decoder.decode(profile: 0, payload: bytes.span, arrival: 0, into: &message)
            Issue.record("the message is accepted")
        } catch {
            let text = profile.refusalText(of: error, payload: bytes.span)
            #expect(text.description == expected)
        }
    }

    @Test func aRefusedTextNamesTheReading() throws {
        let set = try profileSet(
            profileText(
                decode: "text",
                readings: "  - { metric: level, unit: \"1\", kind: gauge, map: { low: 1 } }",
                tests: "  - { topic: town/a/meter/b, payload: '3', expect: { level: 3 } }"))
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let bytes = Array("high".utf8)
        let fault = #expect(throws: DecodeFault.self) {
            try decoder.decode(profile: 0, payload: bytes.span, arrival: 0, into: &message)
        }
        let text = set.profiles[0].refusalText(of: try #require(fault), payload: bytes.span)
        #expect(
            text.description == "reading level from the payload: found the text 'high', "
                + "expected a number or a word of 'map': low")
    }
}
