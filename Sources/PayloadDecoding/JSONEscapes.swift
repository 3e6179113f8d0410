/// Writes what a JSON string means into `text`, replacing what was there.
///
/// Half a surrogate pair, which no text can hold, becomes U+FFFD. Nothing is allocated where `text`
/// has room for `sizeMax` + 4 bytes.
///
/// - Parameter string: the bytes between the quotes, as a scan has checked them.
/// - Returns: false where the text would be longer than `sizeMax` bytes.
public func unescapeJSON(
    _ string: Span<UInt8>, into text: inout [UInt8], sizeMax: Int
) -> Bool {
    text.removeAll(keepingCapacity: true)
    var position = 0
    while position < string.count {
        guard text.count < sizeMax else { return false }
        let byte = string[position]
        guard byte == UInt8(ascii: "\\"), position + 1 < string.count else {
            text.append(byte)
            position += 1
            continue
        }
        let escape = string[position + 1]
        position += 2
        switch escape {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): appendUTF8(takeScalar(string, &position), to: &text)
        default: text.append(escape)
        }
    }
    return text.count <= sizeMax
}

/// The scalar of `\uXXXX`, or of two of them that make a pair, from behind the first `u`.
private func takeScalar(_ string: Span<UInt8>, _ position: inout Int) -> UInt32 {
    let replacement: UInt32 = 0xfffd
    guard let first = codeUnit(string, at: position) else { return replacement }
    position += 4
    guard (0xd800...0xdfff).contains(first) else { return first }
    guard first < 0xdc00, position + 1 < string.count, string[position] == UInt8(ascii: "\\"),
        string[position + 1] == UInt8(ascii: "u"),
        let second = codeUnit(string, at: position + 2), (0xdc00...0xdfff).contains(second)
    else { return replacement }
    position += 6
    return 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
}

/// The number of four hexadecimal digits.
private func codeUnit(_ string: Span<UInt8>, at position: Int) -> UInt32? {
    guard position + 4 <= string.count else { return nil }
    var unit: UInt32 = 0
    for offset in 0..<4 {
        guard let digit = hexadecimal(string[position + offset]) else { return nil }
        unit = unit << 4 | digit
    }
    return unit
}

private func appendUTF8(_ scalar: UInt32, to text: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift) & 0x3f) }
    switch scalar {
    case ..<0x80:
        text.append(UInt8(scalar))
    case ..<0x800:
        text.append(UInt8(0xc0 | scalar >> 6))
        text.append(tail(0))
    case ..<0x10000:
        text.append(UInt8(0xe0 | scalar >> 12))
        text.append(tail(6))
        text.append(tail(0))
    default:
        text.append(UInt8(0xf0 | scalar >> 18))
        text.append(tail(12))
        text.append(tail(6))
        text.append(tail(0))
    }
}
