import PayloadDecoding
import Telemetry
import Testing

/// What a scan finds, and that it takes documents whole or not at all.
struct JSONScannerTests {
    /// The fields of one document, or the error.
    private func scan(_ text: String, _ paths: String...) throws -> [JSONField] {
        try scan(Array(text.utf8), paths)
    }

    private func scan(_ bytes: [UInt8], _ paths: [String]) throws -> [JSONField] {
        let plan = JSONPlan(try paths.map { try #require(JSONPath($0), "\($0)") })
        var scanner = JSONScanner(plan)
        try scanner.scan(bytes.span)
        return paths.indices.map { scanner[$0] }
    }

    @Test func findsWhatThePathsName() throws {
        let text =
            #"{"Time":"2018","ENERGY":{"Power":12.30,"Phase":[1,{"V":null}]},"on":true,"x":{}}"#
        let fields = try scan(
            text, "$.ENERGY.Power", "$.ENERGY.Phase[1].V", "$.ENERGY.Phase[0]", "$.on", "$.Time",
            "$.ENERGY.Phase[2]", "$.Power", "$.x", "$.ENERGY.Phase", "$", "$.on.off", "$.on")
        #expect(fields[0] == .number(Value(1230, scale: 2)))
        #expect(fields[1] == .null)
        #expect(fields[2] == .number(Value(1)))
        #expect(fields[3] == .boolean(true))
        #expect(fields[4] == .string(start: 9, end: 13, hasEscapes: false))
        #expect(fields[5] == .absent && fields[6] == .absent)
        #expect(fields[7] == .object && fields[8] == .array && fields[9] == .object)
        #expect(fields[10] == .absent && fields[11] == .boolean(true))
    }

    @Test func keysAreComparedByWhatTheyMean() throws {
        let fields = try scan(
            #"{"p\u006fwer":1,"caf\u00e9":2,"cafe\u0301":3,"a.b":4,"long key number 1":5}"#,
            "$.power", "$.café", "$['a.b']", "$['long key number 1']", "$['long key number 2']")
        #expect(fields[0] == .number(Value(1)))
        #expect(fields[1] == .number(Value(2)))
        #expect(fields[2] == .number(Value(4)))
        #expect(fields[3] == .number(Value(5)))
        #expect(fields[4] == .absent)
    }

    @Test func aWantedKeyMayNotRepeat() throws {
        #expect(throws: PayloadError.duplicateKey(offset: 7)) { try scan(#"{"a":1,"a":1}"#, "$.a") }
        #expect(throws: PayloadError.duplicateKey(offset: 9)) {
            try scan(#"{"a":{},"\u0061":{"b":1}}"#.replacing(",", with: " ,"), "$.a.b")
        }
        #expect(try scan(#"{"b":1,"b":2,"a":3}"#, "$.a") == [.number(Value(3))])
        // The same name in two objects is no repetition.
        #expect(try scan(#"[{"a":1},{"a":2}]"#, "$[1].a") == [.number(Value(2))])
    }

    @Test func oneScannerReadsManyDocuments() throws {
        var scanner = JSONScanner(JSONPlan([try #require(JSONPath("$.a"))]))
        try scanner.scan(Array(#"{"a":1}"#.utf8).span)
        #expect(scanner[0] == .number(Value(1)))
        try scanner.scan(Array(#"{"b":1}"#.utf8).span)
        #expect(scanner[0] == .absent)
        try scanner.scan(Array(#"{"a":2}"#.utf8).span)
        #expect(scanner[0] == .number(Value(2)))
        let cut = Array(#"{"a":3"#.utf8)
        do {
            try scanner.scan(cut.span)
            Issue.record("a cut document was accepted")
        } catch {
            #expect(error == .syntax(offset: 6))
        }
        #expect(scanner[0] == .absent)
        try scanner.scan(Array(#"{"a":4}"#.utf8).span)
        #expect(scanner[0] == .number(Value(4)))
    }

    @Test(arguments: [
        "", " ", "{", "[", "{}}", "[]]", "[1,]", "{,}", #"{"a":1,}"#, #"{"a"}"#, #"{"a":}"#,
        "{a:1}",
        #"{"a" 1}"#, "[1 2]", "[1}", #"{"a":1]"#, "nul", "nulll", "True", "tru]", "NaN",
        "-Infinity",
        "+1", "01", "1.", ".5", "-", "1e", "1e+", "49,97", "1_000", "0x1F", #""abc"#, #""\x""#,
        #""\u12g4""#, #""\u123"#, "\"\t\"", "\"\0\"", "\"a\nb12345678\"", "'a'", #"{"a":1}{"a":2}"#,
        "[1]x", "/**/1", "{\"a\":1}\0", "\u{a0}1",
    ])
    func refusesWhatIsNotJSON(text: String) throws {
        #expect(throws: PayloadError.self) { try scan(text, "$.a") }
    }

    @Test(
        arguments: [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0xaf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
            [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xe2, 0x82, 0x22], [0x22, 0x80, 0x22],
            [0x22, 0xe0, 0x9f, 0xbf, 0x22], [0x22, 0xf0, 0x8f, 0xbf, 0xbf, 0x22], [0x22, 0xc3],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(bytes: [UInt8]) throws {
        #expect(throws: PayloadError.badUTF8(offset: 1)) { try scan(bytes, ["$"]) }
    }

    @Test func acceptsTheByteOrderMark() throws {
        #expect(try scan("\u{feff}{\"a\":1}", "$.a") == [.number(Value(1))])
    }

    @Test func depthHasALimit() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try scan(deepest, "$.a") == [.absent])
        #expect(throws: PayloadError.tooDeep(offset: 64)) { try scan("[" + deepest + "]", "$.a") }
        #expect(throws: PayloadError.tooDeep(offset: 64 * 5)) {
            try scan(String(repeating: #"{"a":"#, count: 100_000), "$.a")
        }
    }

    @Test func sizeHasALimit() throws {
        let fitting = [UInt8](repeating: 0x20, count: JSONScanner.sizeMax - 1) + [0x31]
        #expect(try scan(fitting, ["$"]) == [.number(Value(1))])
        #expect(throws: PayloadError.tooLarge(size: JSONScanner.sizeMax + 1)) {
            try scan([0x20] + fitting, ["$"])
        }
    }

    @Test func numbersBeyondAnyDoubleAreHuge() throws {
        let digits = String(repeating: "9", count: 200_000)
        #expect(
            try scan("[\(digits),1e400,2]", "$[0]", "$[1]", "$[2]")
                == [.hugeNumber, .hugeNumber, .number(Value(2))])
    }

    /// Documents of known content: every place has what was put there, others are absent.
    @Test func agreesWithMadeUpDocuments() throws {
        for seed in UInt64(1)...600 {
            var random = SplitMix64(seed: seed)
            let document = MadeUpValue.random(depth: 5, &random)
            let places = document.places()
            let payload = Array(document.text(&random).utf8)
            let paths = places.map(\.path) + ["$.nowhere", "$[99]", "$['aé']['a']"]
            let fields = try scan(payload, paths)
            for (place, field) in zip(places, fields) {
                #expect(matches(field, place.value, payload), "seed \(seed) at \(place.path)")
            }
        }
    }

    private func matches(_ field: JSONField, _ value: MadeUpValue, _ payload: [UInt8]) -> Bool {
        switch (field, value) {
        case (.null, .null), (.object, .object), (.array, .array): return true
        case (.boolean(let found), .boolean(let put)): return found == put
        case (.number(let found), .number(let put)):
            let bytes = Array(put.utf8)
            let parsed = Value(parsing: bytes.span)
            return parsed?.bits == found.bits && parsed?.scale == found.scale
        case (.string(let start, let end, let hasEscapes), .string(let put)):
            let raw = Array(payload[start..<end])
            var text: [UInt8] = []
            guard unescapeJSON(raw.span, into: &text, sizeMax: 1000) else { return false }
            return text == Array(put.utf8) && (hasEscapes || text == raw)
        default: return false
        }
    }

    /// Any one byte of a document changed, or the document cut there: an answer, never a trap; and
    /// what is accepted is still a document for a second reader that knows only the grammar.
    @Test func survivesDamage() throws {
        for seed in UInt64(1)...150 {
            var random = SplitMix64(seed: seed)
            let document = MadeUpValue.random(depth: 4, &random)
            var payload = Array(document.text(&random).utf8)
            let paths = document.places().map(\.path)
            if random.next() % 2 == 0 {
                payload.removeLast(Int(random.next() % UInt64(payload.count)))
            }
            for _ in 0..<20 {
                var damaged = payload
                let place = Int(random.next() % UInt64(damaged.count))
                damaged[place] = UInt8(truncatingIfNeeded: random.next())
                let accepted = (try? scan(damaged, paths)) != nil
                let oracle = GrammarOracle.accepts(damaged)
                // The scanner refuses repeated names, which the grammar allows.
                #expect(
                    !accepted || oracle, "seed \(seed): \(String(decoding: damaged, as: UTF8.self))"
                )
                if oracle, !accepted {
                    #expect(throws: PayloadError.self) { try scan(damaged, paths) }
                    #expect((try? scan(damaged, ["$"])) != nil, "seed \(seed)")
                }
            }
        }
    }
}

/// RFC 8259 by recursive descent, slow and plain.
private struct GrammarOracle {
    private var bytes: [UInt8]
    private var index = 0

    static func accepts(_ bytes: [UInt8]) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var oracle = GrammarOracle(bytes: bytes)
        return oracle.takeValue() && oracle.index == bytes.count
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: Character? {
        index < bytes.count ? Character(Unicode.Scalar(bytes[index])) : nil
    }

    private mutating func take(_ character: Character) -> Bool {
        guard next == character else { return false }
        index += 1
        return true
    }

    private mutating func takeSpace() {
        while let character = next,
            " \t\n\r".unicodeScalars.contains(character.unicodeScalars.first!)
        {
            index += 1
        }
    }

    private mutating func takeValue() -> Bool {
        takeSpace()
        defer { takeSpace() }
        switch next {
        case "{": return takeList(from: "{", to: "}", member: true)
        case "[": return takeList(from: "[", to: "]", member: false)
        case "\"": return takeString()
        case "t": return "true".allSatisfy { take($0) }
        case "f": return "false".allSatisfy { take($0) }
        case "n": return "null".allSatisfy { take($0) }
        default: return takeNumber()
        }
    }

    private mutating func takeList(from first: Character, to last: Character, member: Bool) -> Bool
    {
        index += 1
        takeSpace()
        if take(last) { return true }
        repeat {
            if member {
                takeSpace()
                guard takeString() else { return false }
                takeSpace()
                guard take(":") else { return false }
            }
            guard takeValue() else { return false }
        } while take(",")
        return take(last)
    }

    private mutating func takeString() -> Bool {
        guard take("\"") else { return false }
        while index < bytes.count {
            if take("\"") { return true }
            if take("\\") {
                guard let escape = next else { return false }
                index += 1
                if escape == "u" {
                    for _ in 0..<4 {
                        guard let digit = next, digit.isHexDigit else { return false }
                        index += 1
                    }
                } else if !"\"\\/bfnrt".contains(escape) {
                    return false
                }
            } else {
                guard bytes[index] >= 0x20 else { return false }
                index += 1
            }
        }
        return false
    }

    private mutating func takeNumber() -> Bool {
        _ = take("-")
        if !take("0") { guard takeDigits() else { return false } }
        if take(".") { guard takeDigits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard takeDigits() else { return false }
        }
        return true
    }

    private mutating func takeDigits() -> Bool {
        let start = index
        while let digit = next, digit >= "0", digit <= "9", digit.isASCII { index += 1 }
        return index > start
    }
}

struct JSONPathTests {
    @Test(arguments: [
        "$", "$.a", "$.a.b[0].c", "$['a b']", #"$["a.b"]"#, "$[12][3]", "$.em:0.total",
        #"$['it\'s']"#,
        "$['']", "$.é",
    ])
    func acceptsPaths(text: String) {
        #expect(JSONPath(text)?.description == text)
    }

    @Test(arguments: [
        "", "a", "$a", "$.", "$..a", "$[", "$[]", "$[-1]", "$[*]", "$.a[", "$['a", "$['a'", "$[a]",
        "$[0", "$[99999999999]", "$ .a[?(@.b)]", "$[1:2]", #"$['a\"#,
        "$" + String(repeating: ".a", count: 65),
    ])
    func refusesAllElse(text: String) {
        #expect(JSONPath(text) == nil)
    }
}
