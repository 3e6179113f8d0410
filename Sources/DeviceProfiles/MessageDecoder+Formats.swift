import PayloadDecoding
import Telemetry

/// Each format that names its values, into one list.
extension ProfileDecoder {
    /// - Parameter time: of the message, where nothing in the payload is nearer.
    /// - Returns: how many parts of the payload could not be read and were left out.
    func readList(
        _ payload: Span<UInt8>, of topic: Span<UInt8>, port: Int?, time: Int64?
    ) throws(PayloadError) -> Int {
        switch decoding.format {
        case .influx: try decodeInfluxLine(payload, into: &list)
        case .telegraf:
            if isJSON(payload) {
                try decodeTelegrafJSON(payload, into: &list)
            } else {
                try decodeInfluxLine(payload, into: &list)
            }
        // Arrays of CBOR have the highest bit in their first byte, and no JSON has.
        case .senml where payload.count > 0 && payload[0] < 0x80:
            try decodeSenMLJSON(payload, arrival: time, into: &list)
        case .senml: try decodeSenMLCBOR(payload, arrival: time, into: &list)
        case .senmlCBOR: try decodeSenMLCBOR(payload, arrival: time, into: &list)
        case .openMetrics: try decodeOpenMetrics(payload, into: &list)
        case .collectd:
            try decodeCollectd(
                payload, type: topic.extracting(lastLevel(of: topic)), into: &list)
        case .teleinformation: return try decodeTeleinformation(payload, into: &list)
        case .cayenneLPP: return try decodeCayenneLPP(payload, into: &list) ? 0 : 1
        case .telegrafJSON: try decodeTelegrafJSON(payload, into: &list)
        case .sparkplug:
            try nodes?.read(payload, of: topic, arrival: time, into: &list)
        case .bytes:
            return try frames?.read(payload, port: port, time: time, into: &list) ?? 0
        case .delimited:
            if let format = decoding.delimited {
                try decodeDelimited(payload, as: format, into: &list)
            }
        case .json, .text, .object:
            preconditionFailure("a format that does not name its values")
        }
        return 0
    }
}

/// Whether a text begins as a JSON object or list does.
private func isJSON(_ payload: Span<UInt8>) -> Bool {
    var index = 0
    while index < payload.count, payload[index] == 0x20 || payload[index] == 0x0a { index += 1 }
    return index < payload.count
        && (payload[index] == UInt8(ascii: "{") || payload[index] == UInt8(ascii: "["))
}

/// The bytes behind the last `/`.
private func lastLevel(of topic: Span<UInt8>) -> Range<Int> {
    var start = topic.count
    while start > 0, topic[start - 1] != UInt8(ascii: "/") { start -= 1 }
    return start..<topic.count
}
