import Telemetry

/// How the parts of a text are called, and what stands between them.
public struct DelimitedText: Sendable {
    let separator: UInt8
    /// Nil for a part that nobody wants.
    let names: [[UInt8]?]
    /// Between the name and the value of a part, where the text has names: `T:21.5,H:40`.
    let pairing: UInt8?
    let hasDecimalComma: Bool

    /// Parts by their places, `21.5;40`.
    public init(separator: UInt8, names: [[UInt8]?], hasDecimalComma: Bool) {
        self.separator = separator
        self.names = names
        pairing = nil
        self.hasDecimalComma = hasDecimalComma
    }

    /// Parts with their names, `T:21.5,H:40`.
    public init(separator: UInt8, pairing: UInt8, hasDecimalComma: Bool) {
        self.separator = separator
        names = []
        self.pairing = pairing
        self.hasDecimalComma = hasDecimalComma
    }
}

/// Reads a text of several parts with a separator between them.
///
/// Blanks around a part, and NULs and line ends behind the text, are passed over. A part is a
/// number by the grammar of ``TextScalar``, or else a text; an empty one says nothing. More parts
/// than names are passed over, fewer are missing.
///
/// - Throws: where the text is not UTF-8, has control characters, or a part without its name.
public func decodeDelimited(
    _ payload: Span<UInt8>, as format: DelimitedText, into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var end = payload.count
    while end > 0, [0x00, 0x0a, 0x0d, 0x20].contains(payload[end - 1]) { end -= 1 }
    try checkText(payload.extracting(0..<end), separator: format.separator)
    var start = 0
    var place = 0
    var number: [UInt8] = []
    for index in 0...end where index == end || payload[index] == format.separator {
        let part = trimmed(payload, start..<index)
        if let pairing = format.pairing {
            if !part.isEmpty {
                try addPair(payload, part, pairing, format, &number, to: &list)
            }
        } else if place < format.names.count, let name = format.names[place] {
            let value = value(payload, part, format, &number, in: &list)
            try add(list.text(name.span), value, to: &list)
        }
        start = index + 1
        place += 1
    }
}

private func addPair(
    _ payload: Span<UInt8>, _ part: Range<Int>, _ pairing: UInt8, _ format: DelimitedText,
    _ number: inout [UInt8], to list: inout FieldList
) throws(PayloadError) {
    guard let middle = part.first(where: { payload[$0] == pairing }) else {
        throw .syntax(offset: part.lowerBound)
    }
    let name = trimmed(payload, part.lowerBound..<middle)
    if name.isEmpty { throw .syntax(offset: part.lowerBound) }
    let found = value(
        payload, trimmed(payload, middle + 1..<part.upperBound), format, &number, in: &list)
    try add(list.text(payload.extracting(name)), found, to: &list)
}

private func add(
    _ name: FieldList.Text, _ value: FieldValue, to list: inout FieldList
) throws(PayloadError) {
    try list.add(
        FieldList.Field(
            name: name, value: value, unit: .empty, time: nil, labelStart: 0, labelEnd: 0))
}

private func value(
    _ payload: Span<UInt8>, _ part: Range<Int>, _ format: DelimitedText,
    _ number: inout [UInt8], in list: inout FieldList
) -> FieldValue {
    if part.isEmpty { return .null }
    number.removeAll(keepingCapacity: true)
    for index in part {
        let isComma = format.hasDecimalComma && payload[index] == UInt8(ascii: ",")
        number.append(isComma ? UInt8(ascii: ".") : payload[index])
    }
    if let value = Value(parsing: number.span) { return .number(value) }
    return .text(list.text(payload.extracting(part)))
}

private func trimmed(_ payload: Span<UInt8>, _ part: Range<Int>) -> Range<Int> {
    var (start, end) = (part.lowerBound, part.upperBound)
    while start < end, payload[start] == 0x20 { start += 1 }
    while start < end, payload[end - 1] == 0x20 { end -= 1 }
    return start..<end
}
