import Telemetry

extension Value {
    /// The exact product of two decimals, or the double nearest to it where no decimal holds it; of
    /// doubles, the product as IEEE 754 rounds it. Nil beyond the doubles.
    func multiplied(by factor: Value) -> Value? {
        guard isDecimal, factor.isDecimal else { return Value(finite: double * factor.double) }
        return Value(
            Int128(bits) * Int128(factor.bits), wideScale: Int(scale) + Int(factor.scale))
    }

    /// The exact sum of two decimals, otherwise as ``multiplied(by:)``.
    func adding(_ term: Value) -> Value? {
        guard isDecimal, term.isDecimal else { return Value(finite: double + term.double) }
        let wide = max(scale, term.scale)
        // INVARIANT: each product is below 2^63 × 10^18 < 2^123, so the sum fits.
        let left = Int128(bits) * Int128(powersOfTen[Int(wide - scale)])
        let right = Int128(term.bits) * Int128(powersOfTen[Int(wide - term.scale)])
        return Value(left + right, wideScale: Int(wide))
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

    /// The whole number below or at the value × `factor`, nil outside Int64.
    func flooredProduct(_ factor: Int64) -> Int64? {
        guard isDecimal else {
            return Int64(exactly: (double * Double(factor)).rounded(.down))
        }
        let product = Int128(bits) * Int128(factor)
        let divisor = Int128(powersOfTen[Int(scale)])
        let quotient = product / divisor
        return Int64(exactly: product % divisor < 0 ? quotient - 1 : quotient)
    }
}
