import MessageRing
import Synchronization

/// How to reach a broker.
public struct MQTTConfiguration: Sendable, Equatable {
    public var host = "127.0.0.1"
    public var port = 1883
    /// Names the session that the broker keeps for us: two gateways never share one.
    public var clientID = "socle"
    public var username: String?
    public var password: String?
    /// Certificates, nil for a plain connection.
    public var tls: TLS?
    /// Seconds; at least four times the longest commit interval.
    public var keepAlive = 120
    /// Seconds for which the broker keeps the session and its queue while we are away.
    public var sessionExpiry: UInt32 = 7 * 86_400
    /// Messages that the broker sends before it waits for an acknowledgement. Far enough from
    /// 65,535 that packet identifiers in flight never repeat.
    public var receiveMaximum = 16_384
    /// Bytes of the largest packet that the broker may send.
    public var packetSizeMaximum = 262_144

    public struct TLS: Sendable, Equatable {
        /// Certificates of the authorities that are trusted, PEM.
        public var authorityFile: String
        /// Our own certificate and key, PEM, where the broker asks for one.
        public var certificateFile: String?
        public var keyFile: String?

        public init(authorityFile: String, certificateFile: String? = nil, keyFile: String? = nil) {
            self.authorityFile = authorityFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    public init() {}
}

/// Whoever makes durable what the session put into the ring.
///
/// All calls come from the session's thread.
public protocol MessageCommitting: AnyObject {
    /// Messages lie in the ring. Returns at once.
    func messagesArrived()

    /// Makes everything that lies in the ring durable; waits until it is.
    ///
    /// - Parameters:
    ///   - received: messages put into the ring since the last successful commit.
    ///   - confirmed: the newest commit whose acknowledgements the broker has processed, 0 for
    ///     none.
    ///   - newestArrival: the time of arrival behind which the next ones lie.
    /// - Returns: the commit's number, or nil where it could not be made; the messages are then
    ///   kept and the next call tries again.
    func commit(received: Int64, confirmed: Int64, newestArrival: Int64) -> Int64?

    /// What is to be published because of the messages that the last commit holds. It leaves at
    /// most once, and nobody waits for it.
    func takeRequests() -> [OutgoingMessage]
}

/// A message of ours.
public struct OutgoingMessage: Sendable, Equatable {
    public let topic: String
    public let payload: [UInt8]

    public init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }
}

/// What a session tells about itself; read from any thread.
public final class MQTTSessionStatus: Sendable {
    let connected = Atomic<Bool>(false)
    let received = Atomic<Int>(0)
    let connections = Atomic<Int>(0)
    let lag = Atomic<Int64>(0)

    public init() {}

    /// Whether the broker has accepted us.
    public var isConnected: Bool { connected.load(ordering: .relaxed) }
    /// Messages received since the program started.
    public var receivedCount: Int { received.load(ordering: .relaxed) }
    /// How old the oldest message of the newest commit was when it was durable, milliseconds.
    public var lagMilliseconds: Int64 { lag.load(ordering: .relaxed) }
    /// How often a connection was made.
    public var connectionCount: Int { connections.load(ordering: .relaxed) }
}

/// What happens to a session, for the log.
public enum MQTTSessionEvent: Sendable {
    case connected(resumed: Bool)
    case refused(reason: String)
    case disconnected(reason: String, retryMilliseconds: Int)
    case commitFailed(retryMilliseconds: Int)
    case subscribed(filters: Int)
    case subscriptionRefused(filter: String)
    /// The broker does not let us read how many messages it drops.
    case dropsRefused
    /// The clock shows an earlier time than when the newest message arrived.
    case clockFell(milliseconds: Int64)
}

/// Why a session could not be set up.
public enum MQTTError: Error, Sendable {
    /// libmosquitto refused a setting.
    case setting(name: String, reason: String)
    /// The library that is loaded is not known to keep acknowledgements back.
    case library(version: String)
    /// The broker could not be reached or refused us.
    case connection(reason: String)
    /// The broker knows neither user nor password, or wants some.
    case login(reason: String)
    /// The broker does not speak MQTT v5.
    case protocolVersion
    /// The broker did not answer in time.
    case timeout
}

extension MQTTError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .setting(let name, let reason): "MQTT setting \(name): \(reason)"
        case .library(let version):
            "libmosquitto \(version) is not known to keep acknowledgements back until readings are "
                + "stored; install 2.0 or 2.1"
        case .connection(let reason): "cannot reach the MQTT broker: \(reason)"
        case .login(let reason): "the MQTT broker refused the login: \(reason)"
        case .protocolVersion: "the MQTT broker does not speak MQTT v5"
        case .timeout: "the MQTT broker does not answer"
        }
    }
}

extension SessionLoop {
    /// A session over the network.
    ///
    /// - Throws: ``MQTTError/setting(name:reason:)`` where libmosquitto refuses a setting.
    public convenience init(
        _ configuration: MQTTConfiguration, time: any TimeSource, clock: ClockTrust,
        filters: [String], obsoleteFilters: [String], commitInterval: CommitInterval,
        newestArrival: Int64, newestUnplaced: Int64, newestCommit: Int64,
        producer: consuming RingProducer, committer: any MessageCommitting,
        status: MQTTSessionStatus, stop: StopFlag, report: @escaping (MQTTSessionEvent) -> Void
    ) throws(MQTTError) {
        let link = try MosquittoClient(
            configuration, isPersistent: true, isExternallyLooped: true)
        self.init(
            configuration, link: link, time: time, clock: clock, filters: filters,
            obsoleteFilters: obsoleteFilters, commitInterval: commitInterval,
            newestArrival: newestArrival, newestUnplaced: newestUnplaced,
            newestCommit: newestCommit, producer: producer, committer: committer, status: status,
            stop: stop, report: report)
    }
}

/// The version of libmosquitto that is loaded: "2.0.11".
public func mosquittoLibraryVersion() -> String {
    MosquittoClient.libraryVersion
}
