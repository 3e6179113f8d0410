import DeviceProfiles
import Testing

/// Texts of several parts, and numbers that are written the French way.
struct DelimitedTests {
    private func set(_ decode: String, _ fields: [String]) throws -> ProfileSet {
        try profileSet(
            profileText(
                match: "{ topic: d }", decode: decode,
                readings: fields.map {
                    "  - { metric: \($0), from: \($0), unit: '1', kind: gauge }"
                }.joined(separator: "\n"), tests: "  - { topic: d, payload: '', expect: {} }"))
    }

    private func read(_ decode: String, _ fields: [String], _ text: String) throws -> [String] {
        try readings(set(decode, fields), "d", Array(text.utf8))
    }

    @Test func partsHaveTheirPlaces() throws {
        let decode = #"{ delimited: { separator: ";", decimal: ",", fields: [a, _, b] } }"#
        let fields = ["a", "b"]
        #expect(try read(decode, fields, "21,5; x ;-3") == ["a 21.5", "b -3"])
        #expect(try read(decode, fields, "21,5;;;4") == ["a 21.5"])
        #expect(try read(decode, fields, "7\0\0") == ["a 7"])
        #expect(try read(decode, fields, "x;1;nan") == ["dropped: 1"])
        let tabs = #"{ delimited: { separator: "\t", fields: [a, b] } }"#
        #expect(try read(tabs, fields, "1\t2") == ["a 1", "b 2"])
    }

    @Test func partsHaveTheirNames() throws {
        let decode = #"{ delimited: { separator: ",", pairs: ":" } }"#
        #expect(
            try read(decode, ["ct1", "t"], "ct1:120,t: -2.5,vrms:24000,") == ["ct1 120", "t -2.5"])
        #expect(throws: DecodeFault.badPayload(offset: 0)) { try read(decode, ["t"], "ct1") }
        #expect(throws: DecodeFault.badPayload(offset: 1)) { try read(decode, ["t"], "t\u{1}:1") }
    }

    @Test func numbersOfTextsMayHaveCommasAndUnits() throws {
        let set = try profileSet(
            profileText(
                match: "{ topic: d }", decode: "text",
                readings: "  - { metric: t, unit: Cel, kind: gauge, decimal: ',', suffix: '°C' }",
                tests: "  - { topic: d, payload: '21,5 °C', expect: { t: 21.5 } }"))
        for (text, expected) in [("21,5 °C", "t 21.5"), ("-3°C", "t -3"), ("4", "t 4")] {
            #expect(try readings(set, "d", Array(text.utf8)) == [expected])
        }
        for text in ["21.5,0", "1,2,3", "°C", "21,5 K"] {
            #expect(throws: DecodeFault.badText(offset: 0)) {
                try readings(set, "d", Array(text.utf8))
            }
        }
    }

    @Test func polynomialsAreExactWhereDecimalsAre() throws {
        let set = try profileSet(
            profileText(
                match: "{ topic: d }", decode: "text",
                readings:
                    "  - { metric: v, unit: '1', kind: gauge, scale: 0.1, poly: [1, -2, 0.5] }",
                tests: "  - { topic: d, payload: '', expect: {} }"))
        #expect(try readings(set, "d", Array("30".utf8)) == ["v -0.5"])
    }
}
