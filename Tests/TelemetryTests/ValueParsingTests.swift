import Telemetry
import Testing

/// Numbers as devices print them: exact where a decimal holds them, else the nearest double.
struct ValueParsingTests {
    private func parse(_ text: String) -> Value? {
        Value(parsing: Array(text.utf8).span)
    }

    @Test(arguments: [
        ("0", 0, 0), ("-0", 0, 0), ("+7", 7, 0), ("21.5", 215, 1), ("21.50", 2150, 2),
        ("-1250.40", -125_040, 2), ("0.000", 0, 3), ("-0.0", 0, 1), ("100", 100, 0),
        ("1.5e-7", 15, 8), ("2E3", 2000, 0), ("1.50e1", 150, 1), ("1.50e2", 150, 0),
        ("120e-1", 120, 1), ("0e999", 0, 0), ("0.1e1", 1, 0), ("1000000e-6", 1_000_000, 6),
        ("9223372036854775807", Int64.max, 0), ("-9223372036854775808", Int64.min, 0),
        ("0.123456789012345678", 123_456_789_012_345_678, 18),
        ("9.223372036854775807", Int64.max, 18),
        ("1700000000.123456789", 1_700_000_000_123_456_789, 9),
        ("1.0000000000000000000000", 1_000_000_000_000_000_000, 18),
        ("1234567890.00000000000000", 1_234_567_890_000_000_000, 9),
        ("100000000000000000000000e-10", 1_000_000_000_000_000_000, 5),
    ])
    func keepsDecimalsExactly(text: String, mantissa: Int64, scale: Int8) throws {
        let value = try #require(parse(text))
        #expect(value.bits == mantissa)
        #expect(value.scale == scale)
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890",
        "0.1234567890123456789", "20.43000030517578125", "1e300", "-2.5e-300", "4.9e-324",
        "0.00000000000000000001", "18446744073709551616", "1.7976931348623157e308",
        "2.00000000000000011102230246251565",
    ])
    func roundsTheRestToTheNearestDouble(text: String) throws {
        let value = try #require(parse(text))
        let oracle = try #require(Double(text))
        #expect(value.double == oracle)
    }

    @Test func tooSmallIsZero() throws {
        let value = try #require(parse("-1e-999"))
        #expect(value.bits == 0 && value.scale == 0)
    }

    @Test(arguments: [
        "", "-", "+", ".5", "5.", "-.5", "007", "-01", "1e", "1e+", "1.e5", "1_000", "21,5",
        "1e400",
        "-1e400", "0x1F", "inf", "-Infinity", "nan", "nan(0x7ff)", " 1", "1 ", "1\0", "--1", "+-1",
        "1.2.3", "1e5.0", "٣", String(repeating: "1", count: 129),
    ])
    func refusesAllElse(text: String) {
        #expect(parse(text) == nil)
    }

    /// What `Value` prints it reads back as the same number.
    @Test func readsItsOwnText() throws {
        var random = SplitMix64(seed: 0x5eed_0001)
        for _ in 0..<20_000 {
            let scale = Int8(random.next() % 19)
            let bits = Int64(bitPattern: random.next()) >> Int64(random.next() % 64)
            let value = Value(bits, scale: scale)
            let read = try #require(parse(value.description), "seed 0x5eed0001: \(value)")
            #expect(read.isDecimal && read == value, "seed 0x5eed0001: \(value)")
        }
    }

    /// Random number texts give the double that the standard library gives.
    @Test func agreesWithTheStandardLibrary() throws {
        var random = SplitMix64(seed: 0x5eed_0002)
        for _ in 0..<20_000 {
            var text = random.next() % 2 == 0 ? "-" : ""
            text += String(random.next() >> (random.next() % 64))
            if random.next() % 2 == 0 {
                text += "." + String(random.next() >> (random.next() % 64))
            }
            if random.next() % 3 == 0 { text += "e\(Int(random.next() % 80) - 40)" }
            let value = try #require(parse(text), "seed 0x5eed0002: \(text)")
            #expect(value.double == Double(text), "seed 0x5eed0002: \(text)")
        }
    }
}

/// Steele, Lea and Flood's generator: small, seeded, the same on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
