/// Reads the fields of one Protocol Buffers message, without a schema: the caller says for each
/// field number which type it expects, and skips what it does not know.
///
/// The reader holds the bounds of its message in the payload. A message within a message is read by
/// a second reader over the range that ``bytes(_:of:)`` gives, so nothing here recurses. Lengths
/// are compared with the bytes that are left. Groups, which nobody writes any more, and the wire
/// types 6 and 7 are refused; so is a known field of the wrong wire type, since it is more likely
/// damage than an extension.
///
/// Source: protobuf.dev/programming-guides/encoding.
struct ProtobufReader {
    enum WireType: UInt8 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    struct Tag {
        let number: UInt32
        let type: WireType
        /// Where the tag stands in the payload, for errors.
        let offset: Int
    }

    private var position: Int
    private let end: Int

    /// - Parameter range: the message in the payload.
    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field's tag; nil at the message's end.
    mutating func nextTag(_ payload: Span<UInt8>) throws(PayloadError) -> Tag? {
        guard position < end else { return nil }
        let start = position
        let tag = try readVarint(payload)
        guard let bits = UInt32(exactly: tag), bits >> 3 > 0,
            let type = WireType(rawValue: UInt8(bits & 7))
        else { throw .syntax(offset: start) }
        return Tag(number: bits >> 3, type: type, offset: start)
    }

    mutating func varint(
        _ payload: Span<UInt8>, of tag: Tag
    ) throws(PayloadError) -> UInt64 {
        try expect(.varint, tag)
        return try readVarint(payload)
    }

    mutating func fixed32(
        _ payload: Span<UInt8>, of tag: Tag
    ) throws(PayloadError) -> UInt32 {
        try expect(.fixed32, tag)
        return UInt32(truncatingIfNeeded: try readFixed(payload, size: 4))
    }

    mutating func fixed64(
        _ payload: Span<UInt8>, of tag: Tag
    ) throws(PayloadError) -> UInt64 {
        try expect(.fixed64, tag)
        return try readFixed(payload, size: 8)
    }

    /// Where the bytes of a field stand: a string, bytes or a message.
    mutating func bytes(
        _ payload: Span<UInt8>, of tag: Tag
    ) throws(PayloadError) -> Range<Int> {
        try expect(.bytes, tag)
        return try readBytes(payload)
    }

    /// Where a field of bytes stands that must be UTF-8.
    mutating func text(
        _ payload: Span<UInt8>, of tag: Tag
    ) throws(PayloadError) -> Range<Int> {
        let range = try bytes(payload, of: tag)
        try checkUTF8(payload, range)
        return range
    }

    /// Goes past a field's value.
    mutating func skip(_ payload: Span<UInt8>, _ tag: Tag) throws(PayloadError) {
        switch tag.type {
        case .varint: _ = try readVarint(payload)
        case .fixed64: _ = try readFixed(payload, size: 8)
        case .fixed32: _ = try readFixed(payload, size: 4)
        case .bytes: _ = try readBytes(payload)
        }
    }

    private func expect(_ type: WireType, _ tag: Tag) throws(PayloadError) {
        guard tag.type == type else { throw .syntax(offset: tag.offset) }
    }

    /// Seven bits a byte, the lowest first; ten bytes at most, of which the last holds one bit.
    private mutating func readVarint(_ payload: Span<UInt8>) throws(PayloadError) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<10 {
            guard position < end, let byte = payload.byte(at: position),
                place < 9 || byte <= 1
            else { throw .syntax(offset: position) }
            position += 1
            value |= UInt64(byte & 0x7f) << UInt64(7 * place)
            if byte < 0x80 { return value }
        }
        throw .syntax(offset: position)
    }

    /// The lowest byte first.
    private mutating func readFixed(
        _ payload: Span<UInt8>, size: Int
    ) throws(PayloadError) -> UInt64 {
        guard end - position >= size, end <= payload.count else { throw .syntax(offset: end) }
        var value: UInt64 = 0
        for offset in 0..<size {
            value |= UInt64(payload[position + offset]) << UInt64(8 * offset)
        }
        position += size
        return value
    }

    private mutating func readBytes(_ payload: Span<UInt8>) throws(PayloadError) -> Range<Int> {
        let start = position
        let size = try readVarint(payload)
        guard size <= UInt64(end - position), end <= payload.count else {
            throw .syntax(offset: start)
        }
        let range = position..<position + Int(size)
        position = range.upperBound
        return range
    }
}
