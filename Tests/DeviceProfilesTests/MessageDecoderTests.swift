import DeviceProfiles
import Telemetry
import Testing

/// What payloads come to under each construct of the language.
struct MessageDecoderTests {
    /// One JSON message with the member `v` under a reading with extra keys.
    private func decode(_ keys: String, _ value: String) throws -> Decoded {
        let kind = keys.contains("kind:") ? "" : "kind: gauge, "
        let set = try profileSet(
            profileText(
                readings: "  - { metric: m, from: $.v, unit: W, \(kind)\(keys) }"))
        return try Decoded(set, "{\"v\":\(value)}")
    }

    private func text(_ keys: String, _ payload: String) throws -> Decoded {
        let kind = keys.contains("kind:") ? "" : "kind: gauge, "
        let set = try profileSet(
            profileText(
                decode: "text", readings: "  - { metric: m, unit: W, \(kind)\(keys) }",
                tests: "  - { topic: town/a/meter/b, payload: '', expect: {} }"))
        return try Decoded(set, payload)
    }

    @Test(arguments: [
        ("", "12.30", "12.3"), ("", "\"12.30\"", "12.3"), ("", "\"1\\u0032\"", "12"),
        ("scale: 0.1", "123", "12.3"), ("scale: 0.1", "0.3", "0.03"),
        ("scale: -1000", "1.5", "-1500"),
        ("offset: -273.15", "300", "26.85"), ("scale: 0.01, offset: -40", "6150", "21.5"),
        ("scale: 1e-18", "1e-18", "1e-36"),
        ("scale: 10", "9223372036854775807", "9.223372036854776e+19"),
        ("scale: 0.1", "9223372036854775807", "922337203685477580.7"),
        ("scale: 10.00", "92233720368547758.07", "922337203685477580.7"),
        ("valid: [0, 100]", "0", "0"), ("valid: [0, 100]", "100.0", "100"),
        ("map: { low: 1.5, high: 3 }", "\"low\"", "1.5"), ("map: { low: 1, \"7\": 70 }", "7", "70"),
        ("map: { \"true\": 1, \"false\": 0 }", "true", "1"),
        ("map: { \"true\": 1, \"false\": 0 }", "\"false\"", "0"),
        ("map: { préau: 4 }", "\"pr\\u00e9au\"", "4"), ("map: { unknown: 5 }", "\"unknown\"", "5"),
        ("map: { low: 1 }, scale: 10", "\"low\"", "1"), ("no_value: [999]", "998", "998"),
        ("kind: state, map: { \"OFF\": 0, \"ON\": 1 }", "\"ON\"", "1"),
        ("kind: state, map: { \"OFF\": 0, \"ON\": 1 }", "1.0", "1"),
        ("kind: state, map: { \"false\": 0, \"true\": 1 }", "true", "1"),
    ])
    func values(keys: String, payload: String, expected: String) throws {
        let decoded = try decode(keys, payload)
        #expect(decoded.values == [0: expected])
        #expect(decoded.unreadable == 0 && decoded.implausible == 0)
    }

    /// The numbers of messages are whole and below their modulus; what is none is no fault.
    @Test(
        arguments: [
            ("7", 7), ("\"7\"", 7), ("7.0", 7), ("0", 0), ("65535", 65_535), ("65536", nil),
            ("-1", nil), ("7.5", nil), ("null", nil), ("\"x\"", nil), ("1e300", nil), ("true", nil),
        ] as [(String, Int64?)])
    func numbersOfMessages(payload: String, expected: Int64?) throws {
        let set = try profileSet(
            profileText(
                extra: "time: { from: $.t, epoch: s }\n"
                    + "sequence: { from: $.up.n, modulus: 65536 }",
                readings: "  - { metric: m, from: $.v, unit: W, kind: gauge }"))
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        for (text, number) in [
            (#"{"v":1,"up":{"n":\#(payload)}}"#, expected), (#"{"v":1}"#, nil),
        ] {
            try decoder.decode(
                profile: 0, payload: Array(text.utf8).span, arrival: 0, into: &message)
            let found = message.sequenceNumber
            #expect(found == number)
            #expect(message.readings.count == 1 && message.unreadableCount == 0)
        }
    }

    @Test(arguments: [
        ("", "null"), ("", "\"\""), ("", "\"NaN\""), ("", "\"unavailable\""),
        ("no_value: [999, U]", "999"), ("no_value: [999, U]", "9.990e2"),
        ("no_value: [999, U]", "\"U\""), ("no_value: [999], scale: 0.1", "999"),
        ("no_value: [\"true\"]", "true"),
    ])
    func nothing(keys: String, payload: String) throws {
        let decoded = try decode(keys, payload)
        #expect(decoded.values.isEmpty && decoded.unreadable == 0 && decoded.implausible == 0)
    }

    @Test(arguments: [
        ("", "true"), ("", "\"on\""), ("", "{}"), ("", "[1]"), ("", "1e400"), ("", "\"0x1F\""),
        ("", "\"21,5\""), ("", "\"100.00%\""), ("map: { \"ON\": 1 }", "\"on\""),
        ("kind: state, map: { \"OFF\": 0, \"ON\": 1 }", "2"),
        ("kind: state, map: { \"OFF\": 0, \"ON\": 1 }", "0.5"),
        ("kind: state, map: { \"OFF\": 0, \"ON\": 1 }", "1e300"), ("scale: 1e300", "1e300"),
    ])
    func unreadable(keys: String, payload: String) throws {
        let decoded = try decode(keys, payload)
        #expect(decoded.values.isEmpty && decoded.unreadable == 1 && decoded.implausible == 0)
    }

    @Test(arguments: ["-0.001", "100.001", "1e300", "-1e300"])
    func implausible(payload: String) throws {
        let decoded = try decode("valid: [0, 100]", payload)
        #expect(decoded.values.isEmpty && decoded.implausible == 1 && decoded.unreadable == 0)
    }

    @Test func oneBadFieldLeavesTheOthers() throws {
        let set = try profileSet(
            profileText(
                readings: """
                      - { metric: a, from: $.a, unit: W, kind: gauge }
                      - { metric: b, from: $.b, unit: W, kind: gauge, valid: [0, 1] }
                      - { metric: c, from: $.c, unit: W, kind: gauge }
                    """))
        let decoded = try Decoded(set, #"{"a":"x","b":2,"c":3}"#)
        #expect(decoded.values == [2: "3"])
        #expect(decoded.unreadable == 1 && decoded.implausible == 1)
        #expect(throws: DecodeFault.badJSON(offset: 19)) {
            try Decoded(set, #"{"a":1,"b":1,"c":1,}"#)
        }
        #expect(throws: DecodeFault.duplicateKey(offset: 7)) { try Decoded(set, #"{"a":1,"a":1}"#) }
        #expect(try Decoded(set, "").values.isEmpty)
    }

    @Test func aRefusedMessageHasNothing() throws {
        let set = try profileSet(
            profileText(
                decode: "text", readings: "  - { metric: m, unit: W, kind: gauge }",
                tests: "  - { topic: town/a/meter/b, payload: '', expect: {} }"))
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let good = Array("21.5".utf8)
        try decoder.decode(profile: 0, payload: good.span, arrival: 7, into: &message)
        #expect(message.readings.count == 1)
        let bad = Array("21,5".utf8)
        do {
            try decoder.decode(profile: 0, payload: bad.span, arrival: 8, into: &message)
            Issue.record("a decimal comma was accepted")
        } catch {
            #expect(error == .badText(offset: 0))
        }
        #expect(message.readings.isEmpty && message.time == 8)
    }

    @Test func texts() throws {
        #expect(try text("scale: 0.1", "215\0").values == [0: "21.5"])
        #expect(try text("map: { \"ON\": 1 }", " ON\n").values == [0: "1"])
        #expect(try text("map: { \"0\": 5 }", "0").values == [0: "5"])
        for nothing in ["", "nan", "inf", "nan(0x7ff)", "unavailable", "\0"] {
            let decoded = try text("", nothing)
            #expect(decoded.values.isEmpty && decoded.unreadable == 0, "\(nothing)")
        }
        for refused in ["0x1F", "21,5", "1_000", "21.5 °C", "{", "ON"] {
            #expect(throws: DecodeFault.badText(offset: 0)) { try text("", refused) }
        }
        #expect(throws: DecodeFault.tooLarge(size: 100)) {
            try text("", String(repeating: "1", count: 100))
        }
        #expect(try text("kind: state, map: { \"OFF\": 0 }", "7").unreadable == 1)
    }

    @Test func faultsHaveStableNames() {
        let faults: [DecodeFault] = [
            .badJSON(offset: 0), .badUTF8(offset: 0), .duplicateKey(offset: 0), .tooDeep(offset: 0),
            .badText(offset: 0), .tooLarge(size: 0),
        ]
        #expect(
            faults.map(\.code) == [
                "bad_json", "bad_utf8", "duplicate_key", "too_deep", "bad_text", "too_large",
            ])
    }
}
