import DeviceProfiles
import Testing

/// `where` and lists of topics in a match.
struct MessageGuardTests {
    private func file(
        _ name: String, where conditions: String?, topic: String = "m/{device}", metric: String
    ) -> (name: String, text: String) {
        let match = "{ topic: '\(topic)'\(conditions.map { ", where: { \($0) }" } ?? "") }"
        let readings = "  - { metric: \(metric), from: $.v, unit: '1', kind: gauge }"
        let test = #"  - { topic: m/x, payload: "", expect: {} }"#
        return (
            "devices/\(name).yaml",
            profileText(
                name: name, match: match, readings: readings,
                tests: conditions == nil
                    ? test : #"  - { topic: m/x, payload: "\#(Self.any(conditions))", expect: {} }"#
            )
        )
    }

    /// A payload that satisfies the conditions of these tests, with quotes escaped for YAML.
    private static func any(_ conditions: String?) -> String {
        switch conditions {
        case let text? where text.contains("iperl"): #"{\"meter\":\"iperl\"}"#
        case let text? where text.contains("b.n"): #"{\"b\":{\"n\":7.0}}"#
        default: #"{\"meter\":\"vario\"}"#
        }
    }

    @Test func payloadsChooseTheProfile() throws {
        let set = try ProfileSet(parsing: [
            file("water", where: "$.meter: [iperl, ultrimis]", metric: "water"),
            file("heat", where: "$.meter: vario", metric: "heat"),
            file("rest", where: nil, metric: "rest"),
        ])
        for (payload, expected) in [
            (#"{"meter":"iperl","v":1}"#, #"water{device="x"} 1"#),
            (#"{"v":1,"meter":"vario"}"#, #"heat{device="x"} 1"#),
            (#"{"v":1,"meter":"other"}"#, #"rest{device="x"} 1"#),
            (#"{"v":1}"#, #"rest{device="x"} 1"#),
            (#"{"v":1,"meter":null}"#, #"rest{device="x"} 1"#),
        ] {
            #expect(try readings(set, "m/x", Array(payload.utf8)) == [expected])
        }
    }

    @Test func numbersAndWordsAreCompared() throws {
        let set = try ProfileSet(parsing: [
            file("numbered", where: "$.b.n: [7, 'true']", metric: "a")
        ])
        for (payload, isTaken) in [
            (#"{"b":{"n":7.0},"v":1}"#, true), (#"{"b":{"n":"7"},"v":1}"#, true),
            (#"{"b":{"n":true},"v":1}"#, true), (#"{"b":{"n":8},"v":1}"#, false),
            (#"{"b":{"n":false},"v":1}"#, false), (#"{"b":7,"v":1}"#, false), ("{", false),
        ] {
            let found = try readings(set, "m/x", Array(payload.utf8))
            #expect((found != ["no profile"]) == isTaken, "\(payload)")
        }
    }

    @Test func whatMayMeetIsAmbiguous() {
        let iperl = file("water", where: "$.meter: iperl", metric: "a")
        let other = file("other", where: "$.meter: [vario, iperl]", metric: "b")
        #expect(faults([iperl, other]).first?.contains("or tell them apart by 'except'") == true)
        let elsewhere = file("other", where: "$.b.n: 7", metric: "b")
        #expect(faults([iperl, elsewhere]).count == 1)
        #expect(faults([iperl, file("other", where: "$.meter: vario", metric: "b")]) == [])
        // 1 and 1.0 are one number.
        let one = file("one", where: "$.b.n: 7", metric: "a")
        #expect(faults([one, file("other", where: "$.b.n: '7.0'", metric: "b")]).count >= 1)
        // Who asks goes before who takes all.
        #expect(faults([iperl, file("all", where: nil, metric: "b")]) == [])
    }

    @Test func aProfileMayHaveSeveralTopics() throws {
        let match = "{ topic: ['a/{device}/up', 'b/{device}'], except: [b/no] }"
        let set = try profileSet(
            profileText(
                match: match, readings: "  - { metric: v, from: $.v, unit: '1', kind: gauge }",
                tests: "  - { topic: b/x, payload: '{}', expect: {} }"))
        #expect(set.subscriptions == ["a/+/up", "b/+"])
        let payload = Array(#"{"v":1}"#.utf8)
        #expect(try readings(set, "a/x/up", payload) == [#"v{device="x"} 1"#])
        #expect(try readings(set, "b/y", payload) == [#"v{device="y"} 1"#])
        #expect(try readings(set, "b/no", payload) == ["no profile"])
        let names = profileText(
            match: "{ topic: ['a/{device}', 'b/{meter}'] }",
            readings: "  - { metric: v, from: $.v, unit: '1', kind: gauge }",
            tests: "  - { topic: a/x, payload: '{}', expect: {} }")
        #expect(faults(names).first?.contains("has not the same names in braces") == true)
    }
}
