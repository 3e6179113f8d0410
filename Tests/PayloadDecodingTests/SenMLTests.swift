import PayloadDecoding
import Telemetry
import Testing

/// SenML packs in JSON, and with them what records of either syntax mean.
struct SenMLTests {
    static let arrival: Int64 = 1_700_000_000_000

    private func fields(_ text: String, arrival: Int64? = arrival) throws -> [String] {
        var list = FieldList()
        try decodeSenMLJSON(Array(text.utf8).span, arrival: arrival, into: &list)
        return list.described
    }

    @Test(
        arguments: [
            (#"[{"n":"urn:dev:ow:10","u":"Cel","v":23.10}]"#, ["urn:dev:ow:10 23.1 Cel"]),
            (
                "\u{feff}" + #" [ { "v" : 1 , "bn" : "a:" , "bu" : "V" , "n" : "x" } ] "#,
                ["a:x 1 V"]
            ),
            (
                #"[{"bn":"a:","bu":"V","n":"x","v":1},{"n":"y","u":"A","v":2},{"v":3}]"#,
                ["a:x 1 V", "a:y 2 A", "a: 3 V"]
            ),
            (
                #"[{"bn":"a:","bu":"V"},{"n":"x","v":1},{"bn":""},{"n":"y","v":2}]"#,
                ["a:x 1 V", "y 2 V"]
            ),
            (#"[{"bn":"a","bu":"V","u":"","v":1}]"#, ["a 1"]),
            (
                #"[{"n":"a","vs":"é\n\u20ac"},{"n":"b","vb":true},{"n":"c","vd":"AQ-_"}]"#,
                ["a 'é\n€'", "b true", "c 'AQ-_'"]
            ),
            (
                #"[{"n":"a","v":null},{"n":"b","vs":null},{"n":"c","v":1e999}]"#,
                ["a null", "b null", "c ?"]
            ),
            (
                #"[{"bver":10,"n":"a","ut":60,"v":1,"l":[{"v":[{}, [] ,"_"]}],"x":{"bver":99}}]"#,
                ["a 1"]
            ),
            (#"[{"\u006e":"a","\u0076":1}]"#, ["a 1"]),
        ] as [(String, [String])])
    func recordsAreRead(text: String, expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    /// Decimals add up exactly, far beyond what doubles could do.
    @Test(
        arguments: [
            (#"[{"n":"a","bv":20.1,"v":0.2}]"#, ["a 20.3"]),
            (#"[{"n":"a","v":1,"bv":9007199254740993}]"#, ["a 9007199254740994"]),
            (#"[{"n":"a","v":0.1,"bv":9223372036854775807}]"#, ["a 9.223372036854776e+18"]),
            (
                #"[{"n":"a","bv":-1,"vs":"x"},{"n":"b","v":1},{"n":"c","v":null}]"#,
                ["a 'x'", "b 0", "c null"]
            ),
            (
                #"[{"n":"a","bv":1e300,"v":1e300},{"n":"b","bv":1.7e308,"v":1.7e308}]"#,
                ["a 2e+300", "b ?"]
            ),
        ] as [(String, [String])])
    func baseValuesAreAdded(text: String, expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    /// A sum is a field of its own, in unit seconds, where the record has `s`.
    @Test(
        arguments: [
            (#"[{"n":"a","u":"W","v":5,"s":0.5}]"#, ["a 5 W", "a.sum 0.5 W.s"]),
            (#"[{"n":"a","bs":10,"s":0.5},{"n":"b","v":1}]"#, ["a.sum 10.5", "b 1"]),
            (#"[{"n":"a","s":null}]"#, ["a.sum null"]),
        ] as [(String, [String])])
    func sumsAreFields(text: String, expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    @Test(
        arguments: [
            ("0", nil), ("-0.0", nil), ("1276020076.001", 1_276_020_076_001),
            ("1276020076.0019999", 1_276_020_076_001), ("1276020076.001999999", 1_276_020_076_001),
            ("1.276020076001e9", 1_276_020_076_001), ("268435456", 268_435_456_000),
            ("268435455.999", arrival + 268_435_455_999), ("-5", arrival - 5_000),
            ("-0.0005", arrival - 1), ("0.0005", arrival), ("-1e18", nil),
        ] as [(String, Int64?)])
    func timesAreFloored(text: String, expected: Int64?) throws {
        var list = FieldList()
        let pack = #"[{"n":"a","v":1,"t":"# + text + "}]"
        if text == "-1e18" {
            #expect(throws: PayloadError.self) {
                try decodeSenMLJSON(Array(pack.utf8).span, arrival: Self.arrival, into: &list)
            }
            return
        }
        try decodeSenMLJSON(Array(pack.utf8).span, arrival: Self.arrival, into: &list)
        #expect(list.fields.map(\.time) == [expected])
    }

    @Test func timesAddUp() throws {
        let pack =
            #"[{"bt":1276020076.001,"n":"a","v":1,"t":-0.002},{"n":"b","v":2},"#
            + #"{"n":"c","v":3,"bt":-10,"t":4},{"n":"d","v":4,"t":10}]"#
        #expect(
            try fields(pack) == [
                "a 1 @1276020075999", "b 2 @1276020076001", "c 3 @1699999994000", "d 4",
            ])
        #expect(
            try fields(pack, arrival: nil) == [
                "a 1 @1276020075999", "b 2 @1276020076001", "c 3", "d 4",
            ])
    }

    @Test(arguments: [
        "", "[]", "[{}]", "{}", "[1]", "[[]]", #"[{"n":"a","v":1}"#, #"[{"n":"a","v":1}]x"#,
        #"[{"n":"a","v":1},]"#, #"[{"n":"a","v":1,}]"#, #"[{"n" "a","v":1}]"#,
        #"[{"v":1}]"#, #"[{"n":"a"}]"#, #"[{"bn":"a","u":"V"}]"#, #"[{"x":1}]"#,
        #"[{"n":"","v":1}]"#,
        #"[{"n":"a","v":1,"vs":"b"}]"#, #"[{"n":"a","v":null,"vb":true}]"#,
        #"[{"n":"a","v":1,"v":1}]"#, #"[{"n":"a","\u006e":"b","v":1}]"#,
        #"[{"n":"a","v":1,"must_":2}]"#, #"[{"n":"a","v":1,"must\u005f":2}]"#,
        #"[{"n":"a","v":1,"_":2}]"#,
        #"[{"bver":11,"n":"a","v":1}]"#, #"[{"bver":0,"n":"a","v":1}]"#,
        #"[{"bver":9.5,"n":"a","v":1}]"#, #"[{"bver":"10","n":"a","v":1}]"#,
        #"[{"n":"a","v":"1"}]"#, #"[{"n":"a","v":true}]"#, #"[{"n":"a","vb":1}]"#,
        #"[{"n":"a","vs":1}]"#, #"[{"n":"a","v":[1]}]"#, #"[{"n":1,"v":1}]"#,
        #"[{"n":null,"v":1}]"#,
        #"[{"n":"a","v":01}]"#, #"[{"n":"a","v":NaN}]"#, #"[{"n":"a","t":null,"v":1}]"#,
        #"[{"n":"a","t":1e999,"v":1}]"#, #"[{"n":"a","t":1e300,"v":1}]"#,
        #"[{"n":"a","t":9223372036854775807,"bt":9223372036854775807,"v":1}]"#,
        #"[{"n":"a","bv":1e999,"v":1}]"#, #"[{"n":"a","v":1,"x":[}]"#,
        #"[{"n":"a","v":1,"x":{]}}]"#,
        #"[{"n":"a","v":1,"x":{"y"}}]"#, #"[{"n":"a","v":1,"x":[1,]}]"#,
    ])
    func othersAreRefused(text: String) {
        #expect(throws: PayloadError.self, "\(text)") { try fields(text) }
    }

    @Test func errorsSayWhere() {
        #expect(throws: PayloadError.duplicateKey(offset: 10)) {
            try fields(#"[{"n":"a","n":"b"}]"#)
        }
        var list = FieldList()
        #expect(throws: PayloadError.badUTF8(offset: 8)) {
            let bytes = Array(#"[{"vs":""#.utf8) + [0xff] + Array(#""}]"#.utf8)
            try decodeSenMLJSON(bytes.span, arrival: nil, into: &list)
        }
    }

    /// The pack and its record are two of the 64 levels.
    @Test func nestingIsBounded() throws {
        func pack(_ depth: Int) -> String {
            let open = String(repeating: "[", count: depth)
            let close = String(repeating: "]", count: depth)
            return #"[{"n":"a","v":1,"x":"# + open + close + "}]"
        }
        #expect(try fields(pack(62)) == ["a 1"])
        #expect(throws: PayloadError.tooDeep(offset: 82)) { try fields(pack(63)) }
        #expect(throws: PayloadError.self) { try fields(pack(400_000)) }
    }

    @Test func sizesAreBounded() {
        let name = String(repeating: "m", count: 500_000)
        let records = (0..<100).map { #"{"n":"\#($0)","v":1}"# }.joined(separator: ",")
        #expect(throws: PayloadError.self) { try fields(#"[{"bn":"\#(name)"},"# + records + "]") }
        let spaces = String(repeating: " ", count: 1 << 20)
        #expect(throws: PayloadError.tooLarge(size: 1_048_594)) {
            try fields(#"[{"n":"a","v":1}]"# + spaces + " ")
        }
    }
}
