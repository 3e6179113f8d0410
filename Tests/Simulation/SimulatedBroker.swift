import MQTTSession
import NaiveModel

/// A message on its way through the simulation.
public struct SimulatedMessage: Sendable {
    /// Tells it from every other one.
    public var id: Int
    public var topic: String
    public var payload: String
    public var qos: Int32 = 1
    public var isRetained = false
}

/// A broker with one session, as MQTT 5 describes it and mosquitto does it: what was not
/// acknowledged is delivered again on a new connection, in order and under its packet id.
public final class SimulatedBroker {
    /// What comes from the broker to the gateway.
    enum Delivery {
        case connected(isSessionPresent: Bool)
        case message(SimulatedMessage, packetID: Int32)
        case subscribed(packetID: Int32, count: Int)
        case unsubscribed(packetID: Int32)
    }

    /// What a broker keeps of a session.
    private struct Session {
        var isSubscribed = false
        var inFlight: [(packetID: Int32, message: SimulatedMessage)] = []
        var queue: [SimulatedMessage] = []
        var newestPacketID: Int32 = 0
    }

    private var session: Session?
    private var snapshot: Session?
    private var retained: [String: SimulatedMessage] = [:]
    /// Retained messages that were sent: each is a message of its own.
    private var retainedCount = 0
    private weak var link: SimulatedLink?
    private let receiveMaximum: Int
    /// Whether it goes on sending once the first acknowledgement has come, whatever the window of
    /// the client (mosquitto 2.0.11 does): then packet ids repeat among messages in flight.
    private let ignoresWindow: Bool
    private let packetIDMaximum: Int32
    private let time: VirtualTime
    /// When the gateway was last heard.
    private var lastHeard: Int64 = 0
    /// How long the gateway may be silent, but for half of that again.
    let keepAliveMilliseconds = Int64(MQTTConfiguration().keepAlive) * 1_000
    /// Connections that ended because the gateway was silent for too long.
    public private(set) var silenceCount = 0
    /// Whether it takes connections.
    public var isReachable = true
    /// Called for each message that the gateway has acknowledged.
    public var acknowledged: (SimulatedMessage) -> Void = { _ in }

    init(_ options: SimulationOptions, time: VirtualTime) {
        self.time = time
        receiveMaximum = options.receiveMaximum
        ignoresWindow = options.brokerIgnoresWindow
        packetIDMaximum = options.packetIDMaximum
    }

    // MARK: - The publishers' side

    /// Takes a message of a device.
    ///
    /// - Returns: whether the broker keeps it for the gateway or has sent it.
    @discardableResult
    public func publish(_ message: SimulatedMessage) -> Bool {
        if message.isRetained { retained[message.topic] = message }
        guard session?.isSubscribed == true else { return false }
        // To a subscriber that is there, a message is no retained one.
        var message = message
        message.isRetained = false
        guard message.qos > 0 else {
            guard let link else { return false }
            link.deliver(.message(message, packetID: 0))
            return true
        }
        session?.queue.append(message)
        send()
        return true
    }

    /// Whether the gateway's session is subscribed.
    public var isSubscribed: Bool { session?.isSubscribed == true }
    /// Whether everything was delivered and acknowledged.
    public var isIdle: Bool {
        session?.queue.isEmpty != false && session?.inFlight.isEmpty != false
    }

    // MARK: - Faults

    /// Changes the order of what waits, but not that of one topic.
    public func reorder(_ random: inout SplitMix64) {
        guard let queue = session?.queue, queue.count > 1 else { return }
        var byTopic = Dictionary(grouping: queue) { $0.topic }
        var order = queue.map(\.topic)
        order.shuffle(using: &random)
        session?.queue = order.compactMap { byTopic[$0]?.removeFirst() }
    }

    /// The broker writes its state to its disk.
    public func takeSnapshot() { snapshot = session }

    /// It is started anew from what it wrote last, and closes all connections.
    ///
    /// - Returns: the messages that it had and has no more.
    public func restoreSnapshot() -> [SimulatedMessage] {
        link?.close()
        let before = messages
        session = snapshot
        let kept = Set(messages.map(\.id))
        return before.filter { !kept.contains($0.id) }
    }

    /// What it has not delivered for good.
    private var messages: [SimulatedMessage] {
        (session?.inFlight.map(\.message) ?? []) + (session?.queue ?? [])
    }

    /// It forgets the session.
    ///
    /// - Returns: the messages that it had not delivered for good.
    public func loseSession() -> [SimulatedMessage] {
        link?.close()
        defer { session = nil }
        return messages
    }

    /// The connection breaks.
    public func breakConnection() {
        resendsByWindow = false
        link?.close()
    }

    /// It is started anew, with all that it had: it delivers again by the window.
    public func restart() {
        resendsByWindow = true
        link?.close()
    }

    /// Ends a connection whose client has been silent for one and a half times the keep-alive
    /// time, as MQTT wants it [MQTT-3.1.2-22].
    func endIfSilent() {
        guard let link, time.elapsed - lastHeard > keepAliveMilliseconds * 3 / 2 else { return }
        silenceCount += 1
        link.close()
    }

    // MARK: - The gateway's side

    func connect(_ link: SimulatedLink) {
        self.link?.close()
        self.link = link
        lastHeard = time.elapsed
        let isSessionPresent = session != nil
        if session == nil { session = Session() }
        link.deliver(.connected(isSessionPresent: isSessionPresent))
        hasAcknowledgement = false
        resentCount = 0
        resend()
        send()
    }

    func connectionEnded(_ link: SimulatedLink) {
        if self.link === link { self.link = nil }
    }

    private var hasAcknowledgement = false
    /// Of what was in flight when the connection began, how many have been sent again.
    private var resentCount = 0
    /// Whether it keeps to the window when it delivers again, as one does that was started anew:
    /// what is beyond it comes behind the answer to a SUBSCRIBE.
    private var resendsByWindow = false

    private func resend() {
        let inFlight = session?.inFlight ?? []
        let end = resendsByWindow ? min(receiveMaximum, inFlight.count) : inFlight.count
        while resentCount < end {
            let (packetID, message) = inFlight[resentCount]
            resentCount += 1
            link?.deliver(.message(message, packetID: packetID))
        }
    }

    func receive(_ packet: SimulatedLink.Packet) {
        lastHeard = time.elapsed
        switch packet {
        case .ping: break
        case .acknowledgement(let packetID):
            hasAcknowledgement = true
            guard let index = session?.inFlight.firstIndex(where: { $0.packetID == packetID })
            else { return }
            if let entry = session?.inFlight.remove(at: index) { acknowledged(entry.message) }
            if index < resentCount { resentCount -= 1 }
            resend()
            send()
        case .subscribe(let packetID, let count):
            let isNew = session?.isSubscribed == false
            session?.isSubscribed = true
            link?.deliver(.subscribed(packetID: packetID, count: count))
            if isNew {
                for message in retained.values.sorted(by: { $0.topic < $1.topic }) {
                    retainedCount += 1
                    var copy = message
                    copy.id = -retainedCount
                    session?.queue.append(copy)
                }
                send()
            }
        case .unsubscribe(let packetID):
            link?.deliver(.unsubscribed(packetID: packetID))
        case .disconnect:
            link?.close()
        }
    }

    private func send() {
        guard let link, resentCount == session?.inFlight.count ?? 0 else { return }
        while var session, !session.queue.isEmpty,
            session.inFlight.count < receiveMaximum || (ignoresWindow && hasAcknowledgement)
        {
            let message = session.queue.removeFirst()
            session.newestPacketID = session.newestPacketID % packetIDMaximum + 1
            session.inFlight.append((session.newestPacketID, message))
            self.session = session
            resentCount += 1
            link.deliver(.message(message, packetID: session.newestPacketID))
        }
    }
}
