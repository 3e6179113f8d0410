import PayloadDecoding
import Telemetry

/// What a decoder wants to have published.
public struct DecoderRequest: Sendable, Equatable {
    public let topic: String
    public let payload: [UInt8]
}

/// The edge nodes of Sparkplug that have been heard, for all profiles: what one message of a node
/// announces is what another one means.
final class SparkplugNodes {
    private struct Node {
        var session = SparkplugSession()
        /// When it was last asked for its births, and how often since it last had one.
        var requestTime: Int64?
        var requestCount = 0
    }

    private var nodes: [[UInt8]: Node] = [:]
    /// What waits to be published.
    private(set) var requests: [DecoderRequest] = []

    // LIMIT: a town has a few; who makes up nodes does not make us grow.
    private static let nodesMax = 256
    /// A node is asked again after a minute, then after two, and at last each hour.
    private static let requestPause: Int64 = 60_000
    private static let requestDoublingsMax = 6

    /// Reads a message of a node into a list: its metrics, and `sparkplug.online`, which births and
    /// deaths say.
    ///
    /// - Parameter arrival: nil while nobody knows.
    func read(
        _ payload: Span<UInt8>, of topic: Span<UInt8>, arrival: Int64?, into list: inout FieldList
    ) throws(PayloadError) {
        guard let parts = SparkplugTopic(parsing: topic) else { throw .syntax(offset: 0) }
        var key: [UInt8] = []
        for index in parts.group.lowerBound..<parts.group.upperBound { key.append(topic[index]) }
        key.append(UInt8(ascii: "/"))
        for index in parts.node { key.append(topic[index]) }
        let device = topic.extracting(parts.device)
        guard let known = nodes[key] ?? (nodes.count < Self.nodesMax ? Node() : nil) else {
            // Its metrics count where they have names; nobody asks it for anything.
            var session = SparkplugSession()
            try session.decode(payload, parts.message, device: device, into: &list)
            return
        }
        var node = known
        // A payload that is refused changes the session too: see SparkplugSession.
        defer { nodes[key] = node }
        try node.session.decode(payload, parts.message, device: device, into: &list)
        if !node.session.wantsRebirth { node.requestCount = 0 }
        ask(&node, topic, parts, arrival: arrival)
        switch parts.message {
        case .nodeBirth, .deviceBirth: try addOnline(true, to: &list)
        // A death of an older connection says nothing of this one.
        case .nodeDeath where node.session.isBorn: break
        case .nodeDeath, .deviceDeath: try addOnline(false, to: &list)
        default: break
        }
    }

    /// Takes what waits to be published.
    func takeRequests() -> [DecoderRequest] {
        defer { requests.removeAll() }
        return requests
    }

    private func ask(
        _ node: inout Node, _ topic: Span<UInt8>, _ parts: SparkplugTopic, arrival: Int64?
    ) {
        guard node.session.wantsRebirth else { return }
        let now = arrival ?? 0
        let pause =
            Self.requestPause << min(max(node.requestCount - 1, 0), Self.requestDoublingsMax)
        if let last = node.requestTime, node.requestCount > 0,
            (0..<pause).contains(now - last)
        {
            return
        }
        node.requestTime = now
        node.requestCount += 1
        let group = text(topic.extracting(parts.group))
        let name = text(topic.extracting(parts.node))
        requests.append(
            DecoderRequest(
                topic: "spBv1.0/\(group)/NCMD/\(name)",
                payload: sparkplugRebirthRequest(time: now)))
    }

    private func addOnline(_ isOnline: Bool, to list: inout FieldList) throws(PayloadError) {
        try list.add(name: "sparkplug.online", .boolean(isOnline))
    }
}

private func text(_ bytes: Span<UInt8>) -> String {
    var array: [UInt8] = []
    for index in bytes.indices { array.append(bytes[index]) }
    return String(decoding: array, as: UTF8.self)
}
