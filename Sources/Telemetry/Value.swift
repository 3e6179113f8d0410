/// A measured value, exactly as the device wrote it.
///
/// Nearly every sensor prints decimals, so a value is a decimal number: `bits` × 10^-`scale`.
/// Sums of such values are exact integer sums. Only what no decimal of 18 digits can hold (a binary
/// float of a payload, or a text with more digits) is kept as an IEEE 754 double, whose bit
/// pattern is then in `bits` and whose `scale` is ``binaryScale``.
@frozen
public struct Value: BitwiseCopyable, Sendable {
    /// The decimal's integer part scaled by 10^`scale`, or a double's bit pattern.
    public let bits: Int64
    /// Digits after the decimal point, 0...18, or ``binaryScale``.
    public let scale: Int8

    /// Marks a value that is a double and not a decimal.
    public static var binaryScale: Int8 { -1 }
    /// The most digits after the point that a decimal keeps.
    public static var scaleMax: Int8 { 18 }

    /// A decimal. `scale` must lie in 0...18.
    @inlinable
    public init(_ mantissa: Int64, scale: Int8 = 0) {
        assert(scale >= 0 && scale <= Value.scaleMax)
        bits = mantissa
        self.scale = scale
    }

    /// A finite double.
    @inlinable
    public init(binary double: Double) {
        assert(double.isFinite)
        // -0 and 0 are one value.
        bits = Int64(bitPattern: (double == 0 ? 0.0 : double).bitPattern)
        scale = Value.binaryScale
    }

    /// A value as a column stores it: `bits` beside the column's `scale`.
    @inlinable
    public init(bits: Int64, scale: Int8) {
        self.bits = bits
        self.scale = scale
    }

    /// Whether the value is a decimal rather than a double.
    @inlinable
    public var isDecimal: Bool { scale >= 0 }

    /// The nearest double (correctly rounded).
    public var double: Double {
        guard isDecimal else { return Double(bitPattern: UInt64(bitPattern: bits)) }
        if scale == 0 { return Double(bits) }
        return exactQuotient(Int128(bits), Int128(powersOfTen[Int(scale)]))
    }

    /// The mantissa at another number of digits, or nil where it does not fit or is no decimal.
    @inlinable
    public func mantissa(atScale target: Int8) -> Int64? {
        guard isDecimal, target >= scale else { return nil }
        if target == scale { return bits }
        let (product, overflow) = bits.multipliedReportingOverflow(
            by: powersOfTen[Int(target - scale)])
        return overflow ? nil : product
    }
}

extension Value: Equatable, Comparable {
    /// Numeric equality: 1.50 equals 1.5.
    public static func == (left: Value, right: Value) -> Bool {
        order(left, right) == 0
    }

    /// Numeric order, exact between decimals, by the nearest doubles otherwise.
    public static func < (left: Value, right: Value) -> Bool {
        order(left, right) < 0
    }

    @inline(__always)
    private static func order(_ left: Value, _ right: Value) -> Int {
        if left.scale == right.scale && left.isDecimal {
            return left.bits < right.bits ? -1 : left.bits == right.bits ? 0 : 1
        }
        if left.isDecimal && right.isDecimal {
            let scale = max(left.scale, right.scale)
            let wideLeft = Int128(left.bits) * Int128(powersOfTen[Int(scale - left.scale)])
            let wideRight = Int128(right.bits) * Int128(powersOfTen[Int(scale - right.scale)])
            return wideLeft < wideRight ? -1 : wideLeft == wideRight ? 0 : 1
        }
        let a = left.double
        let b = right.double
        return a < b ? -1 : a == b ? 0 : 1
    }
}

extension Value: CustomStringConvertible {
    /// The decimal without trailing zeros, or the double's shortest text that reads back the same.
    public var description: String {
        isDecimal
            ? decimalText(Int128(bits), scale: scale)
            : doubleText(double)
    }
}

/// 10^0 ... 10^18.
public let powersOfTen: [Int64] = (0...18).map { exponent in
    (0..<exponent).reduce(Int64(1)) { power, _ in power * 10 }
}
