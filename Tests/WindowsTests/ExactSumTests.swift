import NaiveModel
import Telemetry
import Testing
import Windows

/// Sums do not depend on the order of their terms and are rounded once.
struct ExactSumTests {
    private func sum(_ values: [Value]) -> ExactSum {
        var sum = ExactSum()
        for value in values { sum.add(value) }
        return sum
    }

    /// Ten readings of 0.1 are 1, whatever doubles say.
    @Test func decimalsAreExact() {
        let tenth = [Value](repeating: Value(1, scale: 1), count: 10)
        #expect(sum(tenth).description == "1")
        #expect(sum(tenth).divided(by: 10) == 0.1)
        #expect(
            sum([Value(1, scale: 18), Value(Int64.max)]).description == "\(Int64.max)."
                + "000000000000000001")
    }

    @Test func mixedScalesInAnyOrder() {
        var random = SplitMix64(seed: 0x5eed_0026)
        for round in 0..<500 {
            var values = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                Value(
                    Int64(bitPattern: random.next()) >> Int64.random(in: 8...63, using: &random),
                    scale: Int8.random(in: 0...18, using: &random))
            }
            let expected = values.reduce(Int128(0)) { $0 + exact($1) }
            let whole = sum(values)
            let comment: Comment = "seed 0x5eed0026, round \(round)"
            #expect(whole.rescaled(to: 18) == expected, comment)
            #expect(whole.double == exactQuotient(expected, 1_000_000_000_000_000_000), comment)
            values.shuffle(using: &random)
            var parts = ExactSum()
            let cut = Int.random(in: 0...values.count, using: &random)
            parts.add(sum(Array(values[cut...])))
            parts.add(sum(Array(values[..<cut])))
            #expect(parts.rescaled(to: 18) == expected, comment)
        }
    }

    /// A mean is the exact sum divided once: for scales and counts whose product 64 bits hold not.
    @Test func meansRoundOnce() {
        var random = SplitMix64(seed: 0x5eed_0027)
        for _ in 0..<2_000 {
            let value = Value(
                Int64(bitPattern: random.next()), scale: Int8.random(in: 0...18, using: &random))
            let count = Int64.random(in: 1...1 << 40, using: &random)
            #expect(
                sum([value]).divided(by: count)
                    == exactQuotient(
                        Int128(value.bits), Int128(powersOfTen[Int(value.scale)]) * Int128(count)),
                "seed 0x5eed0027: \(value) / \(count)")
        }
    }

    /// Binary floats lose next to nothing either: what cancels out leaves the rest.
    @Test func binarySumsAreCompensated() {
        let values = [1e17, 0.125, -1e17, 0.25].map { Value(binary: $0) }
        #expect(sum(values).double == 0.375)
        #expect(!sum(values).isDecimal)
        let mixed = sum([Value(5, scale: 1), Value(binary: 0.25), Value(25, scale: 2)])
        #expect(mixed.double == 1)
        #expect(mixed.rescaled(to: 18) == nil)
    }

    /// A term that no decimal of 18 places is takes nothing from those that are.
    @Test func oneDoubleAmongDecimals() {
        var random = SplitMix64(seed: 0x5eed_0028)
        // As the double nearest to it, it is away from its nineteen places by less than matters.
        let tiny = Value(binary: 0.0010000000474974513)
        for round in 0..<500 {
            var values = (0..<24).map { _ in
                Value(Int64.random(in: 10...99, using: &random) * 1_000_000_000_000_001, scale: 15)
            }
            let decimals = values.reduce(Int128(0)) { $0 + exact($1) }
            values.insert(tiny, at: Int.random(in: 0...24, using: &random))
            let whole = sum(values)
            let expected = exactQuotient(
                decimals * 10 + 10_000_000_474_974_513, 10_000_000_000_000_000_000)
            #expect(!whole.isDecimal && whole.double == expected, "seed 0x5eed0028, round \(round)")
        }
    }

    /// Where 128 bits do not hold the sum, it goes on as a double near to it.
    @Test func tooWideSumsGoOn() {
        var large = ExactSum(total: .max - 5, scale: 0)
        large.add(Value(4))
        #expect(large.isDecimal)
        large.add(Value(Int64.max))
        #expect(!large.isDecimal)
        #expect(large.double == 0x1p127)
        var fine = ExactSum(total: .max / 10, scale: 0)
        fine.add(Value(1, scale: 2))
        #expect(abs(fine.double - 0x1p127 / 10) <= 0x1p124 * Double.ulpOfOne)
    }

    @Test func timesAndSubtraction() {
        var energy = ExactSum()
        energy.add(Value(2305, scale: 1), times: 3_600_000)
        #expect(energy.description == "829800000")
        energy.add(Value(829_800_000), times: -1)
        #expect(energy.description == "0" && energy.double == 0)
    }
}
