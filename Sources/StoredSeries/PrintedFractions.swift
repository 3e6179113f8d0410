import Telemetry
import Windows

/// Values that are whole numbers of some fraction, printed with a number of significant digits.
///
/// A program that averages sixty readings of a tenth and prints the mean with all the digits of a
/// double gives 769.666666666667 and 21.6166666666667: fifteen digits that hold little more than
/// the numbers 4618 sixths and 1297 sixtieths. As such they need a fraction of the bits.
package struct PrintedFractions: Equatable, Sendable {
    /// A value is an index divided by this, 1 to ``denominatorMaximum``.
    package let denominator: Int64
    /// Significant digits, 1...18; digits after them were rounded off, half up.
    package let digits: Int
    /// Digits after the point of what the values are compared with, 0...18.
    package let scale: Int8

    package static let denominatorMaximum: Int64 = 1_000_000

    /// Nil where a number is out of its range.
    package init?(denominator: Int64, digits: Int64, scale: Int64) {
        guard 1...Self.denominatorMaximum ~= denominator, 1...18 ~= digits,
            0...Int64(Value.scaleMax) ~= scale
        else { return nil }
        self.denominator = denominator
        self.digits = Int(digits)
        self.scale = Int8(scale)
    }

    /// The index of a value, nil where it is not printed so.
    func index(of value: Value) -> Int64? {
        guard let mantissa = value.mantissa(atScale: scale) else { return nil }
        let index = nearestIndex(to: Int128(mantissa))
        guard let index = Int64(exactly: index), self.mantissa(at: index) == mantissa else {
            return nil
        }
        return index
    }

    /// The value of an index, times 10^`scale`; nil where 64 bits do not hold it.
    func mantissa(at index: Int64) -> Int64? {
        // INVARIANT: below 2^63 × 10^18 × 2, which is far below 2^127.
        let product = 2 * Int128(index.magnitude) * unit
        let excess = max(0, digitCount(product / (2 * Int128(denominator))) - digits)
        guard excess <= Int(Value.scaleMax) else { return nil }
        let step = Int128(powersOfTen[excess])
        let place = step * Int128(denominator)
        let magnitude = (product + place) / (2 * place) * step
        return Int64(exactly: index < 0 ? -magnitude : magnitude)
    }

    /// A sum as the index that is nearest, and what the sum is above that, times 10^`scale`: the
    /// rounding errors of its terms. Nil where 64 bits do not hold them.
    func parts(of sum: ExactSum) -> (index: Int64, rest: Int64)? {
        guard let total = sum.rescaled(to: scale), total.magnitude < Self.sumMaximum else {
            return nil
        }
        guard let index = Int64(exactly: nearestIndex(to: total)),
            let rest = Int64(exactly: total - point(index))
        else { return nil }
        return (index, rest)
    }

    /// The sum of parts, wrapping around where no writer made them.
    func sum(index: Int64, rest: Int64) -> ExactSum {
        ExactSum(total: point(index) &+ Int128(rest), scale: scale)
    }

    /// LIMIT: sums from here on times the denominator may not fit 128 bits.
    private static let sumMaximum: UInt128 = 1 << 100

    private var unit: Int128 { Int128(powersOfTen[Int(scale)]) }

    private func nearestIndex(to total: Int128) -> Int128 {
        let doubled = 2 * total * Int128(denominator)
        return (doubled + (total < 0 ? -unit : unit)) / (2 * unit)
    }

    /// An index's place among the totals of sums, rounded towards zero.
    private func point(_ index: Int64) -> Int128 { Int128(index) * unit / Int128(denominator) }
}

extension PrintedFractions {
    /// Fewer digits than these are as short by themselves.
    private static let digitsMinimum = 6
    /// All means of up to a thousand whole numbers, and of up to thirteen decimals; and whatever
    /// factor such a number was multiplied by.
    private static let denominators: [Int64] =
        Array(3...1_023) + [1_100, 1_300, 6_000, 7_000, 9_000, 11_000, 13_000]
    private static let sampleCount = 128

    /// The fractions that nearly all of the values are, nil where there are none.
    ///
    /// - Complexity: values that are none are seen within a sample of them.
    static func find(in values: some Collection<Value>) -> PrintedFractions? {
        let scale = values.reduce(0) { max($0, $1.scale) }
        guard scale >= 4 else { return nil }
        let sample = Array(values.prefix(sampleCount))
        let digits = sample.reduce(0) { max($0, $1.significantDigits) }
        guard digits >= digitsMinimum else { return nil }
        for denominator in denominators where denominator < powersOfTen[Int(scale)] / 2 {
            guard
                let fractions = PrintedFractions(
                    denominator: denominator, digits: Int64(digits), scale: Int64(scale)),
                fractions.fit(sample), fractions.fit(values)
            else { continue }
            return fractions
        }
        return nil
    }

    /// Decimals of the digits that nearly all of the values have, where the rest of them, or the
    /// windows' sums, have more, up to `finest`: tenths, hundredths and so on, of all digits. Nil
    /// where that saves nothing.
    static func decimals(of values: some Collection<Value>, finest: Int8) -> PrintedFractions? {
        var counts = [Int](repeating: 0, count: Int(Value.scaleMax) + 1)
        for value in values { counts[Int(value.shortestScale)] += 1 }
        var others = values.count
        for scale in 0..<min(finest, 7) {
            others -= counts[Int(scale)]
            guard others <= values.count / 16 else { continue }
            return PrintedFractions(
                denominator: powersOfTen[Int(scale)], digits: 18, scale: Int64(finest))
        }
        return nil
    }

    /// Whether all but a sixteenth of the values are such fractions.
    private func fit(_ values: some Collection<Value>) -> Bool {
        allButASixteenth(of: values) { index(of: $0) != nil }
    }
}

/// Whether no more than one value in sixteen fails a test.
func allButASixteenth(
    of values: some Collection<Value>, pass test: (Value) -> Bool
) -> Bool {
    var others = values.count / 16
    for value in values where !test(value) {
        others -= 1
        if others < 0 { return false }
    }
    return true
}

extension Value {
    /// Digits after the point without zeros at their end; 0 of a double.
    var shortestScale: Int8 {
        var (mantissa, scale) = (bits, max(0, scale))
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        return scale
    }

    /// Digits of a decimal without zeros before and behind them; none of zero, or of a double.
    var significantDigits: Int {
        guard isDecimal, bits != 0 else { return 0 }
        var mantissa = bits.magnitude
        while mantissa % 10 == 0 { mantissa /= 10 }
        return digitCount(Int128(mantissa))
    }
}

extension ExactSum {
    /// That of one value.
    init(of value: Value) {
        self.init()
        add(value)
    }

    /// The same number without zeros at the end of its digits; nil for a sum of doubles.
    var shortest: ExactSum? {
        guard isDecimal else { return nil }
        var (total, scale) = (total, scale)
        while scale > 0, total % 10 == 0 {
            total /= 10
            scale -= 1
        }
        return ExactSum(total: total, scale: scale)
    }
}

/// Digits of a number that is not below zero; one of zero.
private func digitCount(_ number: Int128) -> Int {
    guard let small = Int64(exactly: number) else {
        return 18 + digitCount(number / Int128(powersOfTen[18]))
    }
    return max(1, powersOfTen.firstIndex { small < $0 } ?? 19)
}
