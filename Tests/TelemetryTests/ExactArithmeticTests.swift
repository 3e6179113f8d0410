import Telemetry
import Testing

/// Exact integers in, one rounding out.
struct ExactArithmeticTests {
    /// The nearest double by long division, a bit at a time: slow and plain.
    private func reference(_ numerator: Int128, _ denominator: Int128) -> Double {
        let dividend = numerator.magnitude
        let divisor = denominator.magnitude
        var remainder: UInt128 = 0
        var significand: UInt64 = 0
        var width = 0
        var place = 127
        // 53 bits from the first one that is set, then one for the half.
        while width < 54 {
            let bit = place >= 0 ? (dividend >> UInt128(place)) & 1 : 0
            remainder = remainder << 1 | bit
            let digit: UInt64 = remainder >= divisor ? 1 : 0
            if digit == 1 { remainder -= divisor }
            significand = significand << 1 | digit
            if width > 0 || digit == 1 { width += 1 }
            place -= 1
            if dividend == 0 { return 0 }
        }
        var isBeyondHalf = remainder != 0
        for lower in 0..<max(0, place + 1) where (dividend >> UInt128(lower)) & 1 == 1 {
            isBeyondHalf = true
        }
        var kept = significand >> 1
        if significand & 1 == 1, isBeyondHalf || kept & 1 == 1 { kept += 1 }
        let magnitude = Double(sign: .plus, exponent: place + 2, significand: Double(kept))
        return numerator < 0 ? -magnitude : magnitude
    }

    @Test func roundsOnce() {
        var random = SplitMix64(seed: 0x5eed_0012)
        for _ in 0..<50_000 {
            let high = Int128(Int64(bitPattern: random.next()))
            let numerator = (high << 64 | Int128(random.next())) >> Int128(random.next() % 127)
            let raw = UInt128(random.next()) << 64 | UInt128(random.next())
            let denominator = Int128(raw >> UInt128(1 + random.next() % 127)) | 1
            #expect(
                exactQuotient(numerator, denominator) == reference(numerator, denominator),
                "seed 0x5eed0012: \(numerator) / \(denominator)")
        }
    }

    static let extremes: [Int128] = [
        .min, .min + 1, .max, .max - 1, Int128(Int64.min), Int128(Int64.max), 1, 2, 3, -1, 10,
        Int128(1) << 64, (Int128(1) << 73) - 1, Int128(1) << 73, (Int128(1) << 73) + 1,
        (Int128(1) << 53) + 1, (Int128(1) << 54) - 1, 1_000_000_000_000_000_000,
    ]

    @Test(arguments: extremes, extremes.filter { $0 > 0 })
    func roundsExtremes(numerator: Int128, denominator: Int128) {
        #expect(
            exactQuotient(numerator, denominator) == reference(numerator, denominator))
    }

    /// A quotient that lies exactly between two doubles goes to the even one.
    @Test func tiesGoToEven() {
        var random = SplitMix64(seed: 0x5eed_0013)
        for _ in 0..<5_000 {
            let even = (UInt64(1) << 52 | random.next() >> 12) & ~1
            let factor = Int128(random.next() >> 2 | 1)
            // Above the even double by half a unit, below it by half a unit.
            for half in [Int128(even) * 2 + 1, Int128(even) * 2 - 1] where even > 1 << 52 {
                #expect(
                    exactQuotient(half * factor, 2 * factor) == Double(even),
                    "seed 0x5eed0013: \(half) / 2, times \(factor)")
            }
        }
    }

    /// A decimal becomes the double that its text becomes.
    @Test func decimalsAgreeWithTheirText() {
        var random = SplitMix64(seed: 0x5eed_0014)
        for _ in 0..<20_000 {
            let scale = Int8(random.next() % 19)
            let bits = Int64(bitPattern: random.next()) >> Int64(random.next() % 64)
            let value = Value(bits, scale: scale)
            #expect(value.double == Double(value.description), "seed 0x5eed0014: \(value)")
        }
    }

    @Test(arguments: [
        (Int128(0), 0, "0"), (0, 5, "0"), (-1, 0, "-1"), (1, 3, "0.001"), (-1500, 3, "-1.5"),
        (12_345, 2, "123.45"), (100, 2, "1"), (.min, 0, "\(Int128.min)"),
        (.max, 18, "170141183460469231731.687303715884105727"),
    ])
    func printsDecimals(mantissa: Int128, scale: Int8, text: String) {
        #expect(decimalText(mantissa, scale: scale) == text)
    }

    /// The text of a double reads back as that double, and whole numbers have no point.
    @Test func doublesReadBack() {
        var random = SplitMix64(seed: 0x5eed_0015)
        for _ in 0..<20_000 {
            let double = Double(bitPattern: random.next())
            guard double.isFinite else { continue }
            #expect(Double(doubleText(double)) == double, "seed 0x5eed0015: \(double)")
        }
        for whole in [0, -0.0, 1, -17, 1e14, 1e15, 9_007_199_254_740_992, 1e16] {
            #expect(!doubleText(whole).contains("."), "\(whole)")
        }
    }
}
