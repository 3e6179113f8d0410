import Telemetry

/// A payload that is one bare number or word: `21.5`, `ON`, `nan`.
///
/// NULs at the end, which C programs send along with their strings, and white space around the
/// text are passed over.
public enum TextScalar: Equatable, Sendable, BitwiseCopyable {
    /// Nothing but white space: how a device or a broker says that a thing has gone.
    case empty
    case number(Value)
    /// Anything else: the bytes `start..<end` of the payload, which are UTF-8 without control
    /// characters.
    case word(start: Int, end: Int)

    // LIMIT: numbers have 20 digits at most and states are words, not sentences.
    /// The largest payload, in bytes, without the NULs at its end.
    public static var sizeMax: Int { 64 }

    /// Reads a payload.
    public init(parsing payload: Span<UInt8>) throws(PayloadError) {
        var end = payload.count
        while end > 0, payload[end - 1] == 0 { end -= 1 }
        guard end <= Self.sizeMax else { throw .tooLarge(size: payload.count) }
        var start = 0
        while start < end, isSpace(payload[start]) { start += 1 }
        while end > start, isSpace(payload[end - 1]) { end -= 1 }
        if start == end {
            self = .empty
            return
        }
        if let value = Value(parsing: payload.extracting(start..<end)) {
            self = .number(value)
            return
        }
        try checkText(payload.extracting(0..<end), from: start)
        self = .word(start: start, end: end)
    }
}

/// Whether a word says that there is no value: `nan`, `inf` and their variants in C (`-inf`,
/// `nan(0x7ff)`), `null`, `unavailable`, `unknown`, in capitals or not. Neither of these is ever a
/// number.
public func meansNoValue(_ word: Span<UInt8>) -> Bool {
    var start = 0
    if word.count > 0, word[0] == UInt8(ascii: "-") || word[0] == UInt8(ascii: "+") { start = 1 }
    var end = word.count
    if end > start + 4, word[end - 1] == UInt8(ascii: ")"), word[start + 3] == UInt8(ascii: "(") {
        end = start + 3
        return isEqual(word, start..<end, to: notANumber)
    }
    for text in notFinite where isEqual(word, start..<end, to: text) { return true }
    for text in notThere where isEqual(word, 0..<end, to: text) { return true }
    return false
}

private let notANumber = Array("nan".utf8)
private let notFinite = ["nan", "inf", "infinity"].map { Array($0.utf8) }
private let notThere = ["null", "unavailable", "unknown"].map { Array($0.utf8) }

/// Whether the letters of a range are those of a word in small letters.
private func isEqual(_ text: Span<UInt8>, _ range: Range<Int>, to word: [UInt8]) -> Bool {
    guard range.count == word.count else { return false }
    for offset in 0..<word.count where text[range.lowerBound + offset] | 0x20 != word[offset] {
        return false
    }
    return true
}

private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0d).contains(byte)
}

/// UTF-8 without control characters, from an offset to the end.
///
/// - Parameter separator: a character that may be there, a control character too.
func checkText(
    _ text: Span<UInt8>, from start: Int = 0, separator: UInt8 = 0x20
) throws(PayloadError) {
    var position = start
    while position < text.count {
        let byte = text[position]
        if (byte < 0x20 || byte == 0x7f) && byte != separator { throw .syntax(offset: position) }
        let size = byte < 0x80 ? 1 : sizeOfUTF8Sequence(text, at: position)
        guard size > 0 else { throw .badUTF8(offset: position) }
        position += size
    }
}
