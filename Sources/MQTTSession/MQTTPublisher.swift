import CMosquitto
import Glibc
import Synchronization

/// A second client that publishes at QoS 1: recordings, simulations, what the gateway itself has to
/// say. It never shares a connection with a session whose acknowledgements are withheld.
///
/// libmosquitto's own thread does the network. Publishing waits while too many messages are
/// unacknowledged, so memory is bounded and nothing is lost silently.
public final class MQTTPublisher {
    private let events = PublisherEvents()
    private let client: MosquittoClient
    private var publishedCount = 0
    /// LIMIT: unacknowledged messages; libmosquitto holds them all in memory.
    private static let unacknowledgedMaximum = 10_000

    /// Connects and waits for the broker's answer.
    public init(_ configuration: MQTTConfiguration) throws(MQTTError) {
        var configuration = configuration
        configuration.keepAlive = 60
        client = try MosquittoClient(
            configuration, isPersistent: false, isExternallyLooped: false)
        client.events = events
        do throws(LinkFailure) {
            try client.connect()
        } catch {
            throw .connection(reason: error.reason)
        }
        guard client.loopStart() == MOSQ_ERR_SUCCESS.rawValue else {
            throw .connection(reason: "no thread")
        }
        try events.awaitConnection()
    }

    deinit {
        client.disconnect()
        client.loopStop()
    }

    /// Publishes one message at QoS 1; waits while too many are unacknowledged.
    public func publish(
        topic: String, payload: [UInt8], isRetained: Bool = false
    ) throws(MQTTError) {
        try events.awaitAcknowledgements(atLeast: publishedCount + 1 - Self.unacknowledgedMaximum)
        var packetID: Int32 = 0
        let code = client.publish(
            topic: topic, payload: payload, isRetained: isRetained, packetID: &packetID)
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw .connection(reason: MosquittoClient.errorText(code))
        }
        publishedCount += 1
    }

    /// Waits until the broker has acknowledged everything.
    public func flush() throws(MQTTError) {
        try events.awaitAcknowledgements(atLeast: publishedCount)
    }

    /// Milliseconds from publishing one message to its acknowledgement.
    public func roundTrip(topic: String, payload: [UInt8]) throws(MQTTError) -> Double {
        try flush()
        let start = ContinuousClock.now
        try publish(topic: topic, payload: payload)
        try flush()
        return (ContinuousClock.now - start) / .milliseconds(1)
    }
}

/// Counts acknowledgements on libmosquitto's thread and lets the publishing thread wait for them.
private final class PublisherEvents: BrokerEvents, Sendable {
    private let acknowledged = Atomic<Int>(0)
    private let answer = Mutex<(isHere: Bool, refusal: BrokerRefusal?)>((false, nil))
    private let isLost = Atomic<Bool>(false)
    private let bell = Bell()
    private let isWaiting = Atomic<Bool>(false)

    func awaitConnection() throws(MQTTError) {
        try wait { answer.withLock { $0.isHere } }
        if let refusal = answer.withLock({ $0.refusal }) { throw MQTTError(refusal) }
    }

    func awaitAcknowledgements(atLeast count: Int) throws(MQTTError) {
        if acknowledged.load(ordering: .relaxed) >= count { return }
        // ORDERING: pairs with the addition in `didPublish`, see `wait`.
        try wait { acknowledged.load(ordering: .sequentiallyConsistent) >= count }
    }

    /// Waits for a condition that callbacks make true; gives up when none comes for 30 seconds.
    private func wait(until isTrue: () -> Bool) throws(MQTTError) {
        while true {
            // ORDERING: sequentially consistent on both sides, so that either the callback sees
            // the flag and signals, or the condition is seen here.
            isWaiting.store(true, ordering: .sequentiallyConsistent)
            defer { isWaiting.store(false, ordering: .relaxed) }
            if isTrue() { return }
            if isLost.load(ordering: .sequentiallyConsistent) {
                throw .connection(reason: "connection lost")
            }
            var descriptor = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
            // SAFETY: one entry, which outlives the call.
            guard unsafe poll(&descriptor, 1, 30_000) > 0 else { throw .timeout }
            bell.silence()
        }
    }

    private func wake() {
        // ORDERING: pairs with the store in `wait`.
        if isWaiting.load(ordering: .sequentiallyConsistent) { bell.ring() }
    }

    func didConnect(refusal: BrokerRefusal?, isSessionPresent: Bool) {
        answer.withLock { $0 = (true, refusal) }
        wake()
    }

    func didDisconnect(reason: String) {
        // ORDERING: before the look at `isWaiting`, see `wait`; so below.
        isLost.store(true, ordering: .sequentiallyConsistent)
        wake()
    }

    func didPublish(packetID: Int32) {
        acknowledged.wrappingAdd(1, ordering: .sequentiallyConsistent)
        wake()
    }

    func didReceive(
        packetID: Int32, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        qos: Int32, isRetained: Bool
    ) {}
    func didSubscribe(packetID: Int32, granted: [Int32]) {}
    func didUnsubscribe(packetID: Int32) {}
}
