import MQTTSession
import MessageRing
import Testing

/// How a session asks its broker for the count of dropped messages.
struct DropCountTests {
    /// It asks on each connection, behind the answer to its filters, and says once that the broker
    /// refuses; the session goes on.
    @Test func aRefusalIsSaidOnce() throws {
        let link = RefusingLink()
        let time = ManualTime()
        let committer = CommitCount()
        var reports: [String] = []
        let session = session(link, time, committer) { event in
            switch event {
            case .subscribed: reports.append("subscribed")
            case .dropsRefused: reports.append("refused")
            case .disconnected: reports.append("disconnected")
            default: break
            }
        }
        for connection in 1...2 {
            for _ in 0..<4 { _ = session.turn() }
            #expect(link.requests == ["town/#"] + SessionLoop.brokerTopics)
            #expect(link.connections == connection)
            link.breaks = true
            _ = session.turn()
            link.breaks = false
            time.monotonic += 70_000
        }
        #expect(
            reports == ["subscribed", "refused", "disconnected", "subscribed", "disconnected"])
    }

    /// A broker says each ten seconds how long it has been running. That alone makes no commit, which
    /// would wear the card while nothing else comes, but for the first on a connection.
    @Test func theUptimeIsWorthOneCommitAConnection() throws {
        let link = RefusingLink()
        let time = ManualTime()
        let committer = CommitCount()
        let session = session(link, time, committer) { _ in }
        for connection in 1...2 {
            for _ in 0..<4 { _ = session.turn() }
            for minute in 0..<3 {
                link.say(SessionLoop.uptimeTopic, "\(minute * 60) seconds", isRetained: minute == 0)
                for _ in 0..<2 {
                    time.monotonic += 2_000
                    _ = session.turn()
                }
                #expect(committer.count == connection - (minute == 0 ? 1 : 0))
            }
            link.breaks = true
            _ = session.turn()
            link.breaks = false
            time.monotonic += 70_000
        }
        for _ in 0..<4 { _ = session.turn() }
        link.say(SessionLoop.dropsTopic, "3", isRetained: true)
        for _ in 0..<2 {
            time.monotonic += 2_000
            _ = session.turn()
        }
        #expect(committer.count == 3)
    }

    private func session(
        _ link: RefusingLink, _ time: ManualTime, _ committer: CommitCount,
        report: @escaping (MQTTSessionEvent) -> Void
    ) -> SessionLoop {
        let ends = MessageRing.make(capacity: 1 << 20)
        return SessionLoop(
            MQTTConfiguration(), link: link, time: time, clock: .always, filters: ["town/#"],
            obsoleteFilters: [], commitInterval: CommitInterval(milliseconds: 1_000),
            newestArrival: 0, newestUnplaced: 0, newestCommit: 0, producer: ends.producer,
            committer: committer,
            status: MQTTSessionStatus(), stop: StopFlag(), report: report)
    }
}

/// A broker that grants its filters and keeps its own figures to itself.
private final class RefusingLink: BrokerLink {
    weak var events: (any BrokerEvents)?
    var breaks = false
    private(set) var connections = 0
    /// What was asked for on this connection.
    private(set) var requests: [String] = []
    private var answers: [() -> Void] = []

    let descriptor: Int32 = -1
    let wantsWrite = false
    var isReadable: Bool { breaks || !answers.isEmpty }

    func connect() {
        connections += 1
        requests = []
        answers = [{ self.events?.didConnect(refusal: nil, isSessionPresent: true) }]
    }

    func read() throws(LinkFailure) {
        if breaks { throw LinkFailure("connection reset") }
        if !answers.isEmpty { answers.removeFirst()() }
    }

    func subscribe(to filters: [String]) -> Int32 {
        requests += filters
        answers.append { self.events?.didSubscribe(packetID: 1, granted: [1]) }
        return 1
    }

    func watch(_ topics: [String]) -> Int32 {
        requests += topics
        // Not authorized.
        answers.append { self.events?.didSubscribe(packetID: 2, granted: [0, 0x87]) }
        return 2
    }

    /// Publishes to the session.
    func say(_ topic: String, _ payload: String, isRetained: Bool) {
        answers.append {
            // SAFETY: the views are used during the call only.
            unsafe Array(topic.utf8).withUnsafeBytes { topic in
                unsafe Array(payload.utf8).withUnsafeBytes { payload in
                    unsafe self.events?.didReceive(
                        packetID: 0, topic: topic, payload: payload, qos: 0,
                        isRetained: isRetained)
                }
            }
        }
    }

    func write() {}
    func keepAlive() {}
    func unsubscribe(from filters: [String]) -> Int32 { 3 }
    func publish(_ message: OutgoingMessage) {}
    func disconnect() {}
    func drop() { answers = [] }
}

private final class ManualTime: TimeSource, @unchecked Sendable {
    // SAFETY: the test and the session that it drives run on one thread.
    var monotonic: Int64 = 0
    let wall: Int64 = 1_774_699_200_000
    let isSynchronised = true
}

private final class CommitCount: MessageCommitting {
    private(set) var count = 0

    func messagesArrived() {}

    func commit(received: Int64, confirmed: Int64, newestArrival: Int64) -> Int64? {
        count += 1
        return Int64(count)
    }

    func takeRequests() -> [OutgoingMessage] { [] }
}
