import Telemetry

/// A sum that does not depend on the order of its terms.
///
/// Decimals are added as 128-bit integers on the finest grid seen so far: 10^19 readings of 18
/// digits fit, and nothing is rounded until the sum is printed. When a term is a binary float, or a
/// grid becomes too fine for 128 bits, the sum goes on as a compensated sum of doubles (Neumaier
/// 1974: the error of each addition is kept apart and added at the end).
public struct ExactSum: Sendable, Equatable {
    /// The sum times 10^`scale`, while the sum is a decimal. Then the total of the doubles, in the
    /// low half, and their compensation: windows are held by the hundred thousand.
    private var bits: Int128 = 0
    /// Digits after the point, or ``Value/binaryScale``.
    public private(set) var scale: Int8 = 0

    public init() {}

    /// A decimal sum as a block stores it.
    public init(total: Int128, scale: Int8) {
        bits = total
        self.scale = scale
    }

    /// A binary sum as a block stores it, rounded to one double.
    public init(binary total: Double) {
        self.init(total, compensation: 0)
    }

    /// The sum of one value.
    public init(of value: Value) {
        if value.isDecimal {
            self.init(total: Int128(value.bits), scale: value.scale)
        } else {
            self.init(binary: value.double)
        }
    }

    private init(_ total: Double, compensation: Double) {
        bits = Int128(compensation.bitPattern) << 64 | Int128(total.bitPattern)
        scale = Value.binaryScale
    }

    /// The sum times 10^`scale`, 0 where it is not a decimal.
    public var total: Int128 { isDecimal ? bits : 0 }
    private var binaryTotal: Double {
        Double(bitPattern: UInt64(truncatingIfNeeded: bits))
    }
    private var compensation: Double {
        Double(bitPattern: UInt64(truncatingIfNeeded: bits >> 64))
    }

    /// Whether the sum is an exact decimal.
    public var isDecimal: Bool { scale >= 0 }

    /// The sum, rounded once.
    public var double: Double {
        guard isDecimal else { return binaryTotal + compensation }
        return exactQuotient(bits, Int128(powersOfTen[Int(scale)]))
    }

    /// The sum divided by a positive number, rounded once: a mean.
    public func divided(by count: Int64) -> Double {
        guard isDecimal else { return double / Double(count) }
        let (divisor, overflow) = Int128(powersOfTen[Int(scale)])
            .multipliedReportingOverflow(by: Int128(count))
        return overflow ? double / Double(count) : exactQuotient(bits, divisor)
    }

    /// Adds one value.
    public mutating func add(_ value: Value) {
        if value.scale == scale && isDecimal {
            let (sum, overflow) = bits.addingReportingOverflow(Int128(value.bits))
            if !overflow {
                bits = sum
                return
            }
        }
        add(value, times: 1)
    }

    /// Adds a value `count` times: a power held for so many milliseconds.
    public mutating func add(_ value: Value, times count: Int64) {
        if value.isDecimal {
            add(ExactSum(total: Int128(value.bits) * Int128(count), scale: value.scale))
        } else {
            add(ExactSum(binary: value.double * Double(count)))
        }
    }

    /// Adds what another sum holds.
    public mutating func add(_ other: ExactSum) {
        if scale == other.scale, isDecimal {
            let (sum, overflow) = bits.addingReportingOverflow(other.bits)
            if !overflow {
                bits = sum
                return
            }
        }
        guard isDecimal, other.isDecimal, let (left, right, scale) = aligned(with: other) else {
            addBinary(other)
            return
        }
        let (sum, overflow) = left.addingReportingOverflow(right)
        guard !overflow else {
            addBinary(other)
            return
        }
        bits = sum
        self.scale = scale
    }

    /// Both totals on the finer of the two grids, nil where 128 bits do not hold them.
    private func aligned(with other: ExactSum) -> (Int128, Int128, Int8)? {
        let finest = max(scale, other.scale)
        guard let left = rescaled(to: finest), let right = other.rescaled(to: finest) else {
            return nil
        }
        return (left, right, finest)
    }

    /// The total on a finer grid, nil where 128 bits do not hold it.
    public func rescaled(to finer: Int8) -> Int128? {
        guard isDecimal, finer >= scale else { return nil }
        if finer == scale { return bits }
        let factor = Int128(powersOfTen[Int(finer - scale)])
        let (product, overflow) = bits.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    private mutating func addBinary(_ other: ExactSum) {
        let (old, error) = doubles
        let (term, rest) = other.doubles
        let sum = old + term
        let lost = abs(old) >= abs(term) ? (old - sum) + term : (term - sum) + old
        self = ExactSum(sum, compensation: error + rest + lost)
    }

    /// The sum as the nearest double and another one of what that is away from it: what a sum of
    /// doubles goes on from.
    private var doubles: (Double, Double) {
        guard isDecimal else { return (binaryTotal, compensation) }
        let nearest = double
        let places = max(0, 52 - Int(nearest == 0 ? 0 : nearest.exponent))
        let unit = Int128(powersOfTen[Int(scale)])
        // Where 128 bits do not hold both in binary places of the double, its error stays unknown.
        guard max(total.magnitude, unit.magnitude) >> UInt128(max(0, 126 - places)) == 0,
            let whole = Int128(
                exactly: nearest * Double(sign: .plus, exponent: places, significand: 1))
        else { return (nearest, 0) }
        let rest = total << Int128(places) &- whole &* unit
        return (nearest, exactQuotient(rest, unit << Int128(places)))
    }
}

extension ExactSum: CustomStringConvertible {
    public var description: String {
        isDecimal ? decimalText(bits, scale: scale) : doubleText(double)
    }
}
