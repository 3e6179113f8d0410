/// What there is to know of a broker.
public struct BrokerFacts: Sendable {
    /// How far the doctor came with it.
    public enum Connection: Sendable {
        /// Only its file is read.
        case notTried
        case accepted
        /// It speaks MQTT v3.1.1 at most.
        case refusedVersion
    }

    /// Host and port.
    public var address = "127.0.0.1:1883"
    public var connection = Connection.notTried
    /// What stands below `$SYS/broker/`, by topic.
    public var figures: [String: String] = [:]
    /// Its configuration, nil where none was given.
    public var file: MosquittoFile?
    /// What comes in just now; nil where there is neither a ledger nor a word about it.
    public var messagesPerMinute: Double?
    /// For how long the gateway asks the broker to keep its session.
    public var sessionExpirySeconds = 7 * 86_400

    public init() {}

    /// Topics below `$SYS/broker/` that the checks read.
    public static let topics = [
        version, dropped, droppingRate, receivedCount, receivedBytes,
    ].map { prefix + $0 }
    static let prefix = "$SYS/broker/"
    static let version = "version"
    static let dropped = "publish/messages/dropped"
    static let droppingRate = "load/publish/dropped/15min"
    static let receivedCount = "publish/messages/received"
    static let receivedBytes = "publish/bytes/received"

    func figure(_ topic: String) -> Double? {
        figures[Self.prefix + topic].flatMap { Double($0) }
    }

    /// LIMIT: bytes that mosquitto 2.0.11 needs for one queued message beside its payload: 310 were
    /// measured with a topic of 21 bytes; and the payload where the broker has not told it.
    private static let (overheadBytes, usualPayloadBytes) = (310, 66)

    /// Bytes of a payload, on the average of what the broker has received.
    var payloadBytes: Int {
        guard let count = figure(Self.receivedCount), let bytes = figure(Self.receivedBytes),
            count >= 1, bytes < 1e15
        else { return Self.usualPayloadBytes }
        return max(1, Int(bytes / count))
    }

    /// Memory that so many queued messages need.
    func queueBytes(_ messages: Int) -> Int { messages * (Self.overheadBytes + payloadBytes) }

    /// Messages that the broker keeps for a gateway that is away; nil where memory is the limit.
    ///
    /// The window of unacknowledged messages does not count: mosquitto opens none for a client
    /// that is not connected.
    func queueCapacity(_ file: MosquittoFile) -> Int? {
        let messages = file.integer("max_queued_messages", default: 1_000)
        let bytes = file.integer("max_queued_bytes", default: 0)
        let limits = (messages > 0 ? [messages] : []) + (bytes > 0 ? [bytes / payloadBytes] : [])
        return limits.min()
    }
}
