import DeviceProfiles
import Foundation
import Testing

/// docs/profile.schema.json, by which editors complete and check, knows the keys that profiles
/// have, and no others.
struct SchemaTests {
    private static let path =
        #filePath.components(separatedBy: "Tests/DeviceProfilesTests")[0]
        + "docs/profile.schema.json"

    /// The keys that a message lists as known in each place.
    private func known() -> [String: Set<String>] {
        let text = """
            profile: p
            zzz: 1
            title: { en: A, fr: A }
            source: this test
            match: { topic: d, zzz: 1 }
            decode:
              zzz: 1
              bytes: { layout: [ { field: a, type: u8, zzz: 1 }, { repeat: 2, layout: [], zzz: 1 } ] }
            time: { from: $.t, epoch: s, zzz: 1 }
            sequence: { from: a, zzz: 1 }
            readings:
              - { metric: a, from: a, unit: "1", kind: gauge, zzz: 1 }
            tests:
              - { topic: d, payload: "", expect: {}, zzz: 1 }
            """
        var places: [String: Set<String>] = [:]
        // What stands behind a decode that is wrong is not looked at.
        let others = text.replacing("  zzz: 1\n  bytes", with: "  bytes")
            .replacing(", zzz: 1 }, { repeat: 2, layout: [], zzz: 1 }", with: " }")
        for line in [text, others].flatMap({ faults([("devices/p.yaml", $0)]) }) {
            guard let match = line.firstMatch(of: /unknown key 'zzz' in (.+?); known are (.+)$/)
            else { continue }
            places[String(match.1)] = Set(match.2.split(separator: ", ").map(String.init))
        }
        return places
    }

    @Test func theSchemaHasTheKeysOfProfiles() throws {
        let data = try Data(contentsOf: URL(filePath: Self.path))
        let schema = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        func keys(_ path: Any...) -> Set<String> {
            var node: Any? = schema
            for step in path {
                if let key = step as? String { node = (node as? [String: Any])?[key] }
                if let place = step as? Int { node = (node as? [Any])?[place] }
            }
            return Set((node as? [String: Any])?.keys.map(\.self) ?? [])
        }
        let known = known()
        let p = "properties"
        #expect(known["a profile"] == keys(p))
        #expect(known["a match"] == keys(p, "match", p))
        #expect(known["a decode"] == keys(p, "decode", "oneOf", 1, p))
        #expect(known["a sequence"] == keys(p, "sequence", p))
        #expect(known["a reading"] == keys(p, "readings", "items", p))
        #expect(known["a test"] == keys(p, "tests", "items", p))
        #expect(known["a field of a layout"] == keys("$defs", "item", "oneOf", 0, p))
        #expect(known["a repeat"] == keys("$defs", "item", "oneOf", 5, p))
    }
}
