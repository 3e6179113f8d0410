import DeviceProfiles
import Telemetry
import Testing

/// Whose topic it is, and what the braces catch.
struct TopicMatchTests {
    private func device(_ template: String, _ topic: [UInt8], except: String = "") throws -> String?
    {
        let example = template.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/")
        let set = try profileSet(
            profileText(
                match: "{ topic: '\(template)', except: [\(except)] }",
                readings: "  - { metric: power, from: $.p, unit: W, kind: gauge }",
                tests: "  - { topic: '\(example)', payload: '{}', expect: {} }"))
        return set.match(topic: topic.span)?.device
    }

    @Test(
        arguments: [
            ("a/{x}/c", "a/b/c", "b"), ("a/{x}/c", "a//c", ""), ("a/{x}/c", "a/b/d", nil),
            ("a/{x}/c", "a/b", nil), ("a/{x}/c", "a/b/c/", nil), ("a/{x}/c", "A/b/c", nil),
            ("{x}/{y}", "/", "/"), ("/{x}", "/b", "b"), ("/{x}", "b", nil),
            ("a/{x...}", "a/b", "b"), ("a/{x...}", "a/b//c", "b//c"), ("a/{x...}", "a", nil),
            ("a/{x...}", "a/", ""), ("{x...}", "a/b", "a/b"),
            ("{x...}", "$SYS/broker/uptime", nil), ("{x}/broker/uptime", "$SYS/broker/uptime", nil),
            ("$SYS/broker/{x}", "$SYS/broker/uptime", "uptime"),
            ("{x}/status/em:0", "s/status/em:0", "s"),
            ("a/{x}", "a/+", nil), ("a/{x...}", "a/#", nil), ("a/{x}", "a/b\0c", nil),
            ("a/{x}", "", nil),
            ("a/{x}", "a/salle 1", "salle 1"), ("a/{x}", "a/sal\nle", "sal\nle"),
        ] as [(String, String, String?)])
    func templates(template: String, topic: String, expected: String?) throws {
        #expect(try device(template, Array(topic.utf8)) == expected)
    }

    @Test func bytesAreCompared() throws {
        #expect(try device("préau/{x}", Array("pr\u{e9}au/a".utf8)) == "a")
        #expect(try device("préau/{x}", Array("pre\u{301}au/a".utf8)) == nil)
        #expect(try device("a/{x}", [0x61, 0x2f, 0xff, 0xfe]) == nil)
        let long = Array(repeating: UInt8(ascii: "a"), count: 65_540)
        #expect(try device("a/{x}", Array("a/".utf8) + long) == nil)
    }

    @Test func exceptionsAreLeftOut() throws {
        let except = "a/+/test, a/b/#"
        #expect(try device("a/{x...}", Array("a/c/test".utf8), except: except) == nil)
        #expect(try device("a/{x...}", Array("a/b".utf8), except: except) == nil)
        #expect(try device("a/{x...}", Array("a/c/tests".utf8), except: except) == "c/tests")
    }

    @Test func theMoreExactProfileCounts() throws {
        let templates = ["{a...}", "t/{a}/m", "t/{a...}", "t/x/{a}", "t/x/m", "t/{a}/{b}"]
        let set = try ProfileSet(
            parsing: zip(templates, ["q", "t/q/m", "t/q/r/s", "t/x/q", "t/x/m", "t/q/r"])
                .enumerated()
                .map { index, pair in
                    let name = "p\(index)"
                    let text = profileText(
                        name: name, match: "{ topic: '\(pair.0)' }",
                        readings: "  - { metric: power, from: $.p, unit: W, kind: gauge }",
                        tests: "  - { topic: '\(pair.1)', payload: '{}', expect: {} }")
                    return (name + ".yaml", text)
                })
        func owner(_ topic: String) -> String? {
            let bytes = Array(topic.utf8)
            return set.match(topic: bytes.span).map { set.profiles[$0.profileIndex].name }
        }
        #expect(owner("t/x/m") == "p4" && owner("t/x/y") == "p3" && owner("t/y/m") == "p1")
        #expect(owner("t/y/z") == "p5" && owner("t/y/z/w") == "p2" && owner("u") == "p0")
    }
}
