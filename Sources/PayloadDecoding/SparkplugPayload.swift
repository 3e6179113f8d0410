/// What a Sparkplug B payload says, without the state that is needed to understand it: that is
/// ``SparkplugSession``'s. Field numbers are those of sparkplug_b.proto (Eclipse Tahu). Texts and
/// bytes are ranges of the payload.
struct SparkplugPayload {
    /// Milliseconds since 1970 UTC.
    private(set) var timestamp: UInt64?
    /// Encoders of proto3 leave out a 0, so that one that is not there is 0.
    private(set) var sequence: UInt64 = 0
    private var reader: ProtobufReader

    /// Reads all but the metrics, whose frames are checked.
    init(_ payload: Span<UInt8>) throws(PayloadError) {
        reader = ProtobufReader(0..<payload.count)
        var reader = reader
        while let tag = try reader.nextTag(payload) {
            switch tag.number {
            case 1: timestamp = try reader.varint(payload, of: tag)
            case 2: _ = try reader.bytes(payload, of: tag)
            case 3: sequence = try reader.varint(payload, of: tag)
            case 4:
                let uuid = try reader.text(payload, of: tag)
                // Its metrics are in the body, deflated; no sensor's message needs that.
                guard !isEqual(payload, uuid, compressedUUID) else {
                    throw .syntax(offset: tag.offset)
                }
            case 5: _ = try reader.bytes(payload, of: tag)
            default: try reader.skip(payload, tag)
            }
        }
    }

    /// The next metric, nil behind the last one.
    mutating func nextMetric(_ payload: Span<UInt8>) throws(PayloadError) -> SparkplugMetric? {
        while let tag = try reader.nextTag(payload) {
            guard tag.number == 2 else {
                try reader.skip(payload, tag)
                continue
            }
            return try SparkplugMetric(payload, try reader.bytes(payload, of: tag))
        }
        return nil
    }
}

private let compressedUUID = Array("SPBV1.0_COMPRESSED".utf8)

/// Whether a range of the payload holds the bytes of a text.
func isEqual(_ payload: Span<UInt8>, _ range: Range<Int>, _ text: [UInt8]) -> Bool {
    guard range.count == text.count else { return false }
    return text.indices.allSatisfy { payload[range.lowerBound + $0] == text[$0] }
}
