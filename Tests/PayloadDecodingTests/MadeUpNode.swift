import PayloadDecoding

/// An edge node of a test, with the messages it sends.
struct MadeUpNode {
    var session = SparkplugSession()

    mutating func send(
        _ message: SparkplugMessage, _ metrics: [MadeUpMetric], _ sequence: UInt64?,
        device: String = ""
    ) throws -> [String] {
        let payload = sparkplugPayload(metrics, sequence: sequence)
        return try send(message, payload, device: device)
    }

    mutating func send(
        _ message: SparkplugMessage, _ payload: [UInt8], device: String = ""
    ) throws -> [String] {
        var list = FieldList()
        try session.decode(
            payload.span, message, device: Array(device.utf8).span, into: &list)
        return list.described
    }
}
