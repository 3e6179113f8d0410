/// What MQTT and the session said about a message beside its topic and payload.
///
/// Stored in the ring as it lies in memory: 16 bytes without padding.
@frozen
public struct MessageHeader: BitwiseCopyable, Sendable, Equatable {
    /// When the session read the message: milliseconds since 1970-01-01T00:00:00Z, or since the
    /// machine started where the message is ``MessageFlags/unplaced``.
    public var arrival: Int64
    /// The broker's packet id, which the commit's record of messages names; 0 for QoS 0.
    public var packetID: UInt16
    /// How the message was delivered and what the session did to it.
    public var flags: MessageFlags
    /// The payload's bytes as the broker sent them: more than is stored where the message is
    /// ``MessageFlags/oversized``.
    public var originalSize: UInt32

    @inlinable
    public init(arrival: Int64, packetID: UInt16, flags: MessageFlags, originalSize: UInt32) {
        self.arrival = arrival
        self.packetID = packetID
        self.flags = flags
        self.originalSize = originalSize
    }
}

/// Yes-or-no facts about a message.
@frozen
public struct MessageFlags: OptionSet, BitwiseCopyable, Sendable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The broker marked it as delivered before. Proves nothing alone.
    public static var duplicate: MessageFlags { MessageFlags(rawValue: 1) }
    /// The broker had kept it as the topic's last value.
    public static var retained: MessageFlags { MessageFlags(rawValue: 2) }
    /// Delivered at QoS 1: it is acknowledged once the transaction that holds it is durable.
    public static var qos1: MessageFlags { MessageFlags(rawValue: 4) }
    /// Arrived on a resumed session before the answer to the first SUBSCRIBE: only there does what
    /// is delivered again begin. With ``control``: a connection begins on such a session.
    public static var resumed: MessageFlags { MessageFlags(rawValue: 8) }
    /// The payload was too large and is not stored; ``MessageHeader/originalSize`` is its size.
    public static var oversized: MessageFlags { MessageFlags(rawValue: 16) }
    /// Not a message of the broker but a word of the session to the aggregator, in order with the
    /// messages around it.
    public static var control: MessageFlags { MessageFlags(rawValue: 32) }
    /// The clock was not set when the message arrived.
    public static var unplaced: MessageFlags { MessageFlags(rawValue: 64) }
    /// With ``control``: the clock is set, and the arrival says when the machine started.
    public static var clockSet: MessageFlags { MessageFlags(rawValue: 128) }
    /// What the broker says of itself, which is no device's message.
    public static var ofBroker: MessageFlags { MessageFlags(rawValue: 256) }
}
