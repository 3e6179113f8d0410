import Telemetry

/// The data types of Sparkplug that can be a field's value; the raw values are the payload's.
enum SparkplugType: UInt32 {
    case unknown, int8, int16, int32, int64, uint8, uint16, uint32, uint64
    case float, double, boolean, string, dateTime, text, uuid
    case bytes = 17

    /// The size of a whole number in bits, and whether it has a sign; nil for other types. Dates
    /// are milliseconds.
    var integer: (bits: UInt64, isSigned: Bool)? {
        switch self {
        case .int8: (8, true)
        case .int16: (16, true)
        case .int32: (32, true)
        case .int64: (64, true)
        case .uint8: (8, false)
        case .uint16: (16, false)
        case .uint32: (32, false)
        case .uint64, .dateTime: (64, false)
        default: nil
        }
    }
}

/// One metric of a payload.
struct SparkplugMetric {
    /// A value as it travels; which one, the type says only for whole numbers.
    enum Value {
        /// A signed number comes as the two's complement of its type, of 32 bits or of 64. `size`
        /// is 32 or 64 bits, the field's own.
        case integer(UInt64, size: UInt64)
        case float(Double)
        case boolean(Bool)
        case text(Range<Int>)
        case bytes(Range<Int>)
        /// A data set, a template or an extension: no value of a field.
        case other
    }

    /// Where the metric begins, for errors.
    let offset: Int
    /// Empty where there is none.
    private(set) var name = 0..<0
    private(set) var alias: UInt64?
    /// Milliseconds since 1970 UTC.
    private(set) var timestamp: UInt64?
    /// Of the payload; 0 where there is none.
    private(set) var typeNumber: UInt32 = 0
    private(set) var isNull = false
    /// Nil where there is none.
    private(set) var value: Value?
    /// The engineering unit of its properties; empty where there is none.
    private(set) var unit = 0..<0

    init(_ payload: Span<UInt8>, _ range: Range<Int>) throws(PayloadError) {
        offset = range.lowerBound
        var reader = ProtobufReader(range)
        while let tag = try reader.nextTag(payload) {
            switch tag.number {
            case 1: name = try reader.text(payload, of: tag)
            case 2: alias = try reader.varint(payload, of: tag)
            case 3: timestamp = try reader.varint(payload, of: tag)
            case 4: typeNumber = UInt32(truncatingIfNeeded: try reader.varint(payload, of: tag))
            case 7: isNull = try reader.varint(payload, of: tag) != 0
            case 9: unit = try findUnit(payload, in: try reader.bytes(payload, of: tag))
            case 10...19: value = try Self.readValue(payload, &reader, tag)
            // Historical, transient, metadata, extensions.
            default: try reader.skip(payload, tag)
            }
        }
    }

    private static func readValue(
        _ payload: Span<UInt8>, _ reader: inout ProtobufReader, _ tag: ProtobufReader.Tag
    ) throws(PayloadError) -> Value {
        switch tag.number {
        case 10:
            // Some encoders extend the sign to 64 bits; a uint32 has the lowest 32 of them.
            let bits = try reader.varint(payload, of: tag)
            return .integer(bits & 0xffff_ffff, size: 32)
        case 11: return .integer(try reader.varint(payload, of: tag), size: 64)
        case 12:
            return .float(Double(Float(bitPattern: try reader.fixed32(payload, of: tag))))
        case 13: return .float(Double(bitPattern: try reader.fixed64(payload, of: tag)))
        case 14: return .boolean(try reader.varint(payload, of: tag) != 0)
        case 15: return .text(try reader.text(payload, of: tag))
        case 16: return .bytes(try reader.bytes(payload, of: tag))
        default:
            _ = try reader.bytes(payload, of: tag)
            return .other
        }
    }

    /// What the value means as a type; nil where no field can hold it. A value that the type
    /// cannot have is no number, because one of the two is wrong.
    func fieldValue(
        _ payload: Span<UInt8>, as type: SparkplugType?, into list: inout FieldList
    ) -> FieldValue? {
        guard !isNull else { return .null }
        switch (value, type) {
        case (.integer(let bits, _), .boolean): return bits <= 1 ? .boolean(bits == 1) : .noNumber
        case (.integer(let bits, let size), let type?):
            guard let (width, isSigned) = type.integer else { return .noNumber }
            return isSigned ? signed(bits, size, width) : unsigned(bits, width)
        case (.float(let double), .float), (.float(let double), .double),
            (.float(let double), .unknown):
            return double.isFinite ? .number(Telemetry.Value(binary: double)) : .noNumber
        case (.boolean(let boolean), .boolean), (.boolean(let boolean), .unknown):
            return .boolean(boolean)
        case (.text(let text), .string), (.text(let text), .text), (.text(let text), .uuid),
            (.text(let text), .unknown):
            return .text(list.text(payload.extracting(text)))
        case (.bytes(let bytes), .bytes):
            let start = list.textStart
            list.append(payload.extracting(bytes))
            return .text(list.endBase64URL(from: start))
        case (nil, _), (.other, _), (.bytes, _), (_, nil): return nil
        default: return .noNumber
        }
    }
}

/// A number of `width` bits in two's complement, above which the field of `size` bits has zeros or
/// the sign.
private func signed(_ bits: UInt64, _ size: UInt64, _ width: UInt64) -> FieldValue {
    let shift = 64 - min(width, size)
    let number = Int64(bitPattern: bits << shift) >> Int64(shift)
    let extended = UInt64(bitPattern: number) & (.max >> (64 - size))
    let isPlain = shift == 0 || bits >> (64 - shift) == 0
    // In a field narrower than the type nobody can tell a sign from a large number.
    let isClear = width <= size || number >= 0
    guard isClear, isPlain || extended == bits else { return .noNumber }
    return .number(Telemetry.Value(number))
}

private func unsigned(_ bits: UInt64, _ width: UInt64) -> FieldValue {
    guard width == 64 || bits >> width == 0 else { return .noNumber }
    guard let number = Int64(exactly: bits) else {
        return .number(Telemetry.Value(binary: Double(bits)))
    }
    return .number(Telemetry.Value(number))
}

// MARK: - Properties

private let unitKeys = ["engUnit", "Engineering Units"].map { Array($0.utf8) }

/// The text of the property that names the unit, empty where a set has none. Names and values are
/// two lists of the same order.
private func findUnit(
    _ payload: Span<UInt8>, in set: Range<Int>
) throws(PayloadError) -> Range<Int> {
    var place: Int?
    var count = 0
    var reader = ProtobufReader(set)
    while let tag = try reader.nextTag(payload) {
        guard tag.number == 1 else {
            try reader.skip(payload, tag)
            continue
        }
        let key = try reader.text(payload, of: tag)
        if place == nil, unitKeys.contains(where: { isEqual(payload, key, $0) }) { place = count }
        count += 1
    }
    guard var left = place else { return 0..<0 }
    reader = ProtobufReader(set)
    while let tag = try reader.nextTag(payload) {
        guard tag.number == 2 else {
            try reader.skip(payload, tag)
            continue
        }
        let value = try reader.bytes(payload, of: tag)
        if left == 0 { return try textValue(payload, of: value) }
        left -= 1
    }
    return 0..<0
}

/// The text of a property's value, empty where it is something else.
private func textValue(
    _ payload: Span<UInt8>, of property: Range<Int>
) throws(PayloadError) -> Range<Int> {
    var text = 0..<0
    var reader = ProtobufReader(property)
    while let tag = try reader.nextTag(payload) {
        if tag.number == 8 {
            text = try reader.text(payload, of: tag)
        } else {
            try reader.skip(payload, tag)
        }
    }
    return text
}
