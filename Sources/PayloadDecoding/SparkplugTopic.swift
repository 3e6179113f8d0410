/// What a message of Sparkplug is, by its topic.
public enum SparkplugMessage: Sendable, BitwiseCopyable {
    case nodeBirth, nodeDeath, nodeData, nodeCommand
    case deviceBirth, deviceDeath, deviceData, deviceCommand

    /// Whether it is about a device rather than about the edge node itself.
    public var hasDevice: Bool {
        switch self {
        case .nodeBirth, .nodeDeath, .nodeData, .nodeCommand: false
        case .deviceBirth, .deviceDeath, .deviceData, .deviceCommand: true
        }
    }
}

/// A topic of Sparkplug B: `spBv1.0/GROUP/TYPE/NODE` or `spBv1.0/GROUP/TYPE/NODE/DEVICE`.
///
/// The topics of host applications (`spBv1.0/STATE/HOST`), whose payload is JSON, are none of
/// these. Levels are byte ranges of the topic.
///
/// Source: Sparkplug 3.0.0, section 4.2.
public struct SparkplugTopic: Sendable {
    public let group: Range<Int>
    public let message: SparkplugMessage
    public let node: Range<Int>
    /// Empty where the message is about the node.
    public let device: Range<Int>

    /// nil where the topic is none of Sparkplug's, or has an empty level.
    public init?(parsing topic: Span<UInt8>) {
        // MQTT's own limit.
        guard topic.count <= 65_535 else { return nil }
        var levels: [Range<Int>] = []
        var start = 0
        for index in 0...topic.count where topic.byte(at: index).map({ $0 == slash }) ?? true {
            guard index > start, levels.count < 5 else { return nil }
            levels.append(start..<index)
            start = index + 1
        }
        guard levels.count >= 4, Self.namespace.index(of: topic.extracting(levels[0])) != nil,
            let place = Self.names.index(of: topic.extracting(levels[2]))
        else { return nil }
        let message = Self.messages[place]
        guard message.hasDevice == (levels.count == 5) else { return nil }
        self.group = levels[1]
        self.message = message
        self.node = levels[3]
        device = levels.count == 5 ? levels[4] : topic.count..<topic.count
    }

    private static let namespace = WordTable(["spBv1.0"])
    private static let names = WordTable([
        "NBIRTH", "NDEATH", "NDATA", "NCMD", "DBIRTH", "DDEATH", "DDATA", "DCMD",
    ])
    /// In the order of the names.
    private static let messages: [SparkplugMessage] = [
        .nodeBirth, .nodeDeath, .nodeData, .nodeCommand,
        .deviceBirth, .deviceDeath, .deviceData, .deviceCommand,
    ]
}

private let slash = UInt8(ascii: "/")
