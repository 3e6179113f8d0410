/// Checks one JSON value (RFC 8259), whatever is in it, and leaves the position behind it.
///
/// No recursion: a bit for each open container, at most ``JSONScanner/depthMax`` of them, says
/// whether it is an object.
///
/// - Parameter outer: how many containers are open around it.
func skipJSONValue(
    _ bytes: Span<UInt8>, _ position: inout Int, inside outer: Int = 0
) throws(PayloadError) {
    var objects: UInt64 = 0
    var depth = 0
    repeat {
        skipSpace(bytes, &position)
        guard let byte = bytes.byte(at: position) else { throw .syntax(offset: position) }
        guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
            try scanJSONScalar(bytes, &position)
            try leaveContainers(bytes, &position, &objects, &depth)
            continue
        }
        guard depth + outer < JSONScanner.depthMax else { throw .tooDeep(offset: position) }
        let isObject = byte == UInt8(ascii: "{")
        objects = objects << 1 | (isObject ? 1 : 0)
        depth += 1
        position += 1
        skipSpace(bytes, &position)
        if bytes.byte(at: position) == UInt8(ascii: isObject ? "}" : "]") {
            try leaveContainers(bytes, &position, &objects, &depth)
        } else if isObject {
            try takeKey(bytes, &position)
        }
    } while depth > 0
}

/// From behind a value to the next one: over a comma, or out of the containers that end.
private func leaveContainers(
    _ bytes: Span<UInt8>, _ position: inout Int, _ objects: inout UInt64, _ depth: inout Int
) throws(PayloadError) {
    while depth > 0 {
        skipSpace(bytes, &position)
        let isObject = objects & 1 == 1
        let byte = bytes.byte(at: position)
        if byte == UInt8(ascii: ",") {
            position += 1
            if isObject {
                skipSpace(bytes, &position)
                try takeKey(bytes, &position)
            }
            return
        }
        guard byte == UInt8(ascii: isObject ? "}" : "]") else { throw .syntax(offset: position) }
        position += 1
        depth -= 1
        objects >>= 1
    }
}

/// A member's name and the colon behind it.
private func takeKey(_ bytes: Span<UInt8>, _ position: inout Int) throws(PayloadError) {
    guard bytes.byte(at: position) == UInt8(ascii: "\"") else { throw .syntax(offset: position) }
    _ = try scanString(bytes, &position)
    try takeColon(bytes, &position)
}

/// The colon between a member's name and its value, and the space around it.
func takeColon(_ bytes: Span<UInt8>, _ position: inout Int) throws(PayloadError) {
    skipSpace(bytes, &position)
    guard bytes.byte(at: position) == UInt8(ascii: ":") else { throw .syntax(offset: position) }
    position += 1
    skipSpace(bytes, &position)
}

/// A string, a number or a literal.
private func scanJSONScalar(
    _ bytes: Span<UInt8>, _ position: inout Int
) throws(PayloadError) {
    switch bytes[position] {
    case UInt8(ascii: "\""): _ = try scanString(bytes, &position)
    case UInt8(ascii: "t"): try scanLiteral(bytes, &position, 0x6575_7274, size: 4)
    case UInt8(ascii: "f"): try scanLiteral(bytes, &position, 0x65_736c_6166, size: 5)
    case UInt8(ascii: "n"): try scanLiteral(bytes, &position, 0x6c6c_756e, size: 4)
    default: try scanNumber(bytes, &position)
    }
}
