import Glibc

extension Value {
    // LIMIT: a double needs at most 17 significant digits; nothing that measures prints 128.
    /// The longest text of a number, in bytes.
    public static var textSizeMax: Int { 128 }

    /// Reads a decimal number as devices and CSV files print it.
    ///
    /// The grammar is that of JSON with one addition: a leading `+`. No leading zeros (`007`), no
    /// bare point (`.5`, `5.`), no white space, no hexadecimal, no `inf` or `nan`.
    ///
    /// A number that fits is kept exactly, the zeros after its point as printed: `21.50` has the
    /// scale 2. An exponent is folded into the scale: `1.5e-7` is 15 at scale 8, `2E3` is 2000.
    /// What no mantissa of 64 bits at a scale of 0...18 holds becomes the nearest double, whatever
    /// the process's locale; too small for a double, it is 0.
    ///
    /// - Returns: nil where the text is no such number, is longer than ``textSizeMax`` or is too
    ///   large for a double.
    public init?(parsing text: Span<UInt8>) {
        guard text.count <= Value.textSizeMax, let decimal = DecimalText(text) else { return nil }
        if let exact = decimal.exactValue {
            self = exact
            return
        }
        let double = nearestDouble(text)
        guard double.isFinite else { return nil }
        self = double == 0 ? Value(0) : Value(binary: double)
    }
}

/// The parts of a number's text: ± `significand` × 10^`exponent`.
private struct DecimalText {
    private var isNegative = false
    /// The digits without trailing zeros.
    private var significand: UInt64 = 0
    private var exponent = 0
    /// Digits after the point once the printed exponent is applied; may be negative.
    private var printedScale = 0
    /// Whether the digits outgrew 64 bits.
    private var isTooLong = false
    /// Zeros read since the last digit that was not zero.
    private var pendingZeros = 0

    /// Nil where the text is not of the grammar.
    init?(_ text: Span<UInt8>) {
        var index = 0
        if index < text.count, text[index] == 0x2d || text[index] == 0x2b {
            isNegative = text[index] == 0x2d
            index += 1
        }
        let integerStart = index
        takeDigits(text, &index)
        let integerDigits = index - integerStart
        guard integerDigits > 0, integerDigits == 1 || text[integerStart] != 0x30 else {
            return nil
        }
        if index < text.count, text[index] == 0x2e {
            index += 1
            let start = index
            takeDigits(text, &index)
            printedScale = index - start
            guard printedScale > 0 else { return nil }
        }
        if index < text.count, text[index] | 0x20 == 0x65 {
            index += 1
            guard let printed = takeExponent(text, &index) else { return nil }
            printedScale -= printed
        }
        guard index == text.count else { return nil }
        exponent = pendingZeros - printedScale
    }

    /// Adds a run of digits, keeping zeros back until a digit follows that is not zero.
    @inline(__always)
    private mutating func takeDigits(_ text: Span<UInt8>, _ index: inout Int) {
        while index < text.count {
            let digit = text[index] &- 0x30
            guard digit <= 9 else { return }
            index += 1
            if digit == 0 {
                pendingZeros += 1
                continue
            }
            while pendingZeros > 0 {
                append(0)
                pendingZeros -= 1
            }
            append(UInt64(digit))
        }
    }

    @inline(__always)
    private mutating func append(_ digit: UInt64) {
        // A significand below 10^18 has room for one digit more.
        if significand < 1_000_000_000_000_000_000 {
            significand = significand * 10 + digit
            return
        }
        let (product, productOverflows) = significand.multipliedReportingOverflow(by: 10)
        let (sum, sumOverflows) = product.addingReportingOverflow(digit)
        isTooLong = isTooLong || productOverflows || sumOverflows
        if !isTooLong { significand = sum }
    }

    /// The number after `e`, capped far outside what a double holds.
    private func takeExponent(_ text: Span<UInt8>, _ index: inout Int) -> Int? {
        var isNegative = false
        if index < text.count, text[index] == 0x2d || text[index] == 0x2b {
            isNegative = text[index] == 0x2d
            index += 1
        }
        let start = index
        var magnitude = 0
        while index < text.count, text[index] &- 0x30 <= 9 {
            magnitude = min(magnitude * 10 + Int(text[index] &- 0x30), 100_000)
            index += 1
        }
        guard index > start else { return nil }
        return isNegative ? -magnitude : magnitude
    }

    /// The value at the printed scale, or the nearest scale that holds it; nil where none does.
    var exactValue: Value? {
        let printed = min(max(printedScale, 0), Int(Value.scaleMax))
        if significand == 0 { return Value(0, scale: Int8(printed)) }
        if isTooLong { return nil }
        let least = max(0, -exponent)
        var scale = max(printed, least)
        while scale >= least, scale <= Int(Value.scaleMax) {
            if let mantissa = mantissa(atScale: scale) {
                return Value(mantissa, scale: Int8(scale))
            }
            scale -= 1
        }
        return nil
    }

    private func mantissa(atScale scale: Int) -> Int64? {
        let shift = exponent + scale
        guard shift <= Int(Value.scaleMax) else { return nil }
        let (magnitude, overflow) = significand.multipliedReportingOverflow(
            by: powersOfTen[shift].magnitude)
        guard !overflow else { return nil }
        if isNegative {
            return magnitude <= Int64.min.magnitude
                ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }
}

/// The locale in which the decimal mark is a point whatever the user's language.
// SAFETY: made once, never freed and never written to; threads only select it.
private nonisolated(unsafe) let pointLocale = unsafe newlocale(1 << LC_NUMERIC, "C", nil)

/// The double nearest to a number's text, infinite where it is too large.
private func nearestDouble(_ text: Span<UInt8>) -> Double {
    // strtod reads the mark of the thread's locale, so the thread borrows the right one.
    let previous = unsafe uselocale(pointLocale)
    // SAFETY: uselocale takes back what it gave.
    defer { _ = unsafe uselocale(previous) }
    // SAFETY: the buffer holds the text, of at most `textSizeMax` bytes, and the NUL that ends it.
    return unsafe withUnsafeTemporaryAllocation(
        of: CChar.self, capacity: Value.textSizeMax + 1
    ) { buffer in
        for index in 0..<text.count {
            unsafe buffer[index] = CChar(bitPattern: text[index])
        }
        unsafe buffer[text.count] = 0
        guard let start = buffer.baseAddress else { return .infinity }
        return unsafe strtod(start, nil)
    }
}
