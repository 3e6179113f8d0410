import DeviceProfiles
import Testing

/// Devices that publish each value under a topic of its own.
struct ReadingTopicTests {
    private func text(match: String = "{ topic: 'mbmd/{device}' }", _ readings: String) -> String {
        profileText(
            match: match, decode: "text", readings: readings,
            tests: "  - { topic: mbmd/m1/Power, payload: '12.5', expect: { active_power: 12.5 } }")
    }

    private static let meter = """
          - { metric: active_power, topic: Power, unit: W, kind: gauge }
          - { metric: voltage, topic: "Voltage/L{phase}", unit: V, kind: gauge }
          - { metric: total, topic: Sum, labels: { part: import }, unit: kW.h, kind: counter }
          - { metric: extra, topic: "x/{rest...}", unit: "1", kind: gauge }
        """

    @Test func eachReadingHasItsTopic() throws {
        let set = try profileSet(text(Self.meter))
        #expect(
            set.subscriptions == [
                "mbmd/+/Power", "mbmd/+/Sum", "mbmd/+/Voltage/+", "mbmd/+/x/#",
            ])
        #expect(set.files.map(\.count) == [4])
        for (topic, expected) in [
            ("mbmd/m1/Power", #"active_power{device="m1"} 7"#),
            ("mbmd/m1/Voltage/L2", #"voltage{device="m1",phase="2"} 7"#),
            ("mbmd/m1/Sum", #"total{device="m1",part="import"} 7"#),
            ("mbmd/m1/x/a/b", #"extra{device="m1",rest="a/b"} 7"#),
            ("mbmd/m1/Voltage/L", "no profile"), ("mbmd/m1/Voltage/K1", "no profile"),
            ("mbmd/m1", "no profile"), ("mbmd/m1/Power/x", "no profile"),
        ] {
            #expect(try readings(set, topic, Array("7".utf8)) == [expected], "\(topic)")
        }
        // All are of one device.
        let names = ["mbmd/m1/Power", "mbmd/m1/Voltage/L2", "mbmd/m1/x/a/b"].map { topic in
            set.match(topic: Array(topic.utf8).span)?.device
        }
        #expect(names == ["m1", "m1", "m1"])
    }

    /// An example is of the most exact of the topics, wherever that stands.
    @Test func examplesAreOfTheMostExactTopic() throws {
        let text = profileText(
            match: "{ topic: 'd' }", decode: "text",
            readings: """
                  - { metric: temperature, topic: "{place}_temperature", unit: Cel, kind: gauge }
                  - { metric: back, topic: return_temperature, unit: Cel, kind: gauge }
                """,
            tests: "  - { topic: d/return_temperature, payload: '40', expect: { back: 40 } }")
        #expect(faults(text) == [])
    }

    @Test func levelsMayBeCaughtInPart() throws {
        let set = try profileSet(
            profileText(
                match: "{ topic: '{device}/status/em:{channel}' }",
                readings: "  - { metric: v, from: $.v, unit: '1', kind: gauge }",
                tests: "  - { topic: 'a/status/em:0', payload: '{\"v\":1}', expect: { v: 1 } }"))
        let payload = Array(#"{"v":1}"#.utf8)
        #expect(
            try readings(set, "a/status/em:12", payload) == [#"v{channel="12",device="a"} 1"#])
        for topic in ["a/status/em:", "a/status/em1:0", "a/status/switch:0"] {
            #expect(try readings(set, topic, payload) == ["no profile"])
        }
    }

    /// Two that begin differently have no topic in common, though they are one to the broker.
    @Test func partsTellTopicsApart() {
        func file(_ name: String, _ level: String, metric: String) -> (name: String, text: String) {
            (
                "devices/\(name).yaml",
                profileText(
                    name: name, match: "{ topic: 't/\(level)' }",
                    readings: "  - { metric: \(metric), from: $.v, unit: '1', kind: gauge }",
                    tests:
                        "  - { topic: 't/\(level.replacing("{n}", with: "7"))', payload: '', expect: {} }"
                )
            )
        }
        #expect(faults([file("a", "em:{n}", metric: "a"), file("b", "pm:{n}", metric: "b")]) == [])
        #expect(
            faults([file("a", "em:{n}", metric: "a"), file("b", "em{n}", metric: "b")]).count == 1)
        // An exact one goes before one in part, and that before any.
        #expect(
            faults([
                file("a", "em:{n}", metric: "a"), file("b", "em:1", metric: "b"),
                file("c", "{n}", metric: "c"),
            ]) == [])
    }

    @Test func mistakesAreNamed() {
        let twice = text(
            """
              - { metric: active_power, topic: Power, unit: W, kind: gauge }
              - { metric: b, topic: Power, unit: W, kind: gauge }
              - { metric: c, topic: "a+", unit: W, kind: gauge }
              - { metric: d, topic: "{device}", unit: W, kind: gauge }
              - { metric: active_power, topic: Else, unit: W, kind: gauge }
            """)
        let lines = faults(twice)
        for expected in [
            "a text has one reading only; give each reading a 'topic' of its own",
            "topic a+ has a wildcard", "label 'device' is already set by the topic",
            "a second reading active_power",
        ] {
            #expect(lines.contains { $0.contains(expected) }, "\(expected) in \(lines)")
        }
        let endless = text(
            match: "{ topic: 'mbmd/{rest...}' }",
            "  - { metric: active_power, topic: Power, unit: W, kind: gauge }")
        #expect(faults(endless).contains { $0.contains("cannot go on with 'Power'") })
        // A test whose topic is none of theirs.
        let lost = Self.meter + "\n"
        let other = text(lost).replacing("mbmd/m1/Power,", with: "mbmd/m1/Other,")
        #expect(faults(other).first?.contains("the topic does not match") == true)
    }
}
