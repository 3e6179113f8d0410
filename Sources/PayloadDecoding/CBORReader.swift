/// Reads CBOR (RFC 8949) item by item: heads, strings chunk by chunk, and whole items that nobody
/// asked for. It holds a position only, and is given the bytes with each call.
///
/// Lengths and counts are compared with the bytes that are left before anything is done with
/// them; texts must be UTF-8; nesting has a limit and needs no recursion.
struct CBORReader {
    /// What an item's first byte and the argument behind it say.
    struct Head {
        let type: MajorType
        /// The lowest five bits of the first byte.
        let information: UInt8
        /// The number, length, count, tag, simple value or the bits of a float.
        let argument: UInt64
        /// Of a string: whether its last chunk has been read.
        fileprivate var isRead = false

        /// A container or string that goes on until a break.
        var isIndefinite: Bool { information == 31 }
    }

    enum MajorType: UInt8 {
        case unsigned, negative, bytes, text, array, map, tag, simple
    }

    static var breakByte: UInt8 { 0xff }

    var position = 0

    /// The next item's head, which is no break.
    mutating func readHead(_ payload: Span<UInt8>) throws(PayloadError) -> Head {
        let start = position
        guard let first = payload.byte(at: position), let type = MajorType(rawValue: first >> 5)
        else { throw .syntax(offset: position) }
        position += 1
        let information = first & 0x1f
        var argument = UInt64(information)
        switch information {
        case 0...23: break
        case 24...27: argument = try readArgument(payload, size: 1 << Int(information - 24))
        case 31:
            guard type == .bytes || type == .text || type == .array || type == .map else {
                throw .syntax(offset: start)
            }
        default: throw .syntax(offset: start)
        }
        // Simple values up to 31 have no second way to be written (RFC 8949, section 3.3).
        if type == .simple, information == 24, argument < 32 { throw .syntax(offset: start) }
        return Head(type: type, information: information, argument: argument)
    }

    private mutating func readArgument(
        _ payload: Span<UInt8>, size: Int
    ) throws(PayloadError) -> UInt64 {
        guard payload.count - position >= size else { throw .syntax(offset: payload.count) }
        var argument: UInt64 = 0
        for offset in 0..<size { argument = argument << 8 | UInt64(payload[position + offset]) }
        position += size
        return argument
    }

    /// Goes past a break; false where there is none.
    mutating func takesBreak(_ payload: Span<UInt8>) -> Bool {
        guard payload.byte(at: position) == Self.breakByte else { return false }
        position += 1
        return true
    }

    /// How many items a container of known size holds, a map's names and values counted apart.
    func itemCount(
        of head: Head, _ payload: Span<UInt8>
    ) throws(PayloadError) -> Int {
        let perEntry: UInt64 = head.type == .map ? 2 : 1
        // An item has one byte at least.
        guard head.argument <= UInt64(payload.count - position) / perEntry else {
            throw .syntax(offset: position)
        }
        return Int(head.argument * perEntry)
    }

    /// The bytes of a string's next chunk, nil behind the last one. A string of known length has
    /// one chunk. Those of a text are checked.
    mutating func nextChunk(
        _ payload: Span<UInt8>, of string: inout Head
    ) throws(PayloadError) -> Range<Int>? {
        if string.isRead { return nil }
        if !string.isIndefinite {
            string.isRead = true
            return try takeBytes(payload, of: string)
        }
        if takesBreak(payload) {
            string.isRead = true
            return nil
        }
        let start = position
        let chunk = try readHead(payload)
        guard chunk.type == string.type, !chunk.isIndefinite else { throw .syntax(offset: start) }
        return try takeBytes(payload, of: chunk)
    }

    private mutating func takeBytes(
        _ payload: Span<UInt8>, of head: Head
    ) throws(PayloadError) -> Range<Int> {
        guard head.argument <= UInt64(payload.count - position) else {
            throw .syntax(offset: position)
        }
        let range = position..<position + Int(head.argument)
        if head.type == .text { try checkUTF8(payload, range) }
        position = range.upperBound
        return range
    }

    // MARK: - Passing over

    /// A container that is not yet closed.
    private struct Container {
        /// The items that are still to come; of an indefinite one those that have come.
        var count: Int
        let isIndefinite: Bool
        let isMap: Bool
    }

    /// Goes past one item, with its tags and all that is in it.
    ///
    /// - Parameter depth: how many containers are open around it.
    mutating func skipItem(_ payload: Span<UInt8>, depth: Int) throws(PayloadError) {
        var open: [Container] = []
        repeat {
            if let last = open.last, last.isIndefinite, takesBreak(payload) {
                // A map whose last name has no value.
                guard !last.isMap || last.count % 2 == 0 else { throw .syntax(offset: position) }
                open.removeLast()
            } else {
                var head = try readHead(payload)
                while head.type == .tag { head = try readHead(payload) }
                if let container = try container(of: head, payload) {
                    guard depth + open.count < JSONScanner.depthMax else {
                        throw .tooDeep(offset: position)
                    }
                    open.append(container)
                    continue
                }
                while try nextChunk(payload, ofPossible: &head) {}
            }
            Self.countItem(in: &open)
        } while !open.isEmpty
    }

    /// The container that a head begins, nil where it is none or one that is empty.
    private func container(
        of head: Head, _ payload: Span<UInt8>
    ) throws(PayloadError) -> Container? {
        guard head.type == .array || head.type == .map else { return nil }
        let count = head.isIndefinite ? 0 : try itemCount(of: head, payload)
        if count == 0, !head.isIndefinite { return nil }
        return Container(
            count: count, isIndefinite: head.isIndefinite, isMap: head.type == .map)
    }

    /// Goes past a chunk where the item is a string that has one.
    private mutating func nextChunk(
        _ payload: Span<UInt8>, ofPossible head: inout Head
    ) throws(PayloadError) -> Bool {
        guard head.type == .bytes || head.type == .text else { return false }
        return try nextChunk(payload, of: &head) != nil
    }

    /// Counts an item that ended, and the containers that end with it.
    private static func countItem(in open: inout [Container]) {
        while let last = open.indices.last {
            if open[last].isIndefinite {
                open[last].count += 1
                return
            }
            open[last].count -= 1
            if open[last].count > 0 { return }
            open.removeLast()
        }
    }
}

/// Refuses bytes that are not UTF-8.
func checkUTF8(_ payload: Span<UInt8>, _ range: Range<Int>) throws(PayloadError) {
    let text = payload.extracting(range)
    var position = 0
    while position < text.count {
        let size = text[position] < 0x80 ? 1 : sizeOfUTF8Sequence(text, at: position)
        guard size > 0 else { throw .badUTF8(offset: range.lowerBound + position) }
        position += size
    }
}
