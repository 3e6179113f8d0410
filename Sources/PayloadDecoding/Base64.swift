/// Decodes base64 (RFC 4648, section 4); line breaks and blanks are passed over, padding may be
/// missing.
///
/// - Parameter bytes: gets what it stands for, without what was there before.
/// - Throws: at a character of another alphabet, at one behind the padding, and at a single last
///   character.
public func decodeBase64(
    _ text: Span<UInt8>, into bytes: inout [UInt8]
) throws(PayloadError) {
    bytes.removeAll(keepingCapacity: true)
    var group: UInt32 = 0
    var groupSize = 0
    var hasPadding = false
    for index in text.indices {
        let byte = text[index]
        if isBlank(byte) { continue }
        if byte == UInt8(ascii: "=") {
            hasPadding = true
            continue
        }
        guard !hasPadding, let number = base64Number(byte) else { throw .syntax(offset: index) }
        group = group << 6 | number
        groupSize += 1
        if groupSize == 4 {
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            bytes.append(UInt8(truncatingIfNeeded: group >> 8))
            bytes.append(UInt8(truncatingIfNeeded: group))
            group = 0
            groupSize = 0
        }
    }
    if groupSize == 1 { throw .syntax(offset: text.count) }
    if groupSize >= 2 {
        group <<= UInt32(6 * (4 - groupSize))
        bytes.append(UInt8(truncatingIfNeeded: group >> 16))
    }
    if groupSize == 3 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
}

private func base64Number(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}

/// Decodes pairs of hexadecimal digits; blanks, line breaks, `:` and `-` between them are passed
/// over.
///
/// - Parameter bytes: gets what they stand for, without what was there before.
public func decodeHexadecimal(
    _ text: Span<UInt8>, into bytes: inout [UInt8]
) throws(PayloadError) {
    bytes.removeAll(keepingCapacity: true)
    var half: UInt8?
    for index in text.indices {
        let byte = text[index]
        if isBlank(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") {
            if half != nil { throw .syntax(offset: index) }
            continue
        }
        guard let digit = hexadecimal(byte) else { throw .syntax(offset: index) }
        let number = UInt8(digit)
        if let high = half { bytes.append(high << 4 | number) }
        half = half == nil ? number : nil
    }
    if half != nil { throw .syntax(offset: text.count) }
}

private func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
}
