import Telemetry

// Numbers and times in texts whose grammar is wider than that of JSON.

/// Reads a number of C or Go: as ``Telemetry/Value/init(parsing:)`` does, and with zeros before it
/// (`007`) or a bare point (`.5`, `5.`).
///
/// - Returns: nil where the text is no number; `.noNumber` for `NaN`, `Inf` and `Infinity`, in
///   capitals or not, and for what no double holds.
func realNumber(_ text: Span<UInt8>) -> FieldValue? {
    if let value = Value(parsing: text) { return .number(value) }
    if isNotFinite(text) { return .noNumber }
    guard let parts = RealNumberParts(text) else { return nil }
    var plain: [UInt8] = parts.isNegative ? [UInt8(ascii: "-")] : []
    var start = parts.integer.lowerBound
    while start < parts.integer.upperBound, text[start] == 0x30 { start += 1 }
    if start == parts.integer.upperBound { plain.append(0x30) }
    for index in start..<parts.integer.upperBound { plain.append(text[index]) }
    if !parts.fraction.isEmpty { plain.append(UInt8(ascii: ".")) }
    for index in parts.fraction { plain.append(text[index]) }
    for index in parts.exponent { plain.append(text[index]) }
    return Value(parsing: plain.span).map { .number($0) } ?? .noNumber
}

/// Milliseconds since 1970 UTC of decimal seconds: rounded down, and exact whatever the number of
/// digits; nil where the text is no number or no time of the calendar.
func milliseconds(ofSeconds text: Span<UInt8>) -> Int64? {
    guard let parts = RealNumberParts(text) else { return nil }
    let milliseconds: Int128
    if parts.exponent.isEmpty {
        guard let seconds = magnitude(text, parts.integer) else { return nil }
        var thousandths: Int64 = 0
        for offset in 0..<3 {
            let index = parts.fraction.lowerBound + offset
            let digit = index < parts.fraction.upperBound ? text[index] &- 0x30 : 0
            thousandths = thousandths * 10 + Int64(digit)
        }
        let rest = parts.fraction.dropFirst(3)
        let isCut = rest.contains { text[$0] != 0x30 }
        let sum = Int128(seconds) * 1_000 + Int128(thousandths)
        milliseconds = parts.isNegative ? -sum - (isCut ? 1 : 0) : sum
    } else {
        guard case .number(let value)? = realNumber(text), value.isDecimal else { return nil }
        let product = Int128(value.bits) * 1_000
        let divisor = Int128(powersOfTen[Int(value.scale)])
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: divisor)
        milliseconds = remainder < 0 ? quotient - 1 : quotient
    }
    return calendarTime(milliseconds)
}

/// Milliseconds since 1970 UTC that are written as a whole number; nil where the text is none or
/// no time of the calendar.
func milliseconds(_ text: Span<UInt8>) -> Int64? {
    guard let parts = RealNumberParts(text), parts.integer.upperBound == text.count,
        let magnitude = magnitude(text, parts.integer)
    else { return nil }
    return calendarTime(parts.isNegative ? -Int128(magnitude) : Int128(magnitude))
}

private func calendarTime(_ milliseconds: Int128) -> Int64? {
    Int64(exactly: milliseconds).flatMap { calendarInstants.contains($0) ? $0 : nil }
}

/// The number of some digits, nil beyond 64 bits.
private func magnitude(_ text: Span<UInt8>, _ digits: Range<Int>) -> Int64? {
    var sum: Int64 = 0
    for index in digits {
        let (product, isOver) = sum.multipliedReportingOverflow(by: 10)
        let (next, isOverToo) = product.addingReportingOverflow(Int64(text[index] &- 0x30))
        guard !isOver, !isOverToo else { return nil }
        sum = next
    }
    return sum
}

private func isNotFinite(_ text: Span<UInt8>) -> Bool {
    var start = 0
    if let sign = text.byte(at: 0), sign == 0x2d || sign == 0x2b { start = 1 }
    return notFinite.contains { word in
        word.count == text.count - start
            && word.indices.allSatisfy { text[start + $0] | 0x20 == word[$0] }
    }
}

private let notFinite = ["nan", "inf", "infinity"].map { Array($0.utf8) }

/// Where a number's text has its parts: `[+-]` `integer` `.` `fraction` `exponent`.
private struct RealNumberParts {
    var isNegative = false
    let integer: Range<Int>
    let fraction: Range<Int>
    /// With its `e`; empty where there is none.
    let exponent: Range<Int>

    /// nil where the text is no number.
    init?(_ text: Span<UInt8>) {
        var index = 0
        if let sign = text.byte(at: 0), sign == 0x2d || sign == 0x2b {
            isNegative = sign == 0x2d
            index = 1
        }
        integer = Self.takeDigits(text, &index)
        if text.byte(at: index) == UInt8(ascii: ".") {
            index += 1
            fraction = Self.takeDigits(text, &index)
        } else {
            fraction = index..<index
        }
        guard !integer.isEmpty || !fraction.isEmpty else { return nil }
        let start = index
        if let mark = text.byte(at: index), mark | 0x20 == UInt8(ascii: "e") {
            index += 1
            if let sign = text.byte(at: index), sign == 0x2d || sign == 0x2b { index += 1 }
            guard !Self.takeDigits(text, &index).isEmpty else { return nil }
        }
        exponent = start..<index
        guard index == text.count else { return nil }
    }

    private static func takeDigits(_ text: Span<UInt8>, _ index: inout Int) -> Range<Int> {
        let start = index
        while let byte = text.byte(at: index), byte &- 0x30 <= 9 { index += 1 }
        return start..<index
    }
}
