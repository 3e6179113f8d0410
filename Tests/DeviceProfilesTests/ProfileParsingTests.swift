import DeviceProfiles
import Foundation
import StrictYAML
import Telemetry
import Testing

/// What a technician is told about a profile, and that good ones load.
struct ProfileParsingTests {
    private static let power = "  - { metric: power, from: $.p, unit: W, kind: gauge }"

    @Test func theRepositorysProfilesLoad() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let directory = root.appending(path: "devices").path
        let set = try ProfileSet.load(directory: directory)
        #expect(set.profiles.count >= 8)
        #expect(set.overlappingSubscriptions.isEmpty)
        for profile in set.profiles {
            #expect(profile.runTests().allSatisfy { $0.failure == nil })
        }
    }

    @Test func aProfileSaysWhatItReads() throws {
        let set = try profileSet(
            profileText(
                extra: "device: \"{site}-{device}\"",
                readings: """
                      - metric: power
                        from: $.p
                        unit: W
                        kind: gauge
                        weighting: time
                        labels: { phase: "1" }
                        step: raw
                        horizon: none
                      - metric: valve
                        from: $.v
                        unit: "1"
                        kind: state
                        map: { SHUT: 0, OPEN: 1 }
                      - metric: total
                        from: $.t
                        unit: kW.h
                        kind: counter
                        step: 15m
                        horizon: 7d
                        modulus: 1000000.0
                    """))
        let profile = set.profiles[0]
        #expect(profile.titles == ["en": "A meter", "fr": "Un compteur"])
        #expect(profile.subscriptionFilters == ["town/+/meter/+"])
        #expect(profile.readings.map(\.metric) == ["power", "valve", "total"])
        let topic = Array("town/mairie/meter/m1".utf8)
        let found = set.match(topic: topic.span)
        let match = try #require(found)
        #expect(match.device == "mairie-m1")
        #expect(
            match.series.map(\.key.description) == [
                #"power{device="m1",phase="1",site="mairie"}"#,
                #"valve{device="m1",site="mairie"}"#, #"total{device="m1",site="mairie"}"#,
            ])
        #expect(match.series.map(\.kind) == [.steppedGauge, .state, .counter])
        #expect(match.series.map(\.step) == [0, 60_000, 900_000])
        #expect(match.series.map(\.horizon) == [nil, 600_000, 604_800_000])
        #expect(match.series.map(\.modulus) == [nil, nil, Value(1_000_000)])
        #expect(match.series[1].states == [0: "SHUT", 1: "OPEN"])
    }

    @Test func everyMistakeHasItsLine() {
        let text = """
            profile: q
            titel: { en: A }
            match: { topic: a/+/b, exept: [x] }
            decode: xml
            time: { from: p, epoch: m, zone: UTC }
            readings:
              - { metrc: power, from: power, unit: °C, kind: gage }
              - { metric: 1st, from: $.p, unit: W, kind: counter, weighting: time }
              - { metric: a, from: $.a, unit: W, kind: state, scale: 0x1F, step: 7m, horizon: 8d }
              - { metric: b, from: $.b, unit: W, kind: gauge, valid: [9, 1], map: { ON: yes } }
              - { metric: c, from: $.c, unit: W, kind: gauge, modulus: 0 }
              - { metric: d, from: $.d, unit: W, kind: counter, modulus: 1e30 }
            tests: []
            """
        let lines = faults(text)
        for expected in [
            "devices/p.yaml:1: the profile's name 'q' is not that of its file; call it 'p'",
            "devices/p.yaml:1: a profile lacks the key 'title'; add it",
            "devices/p.yaml:1: a profile lacks the key 'source'; add it",
            "devices/p.yaml:2: unknown key 'titel' in a profile; known are profile, title, source, "
                + "match, decode, device, time, sequence, readings, tests",
            "devices/p.yaml:3: unknown key 'exept' in a match; known are topic, lorawan, sparkplug, where, except",
            "devices/p.yaml:3: topic a/+/b has a wildcard; write {name} for + and {name...} for #",
            "devices/p.yaml:4: 'decode' in a profile must be one of json, text, influx, senml, "
                + "senml-cbor, openmetrics, collectd, tic, cayenne-lpp, telegraf-json, telegraf, sparkplug",
            "devices/p.yaml:5: 'p' is no path; write it as in $.a.b[0] or $['a b']",
            "devices/p.yaml:5: 'epoch' in a time must be one of s, ms, us, ns",
            "devices/p.yaml:5: 'zone' goes with 'iso: true' only",
            "devices/p.yaml:7: unknown key 'metrc' in a reading; known are metric, from, unit, "
                + "kind, weighting, scale, offset, map, no_value, valid, modulus, labels, step, "
                + "horizon, where, from_unit, poly, suffix, decimal, topic",
            "devices/p.yaml:7: a reading lacks the key 'metric'; add it",
            "devices/p.yaml:7: '°C' is no UCUM code; write Cel",
            "devices/p.yaml:7: 'kind' in a reading must be one of gauge, counter, amount, state",
            "devices/p.yaml:8: 'weighting' goes with 'kind: gauge' only",
            "devices/p.yaml:9: '0x1F' is no decimal number",
            "devices/p.yaml:9: a state needs names for its numbers; add a map as in "
                + #"{ "OFF": 0, "ON": 1 }"#,
            "devices/p.yaml:9: 'step' must be 'raw' or a length that divides a day; write 1m, 15m, "
                + "1h or 1d",
            "devices/p.yaml:9: 'horizon' must be 'none' or a length of 7d at most",
            "devices/p.yaml:10: 'valid' must be the least and the greatest value",
            "devices/p.yaml:10: 'yes' is no decimal number",
            "devices/p.yaml:11: 'modulus' must be a decimal number above 0",
            "devices/p.yaml:11: 'modulus' goes with 'kind: counter' only",
            "devices/p.yaml:12: 'modulus' must be a decimal number above 0",
            "devices/p.yaml:13: a profile needs one test at least",
        ] {
            #expect(lines.contains(expected), "\(lines.joined(separator: "\n"))")
        }
    }

    @Test(arguments: [
        ("{ topic: 'a/{x}/{x}' }", "has the name 'x' twice"),
        ("{ topic: 'a/{x...}/b' }", "goes on after {name...}"),
        ("{ topic: 'a/b{x}{y}' }", "where a level is a literal, {name} or {name...}"),
        ("{ topic: 'a/{}' }", "where a level is a literal"),
        ("{ topic: a/b, except: ['a/#/b'] }", "'except' in a match must list MQTT filters"),
    ])
    func matchesAreChecked(match: String, message: String) {
        let lines = faults(profileText(match: match, readings: Self.power))
        #expect(
            lines.contains { $0.hasPrefix("devices/p.yaml:4: ") && $0.contains(message) },
            "\(lines)")
    }

    /// What is nearly a name or a code is named with what was meant.
    @Test(arguments: [
        ("activePower", "W", "'activePower' is no metric name; write active_power"),
        ("Active-Power 2", "W", "'Active-Power 2' is no metric name; write active_power_2"),
        ("°", "W", "'°' is no metric name; use small letters, digits and _ as in active_power"),
        ("energy", "kWh", "'kWh' is no UCUM code; write kW.h"),
    ])
    func misspellingsAreNamedWithTheRightSpelling(metric: String, unit: String, fault: String) {
        let readings = "  - { metric: \(metric), from: $.p, unit: \(unit), kind: gauge }"
        #expect(faults(profileText(readings: readings)) == ["devices/p.yaml:8: \(fault)"])
    }

    @Test func readingsMustDiffer() {
        let lines = faults(profileText(readings: Self.power + "\n" + Self.power))
        #expect(lines == ["devices/p.yaml:9: a second reading power; tell them apart by labels"])
        let shadowing = "  - { metric: p, from: $.p, unit: W, kind: gauge, labels: { site: x } }"
        #expect(
            faults(profileText(readings: shadowing))
                == ["devices/p.yaml:8: label 'site' is already set by the topic"])
        let named = faults(profileText(extra: "device: \"{sit}\"", readings: Self.power))
        #expect(
            named == [
                "devices/p.yaml:6: device names '{sit}', which the topic does not have; "
                    + "the topic has {site}, {device}"
            ])
    }

    @Test(arguments: [
        ("{ modulus: 256 }", "a sequence lacks the key 'from'; add it"),
        ("{ from: n }", "'n' is no path; write it as in $.a.b[0] or $['a b']"),
        (
            "{ from: $.n, modulus: 1 }",
            "'modulus' in a sequence must be a whole number from 2 to 4294967296"
        ),
        (
            "{ path: $.n, from: $.n }",
            "unknown key 'path' in a sequence; known are from, modulus"
        ),
    ])
    func sequencesAreChecked(sequence: String, message: String) {
        let lines = faults(profileText(extra: "sequence: \(sequence)", readings: Self.power))
        #expect(lines == ["devices/p.yaml:6: \(message)"])
    }

    @Test func textsHaveOneReadingAndNoPlaces() {
        let lines = faults(
            profileText(
                decode: "text",
                extra: "time: { from: $.t, epoch: s }\nsequence: { from: $.n }",
                readings: Self.power + "\n  - { metric: b, unit: W, kind: gauge }"))
        #expect(
            lines == [
                "devices/p.yaml:6: a text has no time of its own",
                "devices/p.yaml:7: a text has no number of its message",
                "devices/p.yaml:9: 'from' goes with 'decode: json' only",
                "devices/p.yaml:10: a text has one reading only; give each reading a 'topic' of its own",
            ])
    }

    @Test(arguments: [
        ("payload: '{\"p\":1}', expect: { power: 2 }", "power is 1, expected 2"),
        ("payload: '{\"p\":1}', expect: {}", "a reading power = 1 that is not expected"),
        ("payload: '{}', expect: { power: 2 }", "no reading power, expected 2"),
        ("payload: '{', expect: {}", "the message is refused: bad_json"),
        ("payload: '{}', quarantine: true", "the message is accepted"),
        (
            "payload: '{}', expect: {}, sequence: 7",
            "the message's number is none, not 7"
        ),
        ("payload: '{}', expect: {}, device: x", "the device is 'a/b', not 'x'"),
        (
            "payload: '{}', expect: {}, time: 2026-01-01T00:00:01Z",
            "the time is 2026-01-01T00:00:00Z, not 2026-01-01T00:00:01Z"
        ),
    ])
    func aFailingTestRefusesTheProfile(test: String, message: String) {
        let lines = faults(
            profileText(readings: Self.power, tests: "  - { topic: town/a/meter/b, \(test) }"))
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasPrefix(
                "devices/p.yaml:10: the test with topic town/a/meter/b fails: \(message)") == true,
            "\(lines)")
    }

    @Test func anExampleMustReachItsOwnProfile() {
        let wide = profileText(
            name: "wide", match: "{ topic: 'town/{rest...}' }", readings: Self.power)
        let exact = profileText(name: "exact", readings: Self.power)
        let lines = faults([("wide.yaml", wide), ("exact.yaml", exact)])
        #expect(lines.count == 1)
        #expect(lines.first?.contains("the topic belongs to the profile 'exact'") == true)
    }

    @Test func equalClaimsAreRefused() {
        func lines(_ first: String, _ second: String) -> [String] {
            // Tests of their own are beside the point: these topics match none of them.
            faults([
                ("a.yaml", profileText(name: "a", match: first, readings: Self.power)),
                ("b.yaml", profileText(name: "b", match: second, readings: Self.power)),
            ]).filter { $0.contains("can also be") }
        }
        let meter = "{ topic: 'town/{site}/meter/{device}' }"
        #expect(
            lines(meter, "{ topic: 'town/{x}/meter/{y}' }").first?.hasPrefix(
                "b.yaml:4: topic town/{x}/meter/{y} can also be profile 'a'") == true)
        #expect(lines("{ topic: 'a/{x...}' }", "{ topic: 'a/{y...}' }").count == 1)
        #expect(lines(meter, "{ topic: 'town/{x}/pump/{y}' }").isEmpty)
        #expect(lines(meter, "{ topic: 'town/mairie/meter/{y}' }").isEmpty)
        #expect(lines("{ topic: '{x}/b' }", "{ topic: 'a/{y}' }").isEmpty)
        #expect(lines(meter, "{ topic: 'town/{x}/meter/{y}', except: ['town/#'] }").isEmpty)
        #expect(lines("{ topic: 'a/b' }", "{ topic: 'a/b' }").count == 1)
    }

    @Test func subscriptionsCoverEachTopicOnce() throws {
        func set(_ topics: String...) throws -> ProfileSet {
            try ProfileSet(
                parsing: topics.enumerated().map { index, topic in
                    let path = topic.split(separator: "/", omittingEmptySubsequences: false)
                        .map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/")
                    return (
                        "p\(index).yaml",
                        profileText(
                            name: "p\(index)", match: "{ topic: '\(topic)' }", readings: Self.power,
                            tests: "  - { topic: '\(path)', payload: '{}', expect: {} }")
                    )
                })
        }
        #expect(
            try set("a/{x}", "a/b", "c/{y...}", "c/d/{z}", "e").subscriptions
                == ["a/+", "c/#", "e"])
        let partial = try set("a/{x}/c", "a/b/{y}")
        #expect(partial.subscriptions == ["a/+/c", "a/b/+"])
        #expect(partial.overlappingSubscriptions.map { "\($0) \($1)" } == ["a/+/c a/b/+"])
    }

    @Test func aMissingDirectoryIsAFault() {
        #expect(throws: YAMLFaults.self) { try ProfileSet.load(directory: "/nowhere") }
    }
}
