import MQTTSession
import NaiveModel

/// The gateway's connection to the simulated broker: what is written arrives when the simulation
/// lets it, and some of it never where the connection breaks.
final class SimulatedLink: BrokerLink {
    /// What goes from the gateway to the broker.
    enum Packet {
        case acknowledgement(packetID: Int32)
        case subscribe(packetID: Int32, count: Int)
        case unsubscribe(packetID: Int32)
        case ping
        case disconnect
    }

    weak var events: (any BrokerEvents)?
    /// Called before each message that the gateway reads.
    var willRead: (SimulatedMessage) -> Void = { _ in }
    private let broker: SimulatedBroker
    private var random: SplitMix64
    private var isConnected = false
    /// Delivered and not read.
    private var inbox: [SimulatedBroker.Delivery] = []
    private var inboxStart = 0
    /// Queued by the client and not written.
    private var outbox: [Packet] = []
    /// Written, and not seen by the broker.
    private var underway: [Packet] = []
    private var newestPacketID: Int32 = 0
    private let time: VirtualTime
    private var lastWrite: Int64 = 0
    /// Whether what was written takes long to arrive: a fence only when acknowledgements of a later
    /// commit are behind it, and these with the next fence.
    var isSlow = false

    init(_ broker: SimulatedBroker, time: VirtualTime, seed: UInt64) {
        self.broker = broker
        self.time = time
        random = SplitMix64(seed: seed)
    }

    let descriptor: Int32 = -1
    var isReadable: Bool { inboxStart < inbox.count }
    var wantsWrite: Bool { !outbox.isEmpty }

    // MARK: - The gateway's side

    func connect() throws(LinkFailure) {
        drop()
        guard broker.isReachable else { throw LinkFailure("connection refused") }
        isConnected = true
        lastWrite = time.elapsed
        broker.connect(self)
    }

    func read() throws(LinkFailure) {
        guard isReadable else {
            if !isConnected { throw LinkFailure("connection reset") }
            return
        }
        let delivery = inbox[inboxStart]
        inboxStart += 1
        if inboxStart == inbox.count {
            inbox.removeAll(keepingCapacity: true)
            inboxStart = 0
        }
        switch delivery {
        case .connected(let isSessionPresent):
            events?.didConnect(refusal: nil, isSessionPresent: isSessionPresent)
        case .subscribed(let packetID, let count):
            events?.didSubscribe(
                packetID: packetID, granted: [Int32](repeating: 1, count: count))
        case .unsubscribed(let packetID):
            events?.didUnsubscribe(packetID: packetID)
        case .message(let message, let packetID):
            hand(message, packetID)
        }
    }

    private func hand(_ message: SimulatedMessage, _ packetID: Int32) {
        // As libmosquitto does: the acknowledgement is queued before the event.
        if message.qos > 0 { outbox.append(.acknowledgement(packetID: packetID)) }
        willRead(message)
        let topic = Array(message.topic.utf8)
        let payload = Array(message.payload.utf8)
        topic.withUnsafeBytes { topic in
            payload.withUnsafeBytes { payload in
                events?.didReceive(
                    packetID: packetID, topic: topic, payload: payload, qos: message.qos,
                    isRetained: message.isRetained)
            }
        }
    }

    func write() throws(LinkFailure) {
        guard isConnected else { throw LinkFailure("broken pipe") }
        lastWrite = time.elapsed
        let count = Int.random(in: 1...outbox.count, using: &random)
        underway += outbox.prefix(count)
        outbox.removeFirst(count)
    }

    /// As libmosquitto does it: a ping where nothing was written for the keep-alive time.
    func keepAlive() throws(LinkFailure) {
        guard isConnected, !outbox.contains(where: { $0.isPing }),
            time.elapsed - lastWrite >= broker.keepAliveMilliseconds
        else { return }
        outbox.append(.ping)
    }

    func subscribe(to filters: [String]) throws(LinkFailure) -> Int32 {
        newestPacketID += 1
        outbox.append(.subscribe(packetID: newestPacketID, count: filters.count))
        return newestPacketID
    }

    func watch(_ topics: [String]) throws(LinkFailure) -> Int32 { try subscribe(to: topics) }

    func unsubscribe(from filters: [String]) throws(LinkFailure) -> Int32 {
        newestPacketID += 1
        outbox.append(.unsubscribe(packetID: newestPacketID))
        return newestPacketID
    }

    /// The simulated devices ask for no answers.
    func publish(_ message: OutgoingMessage) {}

    func disconnect() { outbox.append(.disconnect) }

    func drop() {
        close()
        inbox.removeAll()
        inboxStart = 0
        outbox.removeAll()
    }

    // MARK: - The broker's side

    /// Whether something was written that the broker has not seen.
    var hasPacketsUnderway: Bool { !underway.isEmpty }

    func deliver(_ delivery: SimulatedBroker.Delivery) { inbox.append(delivery) }

    /// Lets some of what was written reach the broker.
    func transmit() {
        guard !underway.isEmpty else { return }
        let count =
            isSlow
            ? underway.dropLast().lastIndex { $0.isFence }.map { $0 + 1 } ?? 0
            : Int.random(in: 1...underway.count, using: &random)
        let arrived = underway.prefix(count)
        underway.removeFirst(count)
        for packet in arrived where isConnected { broker.receive(packet) }
    }

    /// Ends the connection. The broker may have seen any beginning of what was underway: a
    /// connection that is reset takes the rest with it. The gateway may still read what had
    /// arrived, or not.
    func close() {
        guard isConnected else { return }
        let seen = underway.prefix(Int.random(in: 0...underway.count, using: &random))
        underway.removeAll()
        for packet in seen {
            if case .disconnect = packet { continue }
            broker.receive(packet)
        }
        isConnected = false
        if Bool.random(using: &random) {
            inbox.removeAll()
            inboxStart = 0
        }
        outbox.removeAll()
        broker.connectionEnded(self)
    }
}

extension SimulatedLink.Packet {
    fileprivate var isFence: Bool { if case .unsubscribe = self { true } else { false } }
    fileprivate var isPing: Bool { if case .ping = self { true } else { false } }
}
