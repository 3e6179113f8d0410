import CMosquitto
import Glibc
import Synchronization

/// A second client that listens for a short while: what a broker says of itself. Its session ends
/// with it, and it acknowledges whatever comes.
///
/// libmosquitto's own thread does the network.
public final class MQTTSubscriber {
    private let events = SubscriberEvents()
    private let client: MosquittoClient

    /// Connects, and subscribes once the broker has accepted.
    public init(_ configuration: MQTTConfiguration, filters: [String]) throws(MQTTError) {
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
        events.wait(until: limit) { isEnough($0.messages) }
        return events.state.messages
    }
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
        var messages: [String: String] = [:]
    }

    private let shared = Mutex(State())
    private let bell = Bell()
    /// LIMIT: topics that are kept; a broker has fewer to say of itself.
    private static let topicsMaximum = 1_000

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
            let state = state
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            if isTrue(state) || state.isLost || state.refusal != nil || left <= 0 { return }
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
        let text = unsafe String(decoding: payload, as: UTF8.self)
        change { state in
            if state.messages.count < Self.topicsMaximum || state.messages[name] != nil {
                state.messages[name] = text
            }
        }
    }

    func didSubscribe(packetID: Int32, granted: [Int32]) {}
    func didUnsubscribe(packetID: Int32) {}
    func didPublish(packetID: Int32) {}
}
