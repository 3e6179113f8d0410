/// A fixed list of words (byte strings), each with its place in the list, looked up without
/// allocation.
///
/// Lists are short, a handful of keys or of a state's names, so a lookup compares lengths and
/// first bytes one after the other and needs no hashing. Bytes are compared as they are: two ways
/// of writing one accent are two words.
public struct WordTable: Sendable {
    private struct Entry {
        /// The first eight bytes, see ``prefix(of:start:end:)``.
        let prefix: UInt64
        let start: Int32
        let size: Int32
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []

    /// The longest word, in bytes.
    public private(set) var sizeMax = 0
    /// How many words there are.
    public var count: Int { entries.count }
    /// The words in their order, for messages.
    public var words: [String] {
        entries.map { entry in
            let start = Int(entry.start)
            return String(decoding: bytes[start..<start + Int(entry.size)], as: UTF8.self)
        }
    }

    public init() {}

    /// Of words that are there twice the first is found.
    public init(_ words: [String]) {
        for word in words { append(Array(word.utf8)) }
    }

    /// Adds a word at the end.
    mutating func append(_ word: [UInt8]) {
        entries.append(
            Entry(
                prefix: Self.prefix(of: word.span, start: 0, end: word.count),
                start: Int32(bytes.count), size: Int32(word.count)))
        bytes += word
        sizeMax = max(sizeMax, word.count)
    }

    /// The place of a word, nil where the list lacks it.
    public func index(of word: Span<UInt8>) -> Int? {
        index(of: word, start: 0, end: word.count, among: 0..<entries.count)
    }

    /// The place of the word `start..<end` of `text` among some of the entries.
    @inline(__always)
    func index(
        of text: Span<UInt8>, start: Int, end: Int, among places: Range<Int>
    ) -> Int? {
        if places.isEmpty || end - start > sizeMax { return nil }
        let prefix = Self.prefix(of: text, start: start, end: end)
        for place in places {
            let entry = entries[place]
            if entry.prefix == prefix && Int(entry.size) == end - start
                && (end - start <= 8 || hasEqualTail(entry, text, start))
            {
                return place
            }
        }
        return nil
    }

    private func hasEqualTail(_ entry: Entry, _ text: Span<UInt8>, _ start: Int) -> Bool {
        for offset in 8..<Int(entry.size)
        where bytes[Int(entry.start) + offset] != text[start + offset] {
            return false
        }
        return true
    }

    /// The first eight bytes of `start..<end`, missing ones zero.
    @inline(__always)
    private static func prefix(of text: Span<UInt8>, start: Int, end: Int) -> UInt64 {
        let size = end - start
        if size <= 0 { return 0 }
        if start + 8 <= text.count {
            let word = loadEight(text, at: start)
            return size >= 8 ? word : word & (1 << UInt64(size * 8) - 1)
        }
        var word: UInt64 = 0
        for offset in 0..<min(size, 8) {
            word |= UInt64(text[start + offset]) << UInt64(offset * 8)
        }
        return word
    }
}

/// Eight bytes at once, the first one lowest. The caller has checked that there are eight.
@inline(__always)
func loadEight(_ text: Span<UInt8>, at offset: Int) -> UInt64 {
    assert(offset >= 0 && offset + 8 <= text.count)
    // SAFETY: the callers check offset + 8 <= count, and every bit pattern is a UInt64.
    return unsafe UInt64(
        littleEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
}
