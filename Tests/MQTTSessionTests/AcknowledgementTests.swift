import CMosquitto
import Glibc
import PrivateBroker
import Testing

@testable import MQTTSession

/// What the session relies on and libmosquitto does not document (docs/durability.md): a client
/// with a loop of its own sends no acknowledgement before `mosquitto_loop_write`.
@Suite(.enabled(if: PrivateBroker.isInstalled, "mosquitto is not installed"))
struct AcknowledgementTests {
    private static let messageCount = 1_000

    /// How the first connection reads, and how many messages the broker then sends again.
    @Test(arguments: [
        (isExternallyLooped: true, redelivered: messageCount), (false, 0),
    ])
    func unwrittenAcknowledgementsAreNotSent(
        isExternallyLooped: Bool, redelivered: Int
    ) throws {
        let broker = try PrivateBroker(in: TemporaryFolder())
        defer { withExtendedLifetime(broker) {} }
        var configuration = MQTTConfiguration()
        configuration.port = broker.port
        configuration.clientID = "pinned"

        let subscriber = try Listener(configuration, isExternallyLooped: true)
        try subscriber.subscribe("pinned/#")
        try subscriber.leave()
        try publish(configuration)

        // The connection ends without a write, as with the process that holds it.
        let reader = try Listener(configuration, isExternallyLooped: isExternallyLooped)
        try reader.read(Self.messageCount)
        // Where acknowledgements have left already, the broker's answer shows that it has them.
        if !isExternallyLooped { try reader.subscribe("pinned/#") }
        reader.vanish()

        let returned = try Listener(configuration, isExternallyLooped: true)
        try returned.read(redelivered)
        // Asked behind all redeliveries and answered after them: no more can come.
        try returned.subscribe("pinned/#")
        #expect(returned.packetIDs.count == redelivered)
        #expect(Set(returned.packetIDs).count == redelivered)
        try returned.leave()
    }

    private func publish(_ configuration: MQTTConfiguration) throws {
        var configuration = configuration
        configuration.clientID = "publisher"
        let publisher = try MQTTPublisher(configuration)
        for number in 0..<Self.messageCount {
            try publisher.publish(topic: "pinned/topic", payload: Array("\(number)".utf8))
        }
        try publisher.flush()
    }
}

/// A client with a persistent session, driven step by step on the test's thread.
private final class Listener: BrokerEvents {
    private var client: MosquittoClient?
    private(set) var packetIDs: [Int32] = []
    private var isConnected = false
    private var subscriptions = 0

    init(_ configuration: MQTTConfiguration, isExternallyLooped: Bool) throws {
        let client = try MosquittoClient(
            configuration, isPersistent: true, isExternallyLooped: isExternallyLooped)
        self.client = client
        client.events = self
        try client.connect()
        try write()
        try loop("the broker accepts the connection") { self.isConnected }
    }

    func subscribe(_ filter: String) throws {
        let expected = subscriptions + 1
        _ = try client?.subscribe(to: [filter])
        try write()
        try loop("the broker answers SUBSCRIBE") { self.subscriptions == expected }
    }

    /// Reads until so many messages have come; writes nothing.
    func read(_ count: Int) throws {
        try loop("\(count) messages") { self.packetIDs.count >= count }
    }

    /// Says goodbye, with all acknowledgements.
    func leave() throws {
        client?.disconnect()
        try write()
        client = nil
    }

    /// Closes the socket and forgets everything.
    func vanish() { client = nil }

    private func write() throws {
        while let client, client.wantsWrite { try client.write() }
    }

    private func loop(_ what: String, until isDone: () -> Bool) throws {
        try eventually(what, within: .seconds(30)) {
            while !isDone(), let client, client.isReadable { try client.read() }
            return isDone()
        }
    }

    func didConnect(refusal: BrokerRefusal?, isSessionPresent: Bool) {
        isConnected = refusal == nil
    }
    func didDisconnect(reason: String) {}
    func didReceive(
        packetID: Int32, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        qos: Int32, isRetained: Bool
    ) {
        packetIDs.append(packetID)
    }
    func didSubscribe(packetID: Int32, granted: [Int32]) { subscriptions += 1 }
    func didUnsubscribe(packetID: Int32) {}
    func didPublish(packetID: Int32) {}
}
