import CMosquitto
import Glibc
import Synchronization

/// What came on one topic.
public struct HeardTopic: Sendable {
    /// All messages, those that are not kept too.
    public fileprivate(set) var count = 0
    /// The first ones and the newest.
    public fileprivate(set) var payloads: [[UInt8]] = []
}

/// How much of what it hears a ``MQTTSubscriber`` keeps.
public struct HearingLimits: Sendable {
    /// A broker has fewer topics to say of itself.
    public var topics = 1_000
    /// Messages of a topic.
    public var messages = 1
    /// Bytes of a message.
    public var size = Int.max

    public init() {}
}

/// A second client that listens for a short while: what a broker says of itself, or what devices
/// send. Its session ends with it, and it acknowledges whatever comes.
///
/// libmosquitto's own thread does the network.
public final class MQTTSubscriber {
    private let events: SubscriberEvents
    private let client: MosquittoClient

    /// Connects, and subscribes once the broker has accepted.
    public init(
        _ configuration: MQTTConfiguration, filters: [String], limits: HearingLimits = .init()
    ) throws(MQTTError) {
        events = SubscriberEvents(limits)
        client = try MosquittoClient(
            configuration, isPersistent: false, isExternallyLooped: false)
        client.events = events
        do throws(LinkFailure) {
            try client.connect()
            guard client.loopStart() == MOSQ_ERR_SUCCESS.rawValue else {
                throw LinkFailure("no thread")
            }
            try events.awaitConnection()
            _ = try client.subscribe(to: filters)
        } catch {
            throw events.refusal.map(MQTTError.init) ?? .connection(reason: error.reason)
        }
    }

    deinit {
        client.disconnect()
        client.loopStop()
    }

    /// The last payload of each topic, as text.
    ///
    /// - Parameters:
    ///   - limit: how long it waits at most.
    ///   - isEnough: whether there is nothing more to wait for.
    public func messages(
        within limit: Duration, until isEnough: ([String: String]) -> Bool
    ) -> [String: String] {
        func texts(_ state: SubscriberEvents.State) -> [String: String] {
            state.topics.compactMapValues { $0.payloads.last }
                .mapValues { String(decoding: $0, as: UTF8.self) }
        }
        events.wait(until: limit) { isEnough(texts($0)) }
        return texts(events.state)
    }

    /// Listens, and gives what came of each topic.
    ///
    /// - Parameters:
    ///   - limit: how long at most.
    ///   - count: the messages after which it ends, nil for none.
    /// - Returns: with the messages of topics beyond the most that it keeps.
    public func listen(
        for limit: Duration, count: Int?
    ) -> (topics: [String: HeardTopic], otherCount: Int) {
        events.wait(until: limit) { state in count.map { state.count >= $0 } ?? false }
        let state = events.state
        return (state.topics, state.otherCount)
    }

    /// Whether the broker does not let this client hear what it asked for.
    public var isRefused: Bool { events.state.isRefused }
    /// Whether the broker has ended the connection.
    public var isLost: Bool { events.state.isLost }
}

extension MQTTError {
    /// What a broker's refusal means.
    init(_ refusal: BrokerRefusal) {
        if refusal.concernsLogin {
            self = .login(reason: refusal.reason)
        } else if refusal.concernsVersion {
            self = .protocolVersion
        } else {
            self = .connection(reason: refusal.reason)
        }
    }
}

/// Keeps what comes on libmosquitto's thread and wakes the thread that waits for it.
private final class SubscriberEvents: BrokerEvents, Sendable {
    struct State {
        var isConnected = false
        var isLost = false
        var refusal: BrokerRefusal?
        var isRefused = false
        var topics: [String: HeardTopic] = [:]
        var count = 0
        /// Messages of topics that are not kept.
        var otherCount = 0
    }

    private let shared = Mutex(State())
    private let bell = Bell()
    private let limits: HearingLimits

    init(_ limits: HearingLimits) { self.limits = limits }

    var state: State { shared.withLock { $0 } }
    var refusal: BrokerRefusal? { state.refusal }

    func awaitConnection() throws(LinkFailure) {
        wait(until: .seconds(30)) { $0.isConnected }
        guard state.isConnected else { throw LinkFailure("no answer to CONNECT") }
    }

    /// Waits until something holds, the connection is lost, or the time is over.
    func wait(until limit: Duration, _ isTrue: (State) -> Bool) {
        let deadline = ContinuousClock.now + limit
        while true {
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            let isOver = shared.withLock { state in
                isTrue(state) || state.isLost || state.isRefused || state.refusal != nil
            }
            if isOver || left <= 0 { return }
            var descriptor = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
            // SAFETY: one entry, which outlives the call.
            _ = unsafe poll(&descriptor, 1, Int32(left.rounded(.up)))
            bell.silence()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        shared.withLock { body(&$0) }
        bell.ring()
    }

    func didConnect(refusal: BrokerRefusal?, isSessionPresent: Bool) {
        change { state in
            state.isConnected = refusal == nil
            state.refusal = refusal
        }
    }

    func didDisconnect(reason: String) { change { $0.isLost = true } }

    func didReceive(
        packetID: Int32, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        qos: Int32, isRetained: Bool
    ) {
        // SAFETY: both are copied here, while they live.
        let name = unsafe String(decoding: topic, as: UTF8.self)
        let bytes = unsafe payload.count <= limits.size ? [UInt8](payload) : nil
        change { state in
            state.count += 1
            guard state.topics.count < limits.topics || state.topics[name] != nil else {
                state.otherCount += 1
                return
            }
            state.topics[name, default: HeardTopic()].add(bytes, keeping: limits.messages)
        }
    }

    func didSubscribe(packetID: Int32, granted: [Int32]) {
        // MQTT 5, 3.9.3: from 0x80 on a filter is refused.
        if granted.contains(where: { $0 >= 0x80 }) { change { $0.isRefused = true } }
    }

    func didUnsubscribe(packetID: Int32) {}
    func didPublish(packetID: Int32) {}
}

extension HeardTopic {
    /// The newest message takes the place of the one before where there is no room.
    fileprivate mutating func add(_ payload: [UInt8]?, keeping limit: Int) {
        count += 1
        guard let payload else { return }
        if payloads.count == limit { payloads.removeLast() }
        payloads.append(payload)
    }
}
