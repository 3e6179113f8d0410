// Arithmetic that profiles ask for: exact for decimals where a decimal holds the result.

extension Value {
    /// The exact product of two decimals, or the double nearest to it where no decimal holds it; of
    /// doubles, the product as IEEE 754 rounds it. Nil beyond the doubles.
    public func multiplied(by factor: Value) -> Value? {
        guard isDecimal, factor.isDecimal else { return Value(finite: double * factor.double) }
        return Value(
            Int128(bits) * Int128(factor.bits), wideScale: Int(scale) + Int(factor.scale))
    }

    /// The exact sum of two decimals, otherwise as ``multiplied(by:)``.
    public func adding(_ term: Value) -> Value? {
        guard isDecimal, term.isDecimal else { return Value(finite: double + term.double) }
        let wide = max(scale, term.scale)
        // INVARIANT: each product is below 2^63 × 10^18 < 2^123, so the sum fits.
        let left = Int128(bits) * Int128(powersOfTen[Int(wide - scale)])
        let right = Int128(term.bits) * Int128(powersOfTen[Int(wide - term.scale)])
        return Value(left + right, wideScale: Int(wide))
    }

    /// The value with the other sign, nil only for the least integer, whose opposite is none.
    public var negated: Value? {
        if !isDecimal { return Value(binary: -double) }
        return bits == .min ? nil : Value(-bits, scale: scale)
    }

    /// The exact quotient of two decimals where a decimal holds it, or else the double nearest to
    /// it; of doubles, the quotient as IEEE 754 rounds it. Nil for a division by zero, and beyond
    /// the doubles.
    public func divided(by divisor: Value) -> Value? {
        guard isDecimal, divisor.isDecimal else {
            return Value(finite: double / divisor.double)
        }
        if divisor.bits == 0 { return nil }
        // INVARIANT: each product is below 2^63 × 10^18 < 2^123.
        var top = Int128(bits) * Int128(powersOfTen[Int(divisor.scale)])
        var bottom = Int128(divisor.bits) * Int128(powersOfTen[Int(scale)])
        if bottom < 0 { (top, bottom) = (-top, -bottom) }
        let common = greatestCommonDivisor(top.magnitude, bottom.magnitude)
        top /= Int128(common)
        bottom /= Int128(common)
        // In lowest terms a decimal has a divisor of a power of ten below it.
        for scale in 0...Int(Value.scaleMax) {
            let power = Int128(powersOfTen[scale])
            guard power % bottom == 0 else { continue }
            let (mantissa, isOver) = top.multipliedReportingOverflow(by: power / bottom)
            guard !isOver, let short = Int64(exactly: mantissa) else { break }
            return Value(short, scale: Int8(scale))
        }
        return Value(finite: exactQuotient(top, bottom))
    }

    /// The polynomial c0 + c1 x + c2 x² + … of the value x, by Horner's rule; nil beyond the
    /// doubles.
    public func polynomial(_ coefficients: [Value]) -> Value? {
        var result = Value(0)
        for coefficient in coefficients.reversed() {
            guard let next = result.multiplied(by: self)?.adding(coefficient) else { return nil }
            result = next
        }
        return result
    }

    /// The decimal of so many digits after the point that is nearest to the value, ties away from
    /// zero; the value itself where it has no more digits or no such decimal fits.
    ///
    /// - Parameter digits: 0...18.
    public func rounded(toDigits digits: Int8) -> Value {
        if isDecimal {
            guard scale > digits else { return self }
            let unit = powersOfTen[Int(scale - digits)]
            let (quotient, remainder) = bits.quotientAndRemainder(dividingBy: unit)
            let isUp = remainder.magnitude >= unit.magnitude - remainder.magnitude
            return Value(quotient + (isUp ? remainder.signum() : 0), scale: digits)
        }
        let scaled = (double * Double(powersOfTen[Int(digits)])).rounded()
        guard let mantissa = Int64(exactly: scaled) else { return self }
        return Value(mantissa, scale: digits)
    }

    /// `mantissa` × 10^-`wideScale`, with `wideScale` 0...36: without as many trailing zeros as
    /// are in the way, or as a double.
    private init(_ mantissa: Int128, wideScale: Int) {
        var short = mantissa
        var scale = wideScale
        while scale > 0, scale > Int(Value.scaleMax) || Int64(exactly: short) == nil,
            short % 10 == 0
        {
            short /= 10
            scale -= 1
        }
        if scale <= Int(Value.scaleMax), let bits = Int64(exactly: short) {
            self.init(bits, scale: Int8(scale))
            return
        }
        let upper = Int128(powersOfTen[min(scale, 18)])
        let lower = Int128(powersOfTen[max(scale - 18, 0)])
        self.init(binary: exactQuotient(short, upper * lower))
    }

    private init?(finite double: Double) {
        guard double.isFinite else { return nil }
        self.init(binary: double)
    }

    /// The number where it has no fraction and fits.
    public var wholeNumber: Int64? {
        guard isDecimal else { return Int64(exactly: double) }
        let (quotient, remainder) = bits.quotientAndRemainder(
            dividingBy: powersOfTen[Int(scale)])
        return remainder == 0 ? quotient : nil
    }

    /// A time or length in milliseconds, rounded down, nil outside Int64.
    ///
    /// - Parameter unitsPerSecond: a divisor or a multiple of 1000.
    public func milliseconds(unitsPerSecond: Int64) -> Int64? {
        if unitsPerSecond <= 1000 { return flooredProduct(1000 / unitsPerSecond) }
        return flooredProduct(1).map { floorDivide($0, by: unitsPerSecond / 1000) }
    }

    /// The whole number below or at the value × `factor`, nil outside Int64.
    public func flooredProduct(_ factor: Int64) -> Int64? {
        guard isDecimal else {
            return Int64(exactly: (double * Double(factor)).rounded(.down))
        }
        let product = Int128(bits) * Int128(factor)
        let divisor = Int128(powersOfTen[Int(scale)])
        let quotient = product / divisor
        return Int64(exactly: product % divisor < 0 ? quotient - 1 : quotient)
    }
}

private func greatestCommonDivisor(_ left: UInt128, _ right: UInt128) -> UInt128 {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
}
