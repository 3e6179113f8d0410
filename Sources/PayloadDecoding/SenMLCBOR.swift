import Telemetry

/// Reads a SenML pack in CBOR.
///
/// What the records mean stands at ``SenMLResolver``. Labels are the integers of the standard's
/// table, which is conclusive: a text for a label that has an integer is refused, other texts and
/// integers are passed over, texts that end in `_` refused. The tag of self-described CBOR (55799)
/// may stand before the pack. Numbers are integers, floats or decimal fractions (tag 4, exact
/// where a ``Telemetry/Value`` can be); big numbers (tags 2, 3 and 5) and what is not finite are
/// no numbers, any other tag before a wanted value refuses the pack, since it says that the value
/// is something else. `vd` gives the base64url text of its bytes. `undefined` is `null`.
///
/// Source: RFC 8428, section 6; RFC 8949, sections 3 and 3.4.
///
/// - Parameter arrival: when the message came, in milliseconds since 1970 UTC, for times that
///   count from now; without it their fields have no time.
public func decodeSenMLCBOR(
    _ payload: Span<UInt8>, arrival: Int64?, into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var reader = SenMLCBORReader(resolver: SenMLResolver(arrival: arrival))
    try reader.readPack(payload, into: &list)
}

private struct SenMLCBORReader {
    private var reader = CBORReader()
    private var resolver: SenMLResolver

    init(resolver: SenMLResolver) { self.resolver = resolver }

    mutating func readPack(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        var head = try reader.readHead(payload)
        if head.type == .tag, head.argument == 55_799 { head = try reader.readHead(payload) }
        guard head.type == .array else { throw .syntax(offset: 0) }
        var left = try count(of: head, payload)
        guard try hasNext(&left, payload) else { throw .syntax(offset: 0) }
        repeat {
            try readRecord(payload, into: &list)
        } while try hasNext(&left, payload)
        guard reader.position == payload.count else { throw .syntax(offset: reader.position) }
    }

    private mutating func readRecord(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        let start = reader.position
        let head = try reader.readHead(payload)
        guard head.type == .map else { throw .syntax(offset: start) }
        resolver.beginRecord()
        var left = try count(of: head, payload).map { $0 / 2 }
        while try hasNext(&left, payload) {
            let memberStart = reader.position
            guard let label = try readLabel(payload, into: &list) else {
                // The pack and the record are open.
                try reader.skipItem(payload, depth: 2)
                continue
            }
            let item = try readItem(payload, of: label, into: &list)
            try resolver.take(label, item, at: memberStart)
        }
        try resolver.endRecord(at: start, into: &list)
    }

    /// How many items a container holds, nil where a break ends it.
    private func count(
        of head: CBORReader.Head, _ payload: Span<UInt8>
    ) throws(PayloadError) -> Int? {
        head.isIndefinite ? nil : try reader.itemCount(of: head, payload)
    }

    /// Whether a container goes on; counts down, or goes past the break.
    private mutating func hasNext(
        _ left: inout Int?, _ payload: Span<UInt8>
    ) throws(PayloadError) -> Bool {
        guard let count = left else { return !reader.takesBreak(payload) }
        left = count - 1
        return count > 0
    }

    /// A member's label, nil for one that may be passed over.
    private mutating func readLabel(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> SenMLLabel? {
        let start = reader.position
        let head = try reader.readHead(payload)
        switch head.type {
        case .unsigned, .negative:
            return integer(head).flatMap { Int(exactly: $0) }.flatMap { SenMLLabel(rawValue: $0) }
        case .text:
            let textStart = list.textStart
            try readString(payload, head, into: &list)
            let name = Array(list.bytes[textStart...])
            list.removeTexts(from: textStart)
            guard name.last != UInt8(ascii: "_"), SenMLLabel(name.span) == nil else {
                throw .syntax(offset: start)
            }
            return nil
        default: throw .syntax(offset: start)
        }
    }

    private mutating func readItem(
        _ payload: Span<UInt8>, of label: SenMLLabel, into list: inout FieldList
    ) throws(PayloadError) -> FieldValue {
        let start = reader.position
        let textStart = list.textStart
        let head = try reader.readHead(payload)
        switch head.type {
        case .unsigned, .negative: return number(head)
        case .bytes where label == .dataValue:
            try readString(payload, head, into: &list)
            return .text(list.endBase64URL(from: textStart))
        case .text where label != .dataValue:
            try readString(payload, head, into: &list)
            return .text(list.endText(from: textStart))
        case .tag: return try readTagged(payload, tag: head.argument)
        case .simple:
            guard let value = simple(head) else { throw .syntax(offset: start) }
            return value
        default: throw .syntax(offset: start)
        }
    }

    private mutating func readString(
        _ payload: Span<UInt8>, _ head: CBORReader.Head, into list: inout FieldList
    ) throws(PayloadError) {
        var string = head
        while let chunk = try reader.nextChunk(payload, of: &string) {
            list.append(payload.extracting(chunk))
        }
    }

    // MARK: - Numbers

    /// The number behind a tag.
    private mutating func readTagged(
        _ payload: Span<UInt8>, tag: UInt64
    ) throws(PayloadError) -> FieldValue {
        let start = reader.position
        switch tag {
        case 2, 3:
            guard payload.byte(at: start).map({ $0 >> 5 }) == CBORReader.MajorType.bytes.rawValue
            else { throw .syntax(offset: start) }
            try reader.skipItem(payload, depth: 2)
            return .noNumber
        case 4, 5:
            let head = try reader.readHead(payload)
            guard head.type == .array else { throw .syntax(offset: start) }
            var left = try count(of: head, payload)
            guard left == nil || left == 2, try hasNext(&left, payload) else {
                throw .syntax(offset: start)
            }
            let exponent = try reader.readHead(payload)
            guard exponent.type == .unsigned || exponent.type == .negative,
                try hasNext(&left, payload)
            else { throw .syntax(offset: start) }
            let mantissa = try readMantissa(payload)
            guard try !hasNext(&left, payload) else { throw .syntax(offset: start) }
            guard tag == 4, let mantissa, let power = integer(exponent) else { return .noNumber }
            // The text has 42 bytes at most.
            let value = Value(parsing: Array("\(mantissa)e\(power)".utf8).span)
            return value.map { .number($0) } ?? .noNumber
        default: throw .syntax(offset: start)
        }
    }

    /// nil where it is beyond 64 bits.
    private mutating func readMantissa(_ payload: Span<UInt8>) throws(PayloadError) -> Int64? {
        let start = reader.position
        let head = try reader.readHead(payload)
        switch head.type {
        case .unsigned, .negative: return integer(head)
        case .tag where head.argument == 2 || head.argument == 3:
            _ = try readTagged(payload, tag: head.argument)
            return nil
        default: throw .syntax(offset: start)
        }
    }

    private func integer(_ head: CBORReader.Head) -> Int64? {
        let magnitude = Int64(exactly: head.argument)
        return head.type == .negative ? magnitude.map { -1 - $0 } : magnitude
    }

    private func number(_ head: CBORReader.Head) -> FieldValue {
        if let integer = integer(head) { return .number(Value(integer)) }
        let magnitude = Double(head.argument)
        return .number(Value(binary: head.type == .negative ? -1 - magnitude : magnitude))
    }

    /// Booleans, null and floats.
    private func simple(_ head: CBORReader.Head) -> FieldValue? {
        let double: Double
        switch head.information {
        case 20: return .boolean(false)
        case 21: return .boolean(true)
        case 22, 23: return .null
        case 25: double = halfPrecision(UInt16(truncatingIfNeeded: head.argument))
        case 26: double = Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument)))
        case 27: double = Double(bitPattern: head.argument)
        default: return nil
        }
        return double.isFinite ? .number(Value(binary: double)) : .noNumber
    }
}
