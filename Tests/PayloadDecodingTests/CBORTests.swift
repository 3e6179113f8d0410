import PayloadDecoding
import Telemetry
import Testing

/// SenML packs in CBOR: the syntax, and what it has that JSON has not.
struct CBORTests {
    private func fields(_ hex: String) throws -> [String] {
        var list = FieldList()
        try decodeSenMLCBOR(bytes(hex: hex).span, arrival: SenMLTests.arrival, into: &list)
        return list.described
    }

    /// `[{0: "a", 2: ...}]`, with the value's item.
    private func value(_ item: String) throws -> [String] { try fields("81a2006161 02" + item) }

    @Test(
        arguments: [
            // [{0: "a", 2: 1, 1: "V"}], definite and indefinite.
            ("81a3006161 0201 016156", ["a 1 V"]),
            ("9fbf006161 0201 016156ffff", ["a 1 V"]),
            ("9fbf007f61616162ff 0201ffff", ["ab 1"]),
            ("d9d9f7 81a2006161 0201", ["a 1"]),
            // All base members: bver -1, bn -2, bt -3, bu -4, bv -5, bs -6; s 5, t 6, ut 7.
            (
                "81aa 200a 216162 221a4c0e852c 236156 2405 2507 0201 0502 0601 07183c",
                ["b 6 V @1276020013000", "b.sum 9 V.s @1276020013000"]
            ),
            ("81a2006161 036162", ["a 'b'"]), ("81a2006161 04f5", ["a true"]),
            ("81a2006161 0843010203", ["a 'AQID'"]), ("81a2006161 0841ff", ["a '_w'"]),
            ("81a2006161 085f42fbff41feffff", []), ("81a2006161 085f42fbff41feff", ["a '-__-'"]),
            // Unknown labels: a text, a number beyond the table, and what is below them.
            ("81a4006161 0201 6178 82a10102f6 1818 bf01c24101ff", ["a 1"]),
            ("81a3006161 0201 3a7fffffff 9f9fff80a0ff", ["a 1"]),
        ] as [(String, [String])])
    func packsAreRead(hex: String, expected: [String]) throws {
        if expected.isEmpty {
            // One break too many.
            #expect(throws: PayloadError.self) { try fields(hex) }
        } else {
            #expect(try fields(hex) == expected)
        }
    }

    @Test(
        arguments: [
            ("17", "23"), ("18ff", "255"), ("1903e8", "1000"), ("1a000f4240", "1000000"),
            ("1b7fffffffffffffff", "9223372036854775807"),
            ("1bffffffffffffffff", "1.8446744073709552e+19"),
            ("20", "-1"), ("3b7fffffffffffffff", "-9223372036854775808"),
            ("3bffffffffffffffff", "-1.8446744073709552e+19"),
            // Halves: 1.5, -2, the largest, the least normal, the least of all, 0, not finite.
            ("f93e00", "1.5"), ("f9c000", "-2"), ("f97bff", "65504"), ("f90400", "6.103515625e-05"),
            ("f90001", "5.960464477539063e-08"), ("f98000", "0"), ("f97c00", "?"), ("f9fc00", "?"),
            ("f97e00", "?"), ("fa42750000", "61.25"), ("fa7f800000", "?"),
            ("fb405e066666666666", "120.1"),
            ("fb7ff8000000000000", "?"), ("f6", "null"), ("f7", "null"),
            // Decimal fractions: 273.15, 27e3, 0.5 with a big mantissa, too large, below all doubles.
            ("c48221196ab3", "273.15"), ("c48203181b", "27000"), ("c49f21196ab3ff", "273.15"),
            ("c48220c24105", "?"), ("c4821a0001869f01", "?"), ("c4823a0001869f01", "0"),
            ("c4821bffffffffffffffff01", "?"), ("c4823103", "0.000000000000000003"),
            ("c249010000000000000000", "?"), ("c3420100", "?"), ("c25f41014102ff", "?"),
            ("c5822103", "?"),
        ] as [(String, String)])
    func numbersAreRead(hex: String, expected: String) throws {
        #expect(try value(hex) == ["a \(expected)"])
    }

    /// The double next to 1276020076.001 lies below it; as the decimal that it means it does not.
    @Test func doublesAreTheirShortestDecimals() throws {
        #expect(
            try fields("81a4006161 0201 22fb41d303a15b001062 0620") == ["a 1 @1276020075001"])
        // 0.1 + 0.2
        #expect(
            try fields("81a3006161 24fb3fb999999999999a 02fb3fc999999999999a") == ["a 0.3"])
    }

    @Test(arguments: [
        "", "80", "9fff", "a0", "81", "8180", "81a0", "8101", "ff", "81ff", "9f",
        // Counts and lengths that are not there, the largest ones too.
        "9bffffffffffffffff", "81bbffffffffffffffff", "81bb8000000000000000",
        "81a2007bffffffffffffffff",
        "81a20061610249", "82a2006161 0201", "81a2006161 0201 00",
        // An argument that is cut, reserved ones, one that is written in two bytes for no reason.
        "81a2006161 0219", "81a2006161 021c", "81a2006161 021d", "81a2006161 021e",
        "81a2006161 021f",
        "81a2006161 02f818", "81a2006161 02f8ff", "81a2006161 02e0", "81a2006161 02df",
        // Breaks in the wrong places, mixed chunks, nested chunks.
        "81a2006161 02ff", "81bf006161 02ff", "81a3006161 0201 6178ff", "81a2007f4161ff 0201",
        "81a2007f7f6161ffff 0201", "81a3006161 0201 0a bf01ff", "81a3006161 0201 0a c1ff",
        "81a3006161 0201 0a 9fc1ffff", "9fa2006161 0201",
        // Duplicates, two values, wrong types, unknown labels that must be known.
        "81a3006161 0201 0202", "81a3006161 0201 036162", "81a20001 0201", "81a2006161 026161",
        "81a2006161 034161", "81a2006161 086161", "81a2006161 0280", "81a2006161 02a0",
        "81a3006161 0201 625f5f01", "81a3006161 0201 615f01", "81a2616e6161 61760a",
        "81a3006161 0201 416101", "81a3006161 0201 f401", "81a3006161 0201 8001",
        "81a3006161 200b 0201",
        // Not UTF-8, in what is wanted and in what is not, and split between chunks.
        "81a20061ff 0201", "81a3006161 0201 0a61ff", "81a2007f61c361a9ff 0201",
        // Times that are none; tags that make something else of a value.
        "81a3006161 0201 06f97e00", "81a3006161 0201 06f6", "81a3006161 0201 06c24101",
        "81a2006161 02c101", "81a2006161 02c201", "81a2006161 02c401", "81a2006161 02c48101",
        "81a2006161 02c483010203", "81a2006161 02c482f401", "81a2006161 02c48201f4",
        "81a2006161 02c49f01ff", "81a2006161 02c49f010203ff", "c181a2006161 0201",
    ])
    func othersAreRefused(hex: String) {
        #expect(throws: PayloadError.self, "\(hex)") { try fields(hex) }
    }

    @Test func nestingIsBounded() throws {
        func pack(_ depth: Int) -> String {
            "81a3006161 0201 0a" + String(repeating: "81", count: depth - 1) + "80"
        }
        // The innermost array is empty and never open.
        #expect(try fields(pack(63)) == ["a 1"])
        #expect(throws: PayloadError.tooDeep(offset: 71)) { try fields(pack(64)) }
        #expect(throws: PayloadError.self) { try fields(pack(400_000)) }
        let opened = "81a3006161 0201 0a" + String(repeating: "9f", count: 62)
        #expect(try fields(opened + String(repeating: "ff", count: 62)) == ["a 1"])
        // Tags open nothing.
        #expect(
            try fields("81a3006161 0201 0a" + String(repeating: "c1", count: 400_000) + "01")
                == ["a 1"])
    }
}

/// The bytes of hexadecimal digits; blanks may stand between.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { place in
        UInt8(digits[place] << 4 | digits[place + 1])
    }
}
