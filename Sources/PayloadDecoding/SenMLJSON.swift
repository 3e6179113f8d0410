import Telemetry

/// Reads a SenML pack in JSON: `[{"bn":"urn:dev:ow:10e2073a:","n":"voltage","u":"V","v":120.1}]`.
///
/// What the records mean stands at ``SenMLResolver``. `vd` gives its base64url text, `null` for a
/// value is a value that is not there. Members that the standard does not know are passed over,
/// unless their name ends in `_`, which means that nobody may pass them over; a pack has one record
/// at least. A fault anywhere refuses the whole pack.
///
/// Source: RFC 8428, sections 4 and 5.
///
/// - Parameter arrival: when the message came, in milliseconds since 1970 UTC, for times that
///   count from now; without it their fields have no time.
public func decodeSenMLJSON(
    _ payload: Span<UInt8>, arrival: Int64?, into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var reader = SenMLJSONReader(arrival: arrival)
    try reader.readPack(payload, into: &list)
}

private struct SenMLJSONReader {
    private var position = 0
    private var resolver: SenMLResolver
    /// A string without its escapes.
    private var unescaped: [UInt8] = []

    init(arrival: Int64?) { resolver = SenMLResolver(arrival: arrival) }

    mutating func readPack(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        if hasByteOrderMark(payload) { position = 3 }
        try expect(UInt8(ascii: "["), payload)
        repeat {
            try readRecord(payload, into: &list)
        } while try takesComma(payload, orEnd: UInt8(ascii: "]"))
        skipSpace(payload, &position)
        guard position == payload.count else { throw .syntax(offset: position) }
    }

    private mutating func readRecord(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        skipSpace(payload, &position)
        let start = position
        try expect(UInt8(ascii: "{"), payload)
        resolver.beginRecord()
        skipSpace(payload, &position)
        // A record without members has no value either, which is for the resolver to say.
        if payload.byte(at: position) == UInt8(ascii: "}") {
            position += 1
        } else {
            repeat {
                try readMember(payload, into: &list)
            } while try takesComma(payload, orEnd: UInt8(ascii: "}"))
        }
        try resolver.endRecord(at: start, into: &list)
    }

    private mutating func readMember(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        skipSpace(payload, &position)
        let start = position
        let name = try readKey(payload)
        if name.hasEscapes {
            _ = unescapeJSON(
                payload.extracting(name.range), into: &unescaped, sizeMax: name.range.count)
        }
        let isMust =
            name.hasEscapes
            ? unescaped.last == .underscore
            : payload.byte(at: name.range.upperBound - 1) == .underscore
        let label =
            name.hasEscapes
            ? SenMLLabel(unescaped.span) : SenMLLabel(payload.extracting(name.range))
        guard let label else {
            // An empty name ends at its own quote, which is no underscore.
            guard !isMust else { throw .syntax(offset: start) }
            // The pack and the record are open too.
            return try skipJSONValue(payload, &position, inside: 2)
        }
        skipSpace(payload, &position)
        try resolver.take(label, try readItem(payload, into: &list), at: start)
    }

    /// The value of a member that the standard knows; none of these are objects or arrays.
    private mutating func readItem(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> FieldValue {
        let start = position
        switch payload.byte(at: position) {
        case UInt8(ascii: "\""):
            let hasEscapes = try scanString(payload, &position)
            let string = payload.extracting(start + 1..<position - 1)
            guard hasEscapes else { return .text(list.text(string)) }
            _ = unescapeJSON(string, into: &unescaped, sizeMax: string.count)
            return .text(list.text(unescaped.span))
        case UInt8(ascii: "t"):
            try scanLiteral(payload, &position, .literalTrue, size: 4)
            return .boolean(true)
        case UInt8(ascii: "f"):
            try scanLiteral(payload, &position, .literalFalse, size: 5)
            return .boolean(false)
        case UInt8(ascii: "n"):
            try scanLiteral(payload, &position, .literalNull, size: 4)
            return .null
        default:
            try scanNumber(payload, &position)
            let value = Value(parsing: payload.extracting(start..<position))
            return value.map { .number($0) } ?? .noNumber
        }
    }

    /// A member's name, without its quotes, and the colon behind it.
    private mutating func readKey(
        _ payload: Span<UInt8>
    ) throws(PayloadError) -> (range: Range<Int>, hasEscapes: Bool) {
        skipSpace(payload, &position)
        let start = position
        guard payload.byte(at: position) == UInt8(ascii: "\"") else {
            throw .syntax(offset: position)
        }
        let hasEscapes = try scanString(payload, &position)
        let range = start + 1..<position - 1
        try expect(UInt8(ascii: ":"), payload)
        return (range, hasEscapes)
    }

    /// Goes past a comma: true, or past the container's end: false.
    private mutating func takesComma(
        _ payload: Span<UInt8>, orEnd end: UInt8
    ) throws(PayloadError) -> Bool {
        skipSpace(payload, &position)
        let byte = payload.byte(at: position)
        guard byte == UInt8(ascii: ",") || byte == end else { throw .syntax(offset: position) }
        position += 1
        return byte != end
    }

    private mutating func expect(
        _ byte: UInt8, _ payload: Span<UInt8>
    ) throws(PayloadError) {
        skipSpace(payload, &position)
        guard payload.byte(at: position) == byte else { throw .syntax(offset: position) }
        position += 1
    }
}

extension UInt8 {
    fileprivate static var underscore: UInt8 { UInt8(ascii: "_") }
}

/// As ``scanLiteral(_:_:_:size:)`` wants them, the first letter lowest.
extension UInt64 {
    fileprivate static var literalTrue: UInt64 { 0x6575_7274 }
    fileprivate static var literalFalse: UInt64 { 0x65_736c_6166 }
    fileprivate static var literalNull: UInt64 { 0x6c6c_756e }
}
