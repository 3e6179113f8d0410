// The words of OpenMetrics text: each function reads one and leaves the position behind it.

extension OpenMetricsReader {
    /// Labels from brace to brace. Those of an exemplar are checked and not kept.
    mutating func readLabels(
        _ payload: Span<UInt8>, isKept: Bool, into list: inout FieldList
    ) throws(PayloadError) {
        try expect(UInt8(ascii: "{"), payload)
        skipBlanks(payload)
        while payload.byte(at: position) != UInt8(ascii: "}") {
            let start = list.textStart
            let name = try takeName(payload, allowsColons: false)
            let label = list.text(payload.extracting(name))
            skipBlanks(payload)
            try expect(UInt8(ascii: "="), payload)
            skipBlanks(payload)
            let value = try readLabelValue(payload, into: &list)
            if isKept {
                try list.add(FieldList.Label(name: label, value: value))
            } else {
                list.removeTexts(from: start)
            }
            skipBlanks(payload)
            if payload.byte(at: position) != UInt8(ascii: ",") { break }
            position += 1
            skipBlanks(payload)
        }
        try expect(UInt8(ascii: "}"), payload)
    }

    /// A text in quotation marks. A backslash that none of the three escapes follows stands for
    /// itself, as in the reference parser.
    mutating func readLabelValue(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> FieldList.Text {
        try expect(UInt8(ascii: "\""), payload)
        let start = list.textStart
        while let byte = payload.byte(at: position), byte != UInt8(ascii: "\"") {
            guard byte != .lineFeed else { throw .syntax(offset: position) }
            if byte == UInt8(ascii: "\\"), let meaning = escaped(payload.byte(at: position + 1)) {
                list.append(meaning)
                position += 2
                continue
            }
            let size = byte < 0x80 ? 1 : sizeOfUTF8Sequence(payload, at: position)
            guard size > 0 else { throw .badUTF8(offset: position) }
            for offset in 0..<size { list.append(payload[position + offset]) }
            position += size
        }
        try expect(UInt8(ascii: "\""), payload)
        return list.endText(from: start)
    }

    private func escaped(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): .lineFeed
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        default: nil
        }
    }

    /// The name of a metric, or of a label, which has no colons.
    mutating func takeName(
        _ payload: Span<UInt8>, allowsColons: Bool
    ) throws(PayloadError) -> Range<Int> {
        let start = position
        while let byte = payload.byte(at: position) {
            let isLetter =
                (0x61...0x7a).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                || (allowsColons && byte == UInt8(ascii: ":"))
            guard isLetter || (position > start && byte &- 0x30 <= 9) else { break }
            position += 1
        }
        guard position > start else { throw .syntax(offset: position) }
        return start..<position
    }

    /// Up to the next blank or the line's end.
    mutating func takeWord(_ payload: Span<UInt8>) -> Range<Int> {
        let start = position
        while let byte = payload.byte(at: position), !byte.isBlank, byte != .lineFeed {
            position += 1
        }
        return start..<position
    }

    func endOfLine(_ payload: Span<UInt8>) -> Int {
        var end = position
        while let byte = payload.byte(at: end), byte != .lineFeed { end += 1 }
        return end
    }

    mutating func expect(
        _ byte: UInt8, _ payload: Span<UInt8>
    ) throws(PayloadError) {
        guard payload.byte(at: position) == byte else { throw .syntax(offset: position) }
        position += 1
    }

    /// Whether there were any.
    @discardableResult
    mutating func skipBlanks(_ payload: Span<UInt8>) -> Bool {
        let start = position
        while let byte = payload.byte(at: position), byte.isBlank { position += 1 }
        return position > start
    }
}

extension UInt8 {
    static var lineFeed: UInt8 { UInt8(ascii: "\n") }
    static var numberSign: UInt8 { UInt8(ascii: "#") }
    var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension Span<UInt8> {
    func isEqual(to bytes: [UInt8]) -> Bool {
        count == bytes.count && bytes.indices.allSatisfy { self[$0] == bytes[$0] }
    }

    /// Whether two stretches of the span hold the same bytes.
    func hasSameBytes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count
        where self[left.lowerBound + offset] != self[right.lowerBound + offset] {
            return false
        }
        return true
    }
}
