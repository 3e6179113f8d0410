import DeviceProfiles
import StrictYAML
import Telemetry
import Testing

/// Formats that name their values: which become readings, and with which labels.
struct NamedFieldTests {
    private func set(_ readings: String, extra: String = "") throws -> ProfileSet {
        try profileSet(text(readings, extra: extra))
    }

    private func text(_ readings: String, extra: String = "") -> String {
        profileText(
            match: "{ topic: 'telegraf/{host}' }", decode: "influx", extra: extra,
            readings: readings,
            tests: "  - { topic: telegraf/a, payload: '', expect: {} }")
    }

    /// `series value time` for each reading, in the payload's order.
    private func read(_ readings: String, _ payload: String) throws -> [String] {
        let set = try set(readings)
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let topic = Array("telegraf/a".utf8)
        let found = set.match(topic: topic.span)
        let match = try #require(found)
        try decoder.decode(
            profile: 0, payload: Array(payload.utf8).span, arrival: Decoded.arrival, into: &message)
        return message.readings.map { reading in
            let time = reading.time == Decoded.arrival ? "" : " @\(reading.time)"
            return "\(match.series(of: reading, in: message).key) \(reading.value)\(time)"
        }
    }

    @Test func patternsAndLabelsChooseFields() throws {
        let readings = """
              - { metric: rx, from: "net.{port}_rx", unit: By, kind: gauge }
              - { metric: load, from: cpu.load, labels: { core: "{cpu}", place: rack }, unit: "1", kind: gauge }
              - { metric: idle, from: cpu.idle, where: { cpu: total }, unit: "%", kind: gauge }
            """
        let payload = """
            net eth0_rx=1,eth_1_rx=2,_rx=3,eth0_tx=4 1773299700000000000
            cpu,cpu=c0 load=0.5,idle=9
            cpu,cpu=total load=1.5,idle=8 1773299701000000000
            disk free=1
            """
        #expect(
            try read(readings, payload) == [
                #"rx{host="a",port="eth0"} 1 @1773299700000"#,
                #"rx{host="a",port="eth_1"} 2 @1773299700000"#,
                #"load{core="c0",host="a",place="rack"} 0.5"#,
                #"load{core="total",host="a",place="rack"} 1.5 @1773299701000"#,
                #"idle{host="a"} 8 @1773299701000"#,
            ])
    }

    /// A time that cannot be true is replaced for its own value only.
    @Test func timesAreEachTheirOwn() throws {
        let readings = "  - { metric: v, from: m.v, labels: { n: '{n}' }, unit: '1', kind: gauge }"
        let payload = """
            m,n=a v=1 0
            m,n=b v=2 1773299701000000000
            m,n=c v=3 4102444800000000000
            """
        #expect(
            try read(readings, payload) == [
                #"v{host="a",n="a"} 1"#, #"v{host="a",n="b"} 2 @1773299701000"#,
                #"v{host="a",n="c"} 3"#,
            ])
    }

    /// Values that are none are counted, and a label that is missing, long or no text as well.
    @Test func whatIsNoReadingIsCounted() throws {
        let set = try set(
            "  - { metric: v, from: m.v, labels: { n: '{n}' }, unit: '1', kind: gauge, valid: [0, 9] }"
        )
        let long = String(repeating: "n", count: 129)
        let payload = """
            m,n=a v=1,w=2
            m,n=a v="word"
            m,n=a v=10
            m,n=a v=NaN
            m v=1
            m,n=\(long) v=1
            m,n=a\u{7}b v=1
            """
        let decoded = try Decoded(set, payload)
        #expect(decoded.values == [0: "1"])
        #expect(decoded.unreadable == 4 && decoded.implausible == 1)
    }

    @Test func aPayloadOfAnotherFormatIsRefused() throws {
        let set = try set("  - { metric: v, from: m.v, unit: '1', kind: gauge }")
        #expect(throws: DecodeFault.badPayload(offset: 3)) { try Decoded(set, "m v") }
        #expect(try Decoded(set, "").values == [:])
    }

    @Test(
        arguments: [
            ("  - { metric: v, from: '', unit: '1', kind: gauge }", "", "is no name of a field"),
            ("  - { metric: v, from: 'a{b', unit: '1', kind: gauge }", "", "is no name of a field"),
            (
                "  - { metric: v, from: '{a}{b}', unit: '1', kind: gauge }", "",
                "is no name of a field"
            ),
            ("  - { metric: v, unit: '1', kind: gauge }", "", "from"),
            ("  - { metric: v, from: 'm.{host}', unit: '1', kind: gauge }", "", "set by the topic"),
            (
                "  - { metric: v, from: m.v, unit: '1', kind: gauge }",
                "time: { from: $.t, epoch: s }",
                "have their times with them"
            ),
            (
                "  - { metric: v, from: m.v, unit: '1', kind: gauge }", "sequence: { from: $.n }",
                "no number of its message"
            ),
        ] as [(String, String, String)])
    func mistakesAreNamed(readings: String, extra: String, expected: String) {
        let found = faults(text(readings, extra: extra))
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }
}

/// JSON documents in which names vary.
struct JSONFieldTests {
    private func read(_ readings: String, _ payload: String) throws -> [String] {
        let set = try profileSet(
            profileText(extra: "time: { from: $.t, epoch: s }", readings: readings))
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let topic = Array("town/a/meter/b".utf8)
        let found = set.match(topic: topic.span)
        let match = try #require(found)
        try decoder.decode(
            profile: 0, payload: Array(payload.utf8).span, arrival: Decoded.arrival, into: &message)
        return message.readings.map { reading in
            let labels = match.series(of: reading, in: message).key.labels
                .filter { $0.name != "site" && $0.name != "device" }
                .map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            let metric = match.series[Int(reading.readingIndex)].key.metric
            return "\(metric)[\(labels)] \(reading.value) @\(reading.time / 1000)"
        }
    }

    /// Readings whose place is known and those whose place varies have the message's time.
    @Test func namesOfObjectsBecomeLabels() throws {
        let readings = """
              - { metric: temperature, from: "$.{sensor}.Temperature", unit: Cel, kind: gauge }
              - { metric: power, from: "$.E.P[{phase}]", unit: W, kind: gauge }
              - { metric: total, from: $.E.T, unit: kW.h, kind: counter }
              - { metric: door, from: "$.doors.{door}", unit: "1", kind: state, map: { "shut": 0, "open": 1 } }
            """
        let payload = """
            {"t":1773299700,"A\\u0042-1":{"Temperature":21.5,"x":{"Temperature":99}},
            "C.D":{"Temperature":1},"E":{"P":[1,2.5,null],"T":7},"doors":{"a":"open","b":"shut"},
            "n":{"m":{"Temperature":5}}}
            """
        #expect(
            try read(readings, payload) == [
                "total[] 7 @1773299700", "temperature[sensor=AB-1] 21.5 @1773299700",
                "power[phase=0] 1 @1773299700", "power[phase=1] 2.5 @1773299700",
                "door[door=a] 1 @1773299700", "door[door=b] 0 @1773299700",
            ])
    }

    /// What the message says in a place that varies and is no value is counted and named.
    @Test func whatIsNoValueIsNamed() throws {
        let set = try profileSet(
            profileText(
                readings:
                    "  - { metric: t, from: '$.{s}.T', unit: Cel, kind: gauge, valid: [0, 50] }"))
        var decoder = MessageDecoder(set)
        var message = DecodedMessage()
        let payload = Array(#"{"a":{"T":"warm"},"b":{"T":51},"c":{"T":1}}"#.utf8)
        try decoder.decode(profile: 0, payload: payload.span, arrival: 0, into: &message)
        #expect(message.readings.count == 1)
        let texts = set.profiles[0].refusalTexts(of: message, payload: payload.span)
            .map(\.description)
        #expect(
            texts == [
                "reading t from $.{s}.T: found the text 'warm', expected a number",
                "reading t from $.{s}.T: found 51, expected 0 to 50 by 'valid'",
            ])
    }
}

/// Units that the device sends and others that are stored.
struct SourceUnitTests {
    @Test(
        arguments: [
            ("from_unit: kW.h, unit: W.h", "1.234", "1234"),
            ("from_unit: '[degF]', unit: Cel, valid: [-40, 85]", "68", "20"),
            ("from_unit: W.min, unit: W.h", "90", "1.5"),
            ("from_unit: mV, unit: V, scale: 10, offset: 5", "100", "1.005"),
        ] as [(String, String, String)])
    func valuesAreConverted(keys: String, sent: String, expected: String) throws {
        let set = try profileSet(
            profileText(readings: "  - { metric: a, from: $.a, kind: gauge, \(keys) }"))
        let decoded = try Decoded(set, "{\"a\":\(sent)}")
        let value = try #require(decoded.values[0].flatMap(Double.init))
        #expect(abs(value - (Double(expected) ?? 0)) < 1e-9)
    }

    @Test func otherDimensionsAreRefused() {
        let found = faults(
            profileText(
                readings: "  - { metric: a, from: $.a, kind: gauge, from_unit: W, unit: W.h }"))
        #expect(found.count == 1 && found[0].contains("converted into 'W.h'"), "\(found)")
    }
}

/// Examples of formats whose bytes are no text.
struct HexExampleTests {
    private func text(_ tests: String) -> String {
        profileText(
            match: "{ topic: 'lpp/{device}' }", decode: "cayenne-lpp",
            readings:
                "  - { metric: t, from: 'temperature_{c}', unit: Cel, kind: gauge }", tests: tests)
    }

    @Test func bytesAreWrittenInHexadecimal() throws {
        let good = text(
            "  - { topic: lpp/a, hex: '03 67 01 10 04 67 FF d7', expect: { 't{c=\"3\"}': 27.2, 't{c=\"4\"}': -4.1 } }"
        )
        #expect(faults(good) == [])
        let wrong = text("  - { topic: lpp/a, hex: '03670110', expect: { 't{c=\"3\"}': 27.3 } }")
        #expect(faults(wrong).count == 1)
    }

    @Test(arguments: ["hex: '0'", "hex: 'zz'", "hex: '00', payload: x", "hex: [1]"])
    func mistakesAreNamed(keys: String) {
        let found = faults(text("  - { topic: lpp/a, \(keys), expect: {} }"))
        #expect(found.count == 1 && found[0].contains("hex"), "\(found)")
    }
}
