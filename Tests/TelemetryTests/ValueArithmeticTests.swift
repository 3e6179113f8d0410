import Telemetry
import Testing

struct ValueArithmeticTests {
    private func value(_ text: String) throws -> Value {
        let value = Value(parsing: Array(text.utf8).span)
        return try #require(value)
    }

    @Test(
        arguments: [
            ("1", "4", "0.25"), ("-1", "8", "-0.125"), ("7", "-2", "-3.5"), ("2.5", "0.05", "50"),
            ("0", "3", "0"), ("1", "3", "0.3333333333333333"), ("2", "7", "0.2857142857142857"),
            ("9223372036854775807", "0.000000000000000001", "9.223372036854776e+36"),
            ("1", "1000000000000000000", "0.000000000000000001"),
        ] as [(String, String, String)])
    func quotients(dividend: String, divisor: String, expected: String) throws {
        let quotient = try value(dividend).divided(by: value(divisor))
        #expect(quotient?.description == expected)
    }

    @Test func nothingIsDividedByZero() throws {
        #expect(Value(1).divided(by: Value(0)) == nil)
        #expect(Value(binary: 1).divided(by: Value(0)) == nil)
        #expect(Value(.min).negated == nil)
        #expect(Value(.min + 1).negated == Value(.max))
    }

    @Test(
        arguments: [
            ("2.345", 2, "2.35"), ("-2.345", 2, "-2.35"), ("2.344", 2, "2.34"), ("7", 3, "7"),
            ("0.5", 0, "1"), ("-0.5", 0, "-1"), ("0.4999", 0, "0"),
        ] as [(String, Int8, String)])
    func roundings(text: String, digits: Int8, expected: String) throws {
        #expect(try value(text).rounded(toDigits: digits).description == expected)
    }

    @Test func floatsAreRoundedToDecimals() {
        let float = Value(binary: Double(Float(21.7)))
        #expect(float.rounded(toDigits: 2).description == "21.7")
        #expect(float.rounded(toDigits: 2).isDecimal)
        #expect(Value(binary: 1e300).rounded(toDigits: 2) == Value(binary: 1e300))
    }
}
