import StrictYAML
import Testing

/// Files that people write, and the messages that they get back.
struct StrictYAMLTests {
    private func read(_ text: String) throws -> YAMLNode {
        try YAMLDocument.read(text: text, file: "devices/x.yaml")
    }

    /// The printed faults of a text that cannot be read at all.
    private func refusal(_ text: String) -> String {
        do {
            _ = try read(text)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func everyNodeKnowsItsLine() throws {
        let root = try read("name: a\nlist:\n  - one\n  - { two: 2,\n      three: 3 }\n")
        var faults: [YAMLFault] = []
        let mapping = YAMLMapping(
            root, subject: "a file", known: ["name", "list"], faults: &faults)
        let top = try #require(mapping)
        #expect(top.value("name")?.line == 1)
        let list = top.sequence("list", faults: &faults)
        #expect(list.map(\.line) == [3, 4])
        guard case .mapping(let members) = list[1].content else { throw WrongShape() }
        #expect(members.map(\.line) == [4, 5])
        #expect(faults.isEmpty)
    }

    @Test func allFaultsAreCollected() throws {
        let root = try read(
            """
            metrc: power
            count: many
            flag: yes
            kind: meter
            list: a
            labels: [1]
            text: [x]
            pairs: { a: [1], b: 2 }
            empty:
            """)
        var faults: [YAMLFault] = []
        let known = [
            "metric", "count", "flag", "kind", "list", "labels", "text", "pairs", "empty",
        ]
        let mapping = YAMLMapping(root, subject: "a reading", known: known, faults: &faults)
        let reading = try #require(mapping)
        _ = reading.requiredText("metric", faults: &faults)
        #expect(reading.integer("count", in: 1...9, faults: &faults) == nil)
        #expect(reading.boolean("flag", faults: &faults) == nil)
        #expect(reading.choice("kind", among: ["gauge", "state"], faults: &faults) == nil)
        #expect(reading.sequence("list", faults: &faults).isEmpty)
        #expect(reading.members("labels", faults: &faults).isEmpty)
        #expect(reading.text("text", faults: &faults) == nil)
        #expect(reading.textMembers("pairs", faults: &faults).map(\.text) == ["2"])
        #expect(reading.text("empty", faults: &faults) == nil)
        #expect(
            YAMLFaults(faults).description.split(separator: "\n").map(String.init) == [
                "devices/x.yaml:1: unknown key 'metrc' in a reading; known are "
                    + known.joined(separator: ", "),
                "devices/x.yaml:1: a reading lacks the key 'metric'; add it",
                "devices/x.yaml:2: 'count' in a reading must be a whole number from 1 to 9",
                "devices/x.yaml:3: 'flag' in a reading must be true or false",
                "devices/x.yaml:4: 'kind' in a reading must be one of gauge, state",
                "devices/x.yaml:5: 'list' in a reading must be a list, as in [ a, b ]",
                "devices/x.yaml:6: 'labels' in a reading must be a list of keys with values, "
                    + "as in { a: b }",
                "devices/x.yaml:7: 'text' in a reading must be a word or text",
                "devices/x.yaml:8: 'a' in a reading must be a word or text",
                "devices/x.yaml:9: 'empty' in a reading must be a word or text",
            ])
    }

    @Test func scalarsStayAsWritten() throws {
        let root = try read("{ ON: no, off: 0x1F, n: 1e3, d: 2026-01-01, q: 'null', s: \"\" }")
        guard case .mapping(let members) = root.content else { throw WrongShape() }
        #expect(members.map(\.key) == ["ON", "off", "n", "d", "q", "s"])
        #expect(members.map(\.value.text) == ["no", "0x1F", "1e3", "2026-01-01", "null", ""])
    }

    @Test(arguments: [
        ("a: 1\nb: [1, 2\nc: 3\n", 2), ("a: 'x\nb: 1\n", 1), ("a: 1\n b: 2\n", 2),
        ("a: 1\na: 2\n", 1),
        ("a: &x 1\nb: *x\n", 1), ("a: *x\n", 1), ("a: 1\n---\nb: 2\n", 2), ("", 1),
        ("a: 1\n? [x]\n: 2\n", 2), ("\ta: 1", 1),
    ])
    func refusesAtALine(text: String, line: Int) {
        let message = refusal(text)
        #expect(message.hasPrefix("devices/x.yaml:\(line): "), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test func anchorsCannotMultiply() {
        var text = "a: &a [x, x]\n"
        for (name, inner) in zip("bcdefghijklmnop", "abcdefghijklmno") {
            text += "\(name): &\(name) [*\(inner), *\(inner), *\(inner), *\(inner)]\n"
        }
        #expect(refusal(text).contains("has an anchor"))
    }

    @Test func sizeAndDepthHaveLimits() throws {
        let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(refusal(deep).contains("nested deeper"))
        let deeper = String(repeating: "[", count: 100_000)
        #expect(refusal(deeper) != "")
        #expect(refusal(String(repeating: " ", count: YAMLDocument.sizeMax + 1)).contains("larger"))
        #expect(refusal("a: \0").contains("NUL"))
        let fitting = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        _ = try read(fitting)
    }

    @Test func aMissingFileIsAFault() {
        #expect(throws: YAMLFaults.self) { try YAMLDocument.read(path: "/nowhere/x.yaml") }
    }
}

private struct WrongShape: Error {}
