/// Writes Protocol Buffers messages, right ones and wrong ones, field by field.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ number: UInt64, _ value: UInt64) {
        append(number << 3)
        append(value)
    }

    mutating func text(_ number: UInt64, _ text: String) { bytes(number, Array(text.utf8)) }

    mutating func bytes(_ number: UInt64, _ content: [UInt8]) {
        append(number << 3 | 2)
        append(UInt64(content.count))
        bytes += content
    }

    mutating func float(_ number: UInt64, _ value: Float) {
        append(number << 3 | 5)
        for byte in 0..<4 { bytes.append(UInt8(value.bitPattern >> (8 * byte) & 0xff)) }
    }

    mutating func double(_ number: UInt64, _ value: Double) {
        append(number << 3 | 1)
        for byte in 0..<8 { bytes.append(UInt8(value.bitPattern >> (8 * byte) & 0xff)) }
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// A metric of a test: the fields that are not nil are written.
struct MadeUpMetric {
    enum Value {
        case int(UInt64)
        case long(UInt64)
        case float(Float)
        case double(Double)
        case boolean(Bool)
        case string(String)
        case bytes([UInt8])
        case dataSet([UInt8])
    }

    var name: String?
    var alias: UInt64?
    var time: UInt64?
    var type: UInt64?
    var isNull = false
    var properties: [(String, String)] = []
    var value: Value?

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        if let name { writer.text(1, name) }
        if let alias { writer.varint(2, alias) }
        if let time { writer.varint(3, time) }
        if let type { writer.varint(4, type) }
        if isNull { writer.varint(7, 1) }
        if !properties.isEmpty {
            var set = ProtobufWriter()
            for (key, _) in properties { set.text(1, key) }
            for (_, text) in properties {
                var value = ProtobufWriter()
                value.varint(1, 12)
                value.text(8, text)
                set.bytes(2, value.bytes)
            }
            writer.bytes(9, set.bytes)
        }
        switch value {
        case .int(let value): writer.varint(10, value)
        case .long(let value): writer.varint(11, value)
        case .float(let value): writer.float(12, value)
        case .double(let value): writer.double(13, value)
        case .boolean(let value): writer.varint(14, value ? 1 : 0)
        case .string(let value): writer.text(15, value)
        case .bytes(let value): writer.bytes(16, value)
        case .dataSet(let value): writer.bytes(17, value)
        case nil: break
        }
        return writer.bytes
    }
}

/// A payload of metrics, sent at 1000 ms.
func sparkplugPayload(
    _ metrics: [MadeUpMetric], sequence: UInt64?, uuid: String? = nil
) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.varint(1, 1000)
    for metric in metrics { writer.bytes(2, metric.bytes) }
    if let sequence { writer.varint(3, sequence) }
    if let uuid { writer.text(4, uuid) }
    return writer.bytes
}
