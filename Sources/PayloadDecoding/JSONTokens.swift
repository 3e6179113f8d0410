// The tokens of JSON: each function checks one, from its first byte, and leaves the position
// behind it. Free functions over the bytes, for the scan's inner loop.

/// Whether a document starts with U+FEFF, which some encoders of JSON on Windows write.
@inline(__always)
func hasByteOrderMark(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf
}

@inline(__always)
func skipSpace(_ bytes: Span<UInt8>, _ position: inout Int) {
    while position < bytes.count {
        let byte = bytes[position]
        if byte > 0x20 || (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) { return }
        position += 1
    }
}

/// `true`, `false` or `null`, whose bytes `word` holds, the first one lowest.
@inline(__always)
func scanLiteral(
    _ bytes: Span<UInt8>, _ position: inout Int, _ word: UInt64, size: Int
) throws(PayloadError) {
    for offset in 0..<size {
        let expected = UInt8(truncatingIfNeeded: word >> UInt64(offset * 8))
        guard position < bytes.count, bytes[position] == expected else {
            throw .syntax(offset: position)
        }
        position += 1
    }
}

/// A number in JSON's grammar.
@inline(__always)
func scanNumber(_ bytes: Span<UInt8>, _ position: inout Int) throws(PayloadError) {
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
        position += 1
    } else {
        try scanDigits(bytes, &position)
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
        position += 1
        try scanDigits(bytes, &position)
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
        position += 1
        if position < bytes.count,
            bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
        {
            position += 1
        }
        try scanDigits(bytes, &position)
    }
}

/// One digit or more.
@inline(__always)
private func scanDigits(_ bytes: Span<UInt8>, _ position: inout Int) throws(PayloadError) {
    let start = position
    while position < bytes.count, bytes[position] &- 0x30 <= 9 { position += 1 }
    guard position > start else { throw .syntax(offset: position) }
}

/// A string from its first to its last quote; whether it has escapes.
@inline(__always)
func scanString(_ bytes: Span<UInt8>, _ position: inout Int) throws(PayloadError) -> Bool {
    var hasEscapes = false
    position += 1
    while true {
        skipPlainText(bytes, &position)
        guard position < bytes.count else { throw .syntax(offset: position) }
        let byte = bytes[position]
        if byte == UInt8(ascii: "\"") {
            position += 1
            return hasEscapes
        }
        if byte == UInt8(ascii: "\\") {
            hasEscapes = true
            try scanEscape(bytes, &position)
        } else if byte >= 0x80 {
            let size = sizeOfUTF8Sequence(bytes, at: position)
            guard size > 0 else { throw .badUTF8(offset: position) }
            position += size
        } else {
            // A control character.
            throw .syntax(offset: position)
        }
    }
}

/// Goes on to the next quote, backslash, control character or byte beyond ASCII.
@inline(__always)
private func skipPlainText(_ bytes: Span<UInt8>, _ position: inout Int) {
    while position + 8 <= bytes.count {
        let word = loadEight(bytes, at: position)
        let quote = word ^ 0x2222_2222_2222_2222
        let backslash = word ^ 0x5c5c_5c5c_5c5c_5c5c
        // The usual test of eight bytes at once (Bit Twiddling Hacks, "haszero" and "hasless").
        // A borrow can only mark bytes above a marked one, so the lowest mark is right.
        // INVARIANT: the wrapping is wanted, a borrow out of the highest byte falls away.
        let special =
            ((quote &- 0x0101_0101_0101_0101) & ~quote)
            | ((backslash &- 0x0101_0101_0101_0101) & ~backslash)
            | ((word &- 0x2020_2020_2020_2020) & ~word) | word
        let marks = special & 0x8080_8080_8080_8080
        if marks != 0 {
            position += marks.trailingZeroBitCount / 8
            return
        }
        position += 8
    }
    while position < bytes.count {
        let byte = bytes[position]
        if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5c { return }
        position += 1
    }
}

/// An escape from its backslash on.
private func scanEscape(_ bytes: Span<UInt8>, _ position: inout Int) throws(PayloadError) {
    guard position + 1 < bytes.count else { throw .syntax(offset: bytes.count) }
    switch bytes[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
        UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        position += 2
    case UInt8(ascii: "u"):
        position += 2
        for _ in 0..<4 {
            guard position < bytes.count, hexadecimal(bytes[position]) != nil else {
                throw .syntax(offset: position)
            }
            position += 1
        }
    default:
        throw .syntax(offset: position + 1)
    }
}

func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte - 0x30)
    case 0x41...0x46: UInt32(byte - 0x37)
    case 0x61...0x66: UInt32(byte - 0x57)
    default: nil
    }
}

/// The size of the UTF-8 sequence (RFC 3629) at a byte beyond ASCII, 0 where it is malformed:
/// overlong, cut, a surrogate or above U+10FFFF.
func sizeOfUTF8Sequence(_ bytes: Span<UInt8>, at position: Int) -> Int {
    func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xbf) -> Bool {
        position + offset < bytes.count && range.contains(bytes[position + offset])
    }
    switch bytes[position] {
    case 0xc2...0xdf: return continues(1) ? 2 : 0
    case 0xe0: return continues(1, 0xa0...0xbf) && continues(2) ? 3 : 0
    case 0xed: return continues(1, 0x80...0x9f) && continues(2) ? 3 : 0
    case 0xe1...0xef: return continues(1) && continues(2) ? 3 : 0
    case 0xf0: return continues(1, 0x90...0xbf) && continues(2) && continues(3) ? 4 : 0
    case 0xf1...0xf3: return continues(1) && continues(2) && continues(3) ? 4 : 0
    case 0xf4: return continues(1, 0x80...0x8f) && continues(2) && continues(3) ? 4 : 0
    default: return 0
    }
}
