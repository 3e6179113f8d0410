// Exact integers in, one rounding out: how sums and means become printed numbers.

/// The double nearest to `numerator / denominator`, ties to even: one rounding, of the exact
/// quotient, so that two programs that agree on the sums agree on every printed digit.
///
/// - Parameter denominator: greater than zero.
/// - Complexity: a few 128-bit divisions.
public func exactQuotient(_ numerator: Int128, _ denominator: Int128) -> Double {
    precondition(denominator > 0, "a quotient needs a positive denominator")
    if numerator == 0 { return 0 }
    // Doubles hold both: IEEE 754 rounds their quotient as it is rounded below.
    if numerator.magnitude <= exactIntegerMax, denominator.magnitude <= exactIntegerMax {
        return Double(Int64(numerator)) / Double(Int64(denominator))
    }
    let isNegative = numerator < 0
    var dividend = numerator.magnitude
    var divisor = denominator.magnitude

    // Scale by powers of two until the quotient has 55 bits or more: 53 for the double, the rest
    // and the remainder for the rounding. Both operands keep within 128 bits.
    var exponent = 0
    let shift = min(dividend.leadingZeroBitCount, 127)
    dividend <<= UInt128(shift)
    exponent -= shift
    let headroom = 128 - divisor.leadingZeroBitCount
    if headroom > 73 {
        // The divisor is so wide that the quotient would lose bits: divide out in two steps.
        return exactWideQuotient(dividend, divisor, exponent: exponent, isNegative: isNegative)
    }
    let trailing = divisor.trailingZeroBitCount
    divisor >>= UInt128(trailing)
    exponent -= trailing
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return rounded(
        quotient, isInexact: remainder != 0, exponent: exponent, isNegative: isNegative)
}

/// Up to here a double holds every integer.
private let exactIntegerMax: UInt128 = 1 << 53

/// The quotient by long division, bit by bit, for divisors above 73 bits.
private func exactWideQuotient(
    _ dividend: UInt128, _ divisor: UInt128, exponent: Int, isNegative: Bool
) -> Double {
    var (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    var exponent = exponent
    while quotient.leadingZeroBitCount > 64 {
        // INVARIANT: remainder < divisor <= 2^127, so doubling it cannot overflow.
        remainder <<= 1
        quotient <<= 1
        exponent -= 1
        if remainder >= divisor {
            remainder -= divisor
            quotient |= 1
        }
    }
    return rounded(
        quotient, isInexact: remainder != 0, exponent: exponent, isNegative: isNegative)
}

/// `significand × 2^exponent` to the nearest double; `isInexact` says that something positive
/// and smaller than one unit of the significand was cut off.
private func rounded(
    _ significand: UInt128, isInexact: Bool, exponent: Int, isNegative: Bool
) -> Double {
    let width = 128 - significand.leadingZeroBitCount
    let surplus = width - 53
    var kept = significand
    var exponent = exponent
    if surplus > 0 {
        let half = UInt128(1) << UInt128(surplus - 1)
        let cut = significand & ((half << 1) - 1)
        kept = significand >> UInt128(surplus)
        exponent += surplus
        if cut > half || (cut == half && (isInexact || kept & 1 == 1)) { kept += 1 }
    }
    // Sums and means of 64-bit decimals lie far inside the normal range of a double.
    let magnitude = Double(sign: .plus, exponent: exponent, significand: Double(UInt64(kept)))
    return isNegative ? -magnitude : magnitude
}

/// `mantissa × 10^-scale` in decimal digits, without trailing zeros after the point.
public func decimalText(_ mantissa: Int128, scale: Int8) -> String {
    var digits = String(mantissa.magnitude)
    let scale = Int(scale)
    if scale > 0 {
        if digits.count <= scale {
            digits = String(repeating: "0", count: scale + 1 - digits.count) + digits
        }
        let point = digits.index(digits.endIndex, offsetBy: -scale)
        var fraction = digits[point...]
        while fraction.last == "0" { fraction.removeLast() }
        digits = String(digits[..<point]) + (fraction.isEmpty ? "" : "." + fraction)
    }
    return (mantissa < 0 ? "-" : "") + digits
}

/// The shortest text that reads back as the same double, without an exponent up to 10^16 and
/// without the ".0" that Swift adds to whole numbers.
public func doubleText(_ double: Double) -> String {
    if double == double.rounded(), abs(double) < 1e16 { return String(Int64(double)) }
    return double.description
}
