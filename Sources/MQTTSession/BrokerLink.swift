/// A session's way to its broker: a client whose network is driven by hand, so that nothing leaves
/// before ``write()``.
///
/// There are two: libmosquitto's (``MosquittoClient``), and that of the simulated broker. A link
/// belongs to one thread, and calls its events inside ``read()``, ``write()`` and ``keepAlive()``.
public protocol BrokerLink: AnyObject {
    /// Who hears what happens; not kept alive.
    var events: (any BrokerEvents)? { get set }
    /// Readable when there is something to read, for `poll`; -1 without a connection.
    var descriptor: Int32 { get }
    /// Whether something waits to be read.
    var isReadable: Bool { get }
    /// Whether something waits to be written.
    var wantsWrite: Bool { get }

    /// Opens a connection and queues CONNECT for a session that the broker keeps. What an earlier
    /// connection left queued is gone. Waits for the network, not for the broker's answer.
    func connect() throws(LinkFailure)
    /// Reads about one packet. A PUBLISH queues its PUBACK before the event.
    func read() throws(LinkFailure)
    /// Writes what is queued, in order, acknowledgements included; may leave a rest.
    func write() throws(LinkFailure)
    /// Queues a ping where one is due; called each second.
    func keepAlive() throws(LinkFailure)
    /// Queues SUBSCRIBE at QoS 1.
    ///
    /// - Returns: the packet id that its answer will have.
    func subscribe(to filters: [String]) throws(LinkFailure) -> Int32
    /// Queues SUBSCRIBE at QoS 0 of topics whose values the broker keeps: the values come at once,
    /// in this order, also where the session had the subscriptions, and none is queued while we are
    /// away.
    func watch(_ topics: [String]) throws(LinkFailure) -> Int32
    /// Queues UNSUBSCRIBE.
    func unsubscribe(from filters: [String]) throws(LinkFailure) -> Int32
    /// Queues PUBLISH at QoS 0, not retained.
    func publish(_ message: OutgoingMessage) throws(LinkFailure)
    /// Queues DISCONNECT, with which the broker closes the connection and keeps the session.
    func disconnect()
    /// Ends the connection without a word: what is queued never leaves.
    func drop()
}

/// What comes from a broker. All calls are made on the link's thread.
public protocol BrokerEvents: AnyObject {
    /// CONNACK.
    ///
    /// - Parameters:
    ///   - refusal: why the broker refused; nil where it accepted.
    ///   - isSessionPresent: whether it goes on with a session that it had kept.
    func didConnect(refusal: BrokerRefusal?, isSessionPresent: Bool)
    func didDisconnect(reason: String)
    /// PUBLISH. Topic and payload are valid during the call.
    ///
    /// - Parameter packetID: 0 at QoS 0.
    func didReceive(
        packetID: Int32, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        qos: Int32, isRetained: Bool)
    /// SUBACK; a code of 0x80 or more refuses its filter.
    func didSubscribe(packetID: Int32, granted: [Int32])
    /// UNSUBACK.
    func didUnsubscribe(packetID: Int32)
    /// PUBACK of the broker, for what a client published.
    func didPublish(packetID: Int32)
}

/// Why a link cannot go on: the connection is lost.
public struct LinkFailure: Error, Sendable {
    /// For the log, in English.
    public let reason: String

    public init(_ reason: String) { self.reason = reason }
}

/// Why a broker refused a connection.
public struct BrokerRefusal: Sendable {
    /// The reason code of CONNACK.
    public let code: Int32
    /// For the log, in English.
    public let reason: String

    /// Whether it is about who we are: bad user name or password, or not authorized.
    public var concernsLogin: Bool { code == 134 || code == 135 }

    /// Whether the broker does not speak MQTT v5; 1 is the answer of an older one.
    public var concernsVersion: Bool { code == 132 || code == 1 }
}
