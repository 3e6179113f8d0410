import PayloadDecoding
import Testing

/// Telegraf's own JSON.
struct TelegrafJSONTests {
    private func fields(_ text: String) throws -> [String] {
        var list = FieldList()
        try decodeTelegrafJSON(Array(text.utf8).span, into: &list)
        return list.described
    }

    private static let batch = """
        {"metrics":[{"fields":{"a":1},"name":"m","tags":{"t":"u"},"timestamp":1},
        {"name":"n","fields":{"b":2,"c":3}}]}
        """

    @Test(
        arguments: [
            (
                #"{"fields":{"a":0,"b":-2.5e1},"name":"m","tags":{"h":"H"},"timestamp":1492834}"#,
                ["m.a{h=H} 0 @1492834000", "m.b{h=H} -25 @1492834000"]
            ),
            (
                """
                 { "timestamp" : 1.5 , "x" : [ { } , [ ] , { "y" : [ 1 ] } ] , "name" : "m" ,
                "fields" : { "a" : true , "b" : false } }\t
                """,
                ["m.a true @1500", "m.b false @1500"]
            ),
            (batch, ["m.a{t=u} 1 @1000", "n.b 2", "n.c 3"]),
            (
                #"{"fields":{"a\u00e9":"\"x\n","b":null,"c":1e999},"name":"m\/","#
                    + #""tags":{"é\t":"\ud83d\ude00"}}"#,
                ["m/.aé{é\t=😀} '\"x\n'", "m/.b{é\t=😀} null", "m/.c{é\t=😀} ?"]
            ),
            (#"{"fields":{},"name":"m"}"#, []), (#"{"metrics":[]}"#, []),
            ("\u{feff}{\"name\":\"\",\"fields\":{\"\":1}}", [". 1"]),
        ] as [(String, [String])])
    func metricsAreRead(text: String, expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    @Test(arguments: [
        "", "1", "[]", "{}", "{\"metrics\":{}}", "{\"metrics\":[1]}", "{\"metrics\":[{}]}",
        #"{"fields":{"a":1}}"#, #"{"name":"m"}"#, #"{"name":1,"fields":{}}"#,
        #"{"name":"m","fields":[]}"#, #"{"name":"m","fields":{"a":{}}}"#,
        #"{"name":"m","fields":{"a":[1]}}"#, #"{"name":"m","fields":{},"tags":{"a":1}}"#,
        #"{"name":"m","fields":{},"tags":[]}"#, #"{"name":"m","fields":{},"timestamp":"1"}"#,
        #"{"name":"m","fields":{},"timestamp":1492834180000}"#, #"{"name":"m","fields":{}} x"#,
        #"{"name":"m","name":"n","fields":{}}"#, #"{"name":"m","fields":{}"#,
        #"{"name":"m","fields":{"a":01}}"#, #"{"name":"m","fields":{"a":NaN}}"#,
        #"{"name":"m","fields":{"a" 1}}"#, #"{"name":"m","fields":{"a":1,}}"#,
        #"{"name":"m","fields":{,"a":1}}"#, #"{"name":"m","fields":{},"x":[1,]}"#,
        #"{"name":"m","fields":{},"x":[1}}"#,
    ])
    func othersAreRefused(text: String) {
        #expect(throws: PayloadError.self, "\(text)") { try fields(text) }
    }

    /// Nesting is counted, not followed.
    @Test func deepNestingIsRefused() throws {
        func text(_ depth: Int) -> String {
            let nest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return "{\"name\":\"m\",\"fields\":{},\"x\":\(nest)}"
        }
        #expect(try fields(text(63)) == [])
        #expect(throws: PayloadError.tooDeep(offset: 91)) { try fields(text(64)) }
        #expect(throws: PayloadError.self) { try fields(text(100_000)) }
    }

    @Test func damagedMetricsDoNotTrap() {
        let decoder = NamedDecoder(name: "Telegraf JSON") {
            try decodeTelegrafJSON($0.span, into: &$1)
        }
        decodeDamaged(Array(Self.batch.utf8), with: decoder, seed: .random(in: 0...(.max)))
        decodeDamaged(
            Array(#"{"fields":{"a\u00e9":"\"é"},"name":"m","tags":{"t":"\ud83d\ude00"}}"#.utf8),
            with: decoder, seed: .random(in: 0...(.max)))
    }
}
