import PayloadDecoding
import Telemetry
import Testing

/// Payloads that are one number or word.
struct TextScalarTests {
    private func parse(_ text: String) throws -> TextScalar {
        let bytes = Array(text.utf8)
        return try TextScalar(parsing: bytes.span)
    }

    @Test func readsNumbersAndWords() throws {
        #expect(try parse("21.50") == .number(Value(2150, scale: 2)))
        #expect(try parse(" -7\r\n") == .number(Value(-7)))
        #expect(try parse("0\0") == .number(Value(0)))
        #expect(try parse("12.5\n\0\0") == .number(Value(125, scale: 1)))
        #expect(try parse(" ON ") == .word(start: 1, end: 3))
        #expect(try parse("21.5 °C") == .word(start: 0, end: 8))
        #expect(try parse("") == .empty)
        #expect(try parse(" \n\0") == .empty)
    }

    @Test(arguments: ["0x1F", "21,5", "1_000", "nan", "inf", "1e400", "٣", "007"])
    func whatIsNoDecimalIsAWord(text: String) throws {
        #expect(try parse(text) == .word(start: 0, end: text.utf8.count))
    }

    @Test func refusesWhatIsNoText() {
        #expect(throws: PayloadError.tooLarge(size: 65)) {
            try parse(String(repeating: "1", count: 65))
        }
        #expect(throws: PayloadError.syntax(offset: 1)) { try parse("1\u{1}2") }
        #expect(throws: PayloadError.syntax(offset: 1)) { try parse("1\0002") }
        let latin = [UInt8](repeating: 0xb0, count: 1)
        #expect(throws: PayloadError.badUTF8(offset: 0)) {
            _ = try TextScalar(parsing: latin.span)
        }
    }

    @Test(arguments: [
        "nan", "NaN", "-nan", "nan(0x7ff)", "NAN()", "inf", "-Infinity", "+inf", "null", "NULL",
        "unavailable", "Unknown",
    ])
    func noValueWords(word: String) {
        let bytes = Array(word.utf8)
        let isNoValue = meansNoValue(bytes.span)
        #expect(isNoValue)
    }

    @Test(arguments: ["", "n", "na", "nano", "inf(1)", "-null", "ON", "off", "0x1F", "nan(", "-"])
    func otherWords(word: String) {
        let bytes = Array(word.utf8)
        let isNoValue = meansNoValue(bytes.span)
        #expect(!isNoValue)
    }

    @Test func wordTablesCompareBytes() {
        let table = WordTable([
            "ON", "OFF", "préau", "a long word, nearly", "a long word, nearlz", "",
        ])
        func index(_ word: String) -> Int? {
            let bytes = Array(word.utf8)
            return table.index(of: bytes.span)
        }
        #expect(index("ON") == 0 && index("OFF") == 1 && index("préau") == 2)
        #expect(index("pre\u{301}au") == nil && index("on") == nil && index("O") == nil)
        #expect(index("a long word, nearly") == 3 && index("a long word, nearlz") == 4)
        #expect(index("a long word, nearla") == nil && index("") == 5)
    }
}
