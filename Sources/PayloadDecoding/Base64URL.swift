extension FieldList {
    /// Ends a text whose bytes are no text: they are replaced by their base64url without padding
    /// (RFC 4648, section 5), as SenML writes data in JSON.
    mutating func endBase64URL(from start: Int) -> Text {
        let data = Array(bytes[start...])
        removeTexts(from: start)
        var index = 0
        while index < data.count {
            let size = min(3, data.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < size ? UInt32(data[index + offset]) : 0)
            }
            for place in 0...size {
                append(base64URLDigit(group >> UInt32(18 - 6 * place) & 0x3f))
            }
            index += size
        }
        return endText(from: start)
    }
}

/// The digit of a number below 64.
private func base64URLDigit(_ number: UInt32) -> UInt8 {
    switch number {
    case ..<26: UInt8(ascii: "A") + UInt8(number)
    case ..<52: UInt8(ascii: "a") + UInt8(number - 26)
    case ..<62: UInt8(ascii: "0") + UInt8(number - 52)
    case 62: UInt8(ascii: "-")
    default: UInt8(ascii: "_")
    }
}
