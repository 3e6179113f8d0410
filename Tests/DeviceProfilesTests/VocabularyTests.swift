import DeviceProfiles
import Telemetry
import Testing

/// `metrics.yaml`: one name, kind and unit for each thing that a town measures.
struct VocabularyTests {
    private static let vocabulary = """
        temperature: { kind: gauge, unit: Cel, range: [-60, 150], title: { en: Temperature, fr: Température } }
        energy: { kind: counter, unit: kW.h, units: [W.h], range: [0, 1000000], title: { en: Energy, fr: Énergie } }
        contact: { kind: state, unit: "1", states: { 0: closed, 1: open }, title: { en: Contact, fr: Contact } }
        """

    private func files(_ readings: String, vocabulary: String = Self.vocabulary)
        -> [(name: String, text: String)]
    {
        [
            ("devices/metrics.yaml", vocabulary),
            (
                "devices/p.yaml",
                profileText(
                    match: "{ topic: d }", readings: readings,
                    tests: "  - { topic: d, payload: '{}', expect: {} }")
            ),
        ]
    }

    private func read(_ list: String, _ payload: String) throws -> [String] {
        try readings(ProfileSet(parsing: files(list)), "d", Array(payload.utf8))
    }

    /// Kind, unit and range need not be said again.
    @Test func readingsTakeWhatTheVocabularySays() throws {
        let list = """
              - { metric: temperature, from: $.t }
              - { metric: energy, from: $.e, from_unit: MW.h }
              - { metric: energy, from: $.w, unit: W.h, labels: { part: w } }
            """
        let set = try ProfileSet(parsing: files(list))
        let readings = set.profiles[0].readings
        #expect(readings.map(\.unit) == ["Cel", "kW.h", "W.h"])
        #expect(readings.map(\.kind) == [.gauge, .counter, .counter])
        #expect(try read(list, #"{"t":21.5,"e":0.5}"#) == ["temperature 21.5", "energy 500"])
        // What is plausible is so in the stored unit, whichever that is.
        #expect(
            try read(list, #"{"t":3000,"e":1001,"w":1000000000}"#)
                == [
                    #"energy{part="w"} 1000000000"#, "dropped: 0",
                ].filter { $0 != "dropped: 0" })
        #expect(try read(list, #"{"w":1000000001}"#) == [])
        // A reading's own range goes before.
        let own = "  - { metric: temperature, from: $.t, valid: [0, 5000] }"
        #expect(try read(own, #"{"t":3000}"#) == ["temperature 3000"])
    }

    @Test func statesHaveTheVocabularysNames() throws {
        let list = "  - { metric: contact, from: $.c, map: { 'true': 0, 'false': 1, zu: 0 } }"
        let set = try ProfileSet(parsing: files(list))
        let match = set.match(topic: Array("d".utf8).span)
        #expect(match?.series.first?.states == [0: "closed", 1: "open"])
        #expect(try read(list, #"{"c":"zu"}"#) == ["contact 0"])
    }

    @Test func whatDisagreesIsRefused() {
        for (list, expected) in [
            (
                "{ metric: temprature, from: $.t }",
                "the metric 'temprature' is not in metrics.yaml; write temperature, or add it there"
            ),
            (
                "{ metric: vibration, from: $.t, unit: '1', kind: gauge }",
                "is not in metrics.yaml; add it there, with its kind, unit, range and titles"
            ),
            (
                "{ metric: temperature, from: $.t, unit: K }",
                "'temperature' is stored in Cel, not in 'K'; write that, and 'from_unit'"
            ),
            (
                "{ metric: energy, from: $.t, kind: gauge }",
                "'energy' is of the kind counter in metrics.yaml"
            ),
            (
                "{ metric: contact, from: $.t, map: { a: 2 } }",
                "'contact' has no state 2 in metrics.yaml; known are 0 closed, 1 open"
            ),
        ] {
            let lines = faults(files("  - " + list))
            #expect(lines.contains { $0.contains(expected) }, "\(expected) in \(lines)")
        }
    }

    @Test func mistakesOfTheVocabularyAreNamed() {
        let vocabulary = """
            a: { kind: gage, unit: kWh, title: { en: A } }
            b: { kind: gauge, unit: W, range: [2, 1], title: { en: B, fr: B }, rage: 1 }
            c: { kind: state, unit: "1", states: { x: y }, title: { en: C, fr: C } }
            """
        let lines = faults(
            files("  - { metric: b, from: $.b, unit: W, kind: gauge }", vocabulary: vocabulary))
        for expected in [
            "metrics.yaml:1: 'kind' in a metric must be", "metrics.yaml:1: 'kWh' is no UCUM code",
            "metrics.yaml:1: a metric needs a title in English (en) and French (fr)",
            "metrics.yaml:2: 'range' must be", "metrics.yaml:2: unknown key 'rage'",
            "metrics.yaml:3: 'states' must be whole numbers with their names",
        ] {
            #expect(lines.contains { $0.contains(expected) }, "\(expected) in \(lines)")
        }
    }
}
