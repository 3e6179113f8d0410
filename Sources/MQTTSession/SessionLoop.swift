import Glibc
import MessageRing
import Synchronization

/// The acknowledge-after-commit session (docs/durability.md): reads messages into the ring, and
/// lets acknowledgements out only after the commit that holds them.
///
/// All of it runs on the one thread that calls ``run()``, or ``turn()`` again and again. The rule
/// that everything else serves: ``BrokerLink/write()`` sends whatever is queued, acknowledgements
/// included, so it is called only while no message is staged.
public final class SessionLoop {
    let configuration: MQTTConfiguration
    private(set) var filters: [String]
    private(set) var obsoleteFilters: [String]
    /// What the SUBSCRIBE that waits for its answer was for.
    var awaitedFilters: [String] = []
    private let commitInterval: CommitInterval
    unowned let committer: any MessageCommitting
    let status: MQTTSessionStatus
    let report: (MQTTSessionEvent) -> Void
    let link: any BrokerLink
    let time: any TimeSource
    let isStopping: StopFlag
    var producer: RingProducer
    /// By the wall clock once that is set, until then by the uptime.
    var arrivals: ArrivalClock
    var clock: ClockTrust
    /// When the clock that is not set is looked at again, and where arrivals begin once it is.
    var nextLook = Int64.min
    let newestArrival: Int64

    var phase = Phase.offline(until: .min)
    var retry = RetryDelay()
    var commitRetry = RetryDelay()
    /// Messages in the ring that no commit holds yet.
    var stagedCount = 0
    /// When the oldest of them came, by the monotonic clock.
    var stagedSince: Int64 = 0
    /// Messages that no successful commit has been told of.
    var uncountedCount: Int64 = 0
    /// When something was last written, and when the link is next asked to keep itself alive, by
    /// the monotonic clock.
    var lastFlush: Int64 = 0
    var nextKeepAlive: Int64 = 0
    /// Until when an outage is rehearsed, by the monotonic clock.
    var absentUntil = Int64.min
    var isConnectedToBroker = false
    /// The broker's session is new, and no commit says yet that all records are void.
    var hasVoidRecords = false
    /// Whether redelivered messages may come: from CONNACK to the answer to our SUBSCRIBE.
    var isInBracket = false
    var subscribePacketID: Int32 = -1
    var watchPacketID: Int32 = -1
    /// Whether the broker has said on this connection how long it has been running by now.
    var hasHeardUptime = false
    /// Whether it was said that the broker keeps its drops to itself.
    var hasReportedSilence = false
    var fencePacketID: Int32 = -1
    private var fenceCommit: Int64 = 0
    var confirmedCommit: Int64 = 0
    var newestCommit: Int64

    /// Ring bytes besides the largest packet: with TLS one read may yield the messages of a whole
    /// record of 16 KiB, each a few bytes long and with a header of its own.
    private static let ringReserve = 262_144

    /// Where a broker says how many messages it has dropped since its start: mosquitto's name.
    public static let dropsTopic = "$SYS/broker/publish/messages/dropped"
    /// Where it says how long it has been running: mosquitto's `123 seconds`.
    public static let uptimeTopic = "$SYS/broker/uptime"
    /// What a broker says of itself that a session listens to, the uptime first.
    public static let brokerTopics = [uptimeTopic, dropsTopic]

    enum Phase {
        /// Without a connection and with nothing staged, until it is time to connect.
        case offline(until: Int64)
        /// Without a connection, while what is staged waits for a commit. Its acknowledgements were
        /// lost: the broker delivers it again, and the record of the commit tells that it is known.
        case settling(until: Int64)
        case online
        case ended
    }

    /// What ``turn()`` waits for.
    public enum Pause: Equatable, Sendable {
        /// Nothing can be done before that time of the monotonic clock, unless, where that is
        /// said, something can be read from the link before.
        case until(Int64, orInput: Bool)
        /// The session is over.
        case ended
    }

    /// - Parameters:
    ///   - filters: what to subscribe to, at QoS 1, without overlaps.
    ///   - obsoleteFilters: what the broker's session may still hold and is not wanted any more.
    ///   - clock: what is known of the wall clock; looked at until it is set.
    ///   - newestArrival: arrival times begin with this one.
    ///   - newestUnplaced: uptimes of arrival begin with this one, while the clock is not set.
    ///   - newestCommit: the store's newest commit, 0 for none.
    ///   - report: called on the session's thread.
    public init(
        _ configuration: MQTTConfiguration, link: any BrokerLink, time: any TimeSource,
        clock: ClockTrust, filters: [String], obsoleteFilters: [String],
        commitInterval: CommitInterval, newestArrival: Int64, newestUnplaced: Int64,
        newestCommit: Int64, producer: consuming RingProducer, committer: any MessageCommitting,
        status: MQTTSessionStatus, stop: StopFlag, report: @escaping (MQTTSessionEvent) -> Void
    ) {
        self.configuration = configuration
        self.link = link
        self.time = time
        self.filters = filters
        self.obsoleteFilters = obsoleteFilters
        self.commitInterval = commitInterval
        self.newestCommit = newestCommit
        self.producer = producer
        self.committer = committer
        self.status = status
        self.report = report
        self.clock = clock
        self.newestArrival = newestArrival
        arrivals = ArrivalClock(from: clock.isSet ? newestArrival : newestUnplaced)
        isStopping = stop
        link.events = self
    }

    /// Runs until the stop flag is raised, then commits, acknowledges and disconnects.
    public func run() {
        while case .until(let time, let orInput) = turn() {
            let pause = Int32(clamping: max(0, time - self.time.monotonic))
            var descriptors = [
                pollfd(fd: isStopping.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: orInput ? link.descriptor : -1, events: Int16(POLLIN), revents: 0),
            ]
            // SAFETY: the array has as many entries as is said and outlives the call.
            unsafe poll(&descriptors, nfds_t(descriptors.count), pause)
        }
    }

    /// Does what can be done now, without waiting but for a commit and a full socket.
    public func turn() -> Pause {
        if let absence = isStopping.takeAbsence() { stayAway(absence) }
        if let filters = isStopping.takeFilters() { listen(to: filters) }
        let now = time.monotonic
        if !clock.isSet, now >= nextLook { lookAtClock(now) }
        switch phase {
        case .offline(let due):
            if isStopping.isRaised { phase = .ended } else if now >= due { connect() }
        case .settling(let due):
            if isStopping.isRaised || now >= due { settleBeforeReconnect() }
        case .online:
            exchange()
        case .ended:
            break
        }
        return pause
    }

    private var pause: Pause {
        switch phase {
        case .offline(let due), .settling(let due): return .until(due, orInput: false)
        case .online:
            let due = stagedCount > 0 ? stagedSince + commitInterval.milliseconds : .max
            return .until(min(due, nextKeepAlive), orInput: true)
        case .ended: return .ended
        }
    }

    // MARK: - The exchange

    var isOnline: Bool {
        if case .online = phase { true } else { false }
    }

    private func exchange() {
        do throws(LinkFailure) {
            if isStopping.isRaised {
                try leave()
                return
            }
            try readBurst()
            guard isOnline else { return }
            if commitIsDue { try commitAndAcknowledge() }
            if time.monotonic >= nextKeepAlive {
                nextKeepAlive = time.monotonic + 1_000
                try keepAlive()
            }
            if stagedCount == 0 { try flush() }
        } catch {
            lose(error.reason)
        }
    }

    /// Reads what is there, as far as the ring and the window of unacknowledged messages allow.
    private func readBurst() throws(LinkFailure) {
        var count = 0
        while isOnline, stagedCount < configuration.receiveMaximum / 2, hasRoom {
            let stagedBefore = stagedCount
            try link.read()
            // A read that brought no message may have found the socket empty: only then is it
            // worth a system call to ask.
            if stagedCount == stagedBefore, !link.isReadable { break }
            count += 1
            if count % 256 == 0 { committer.messagesArrived() }
        }
        if stagedCount > 0 { committer.messagesArrived() }
    }

    private var hasRoom: Bool {
        producer.hasRoom(for: configuration.packetSizeMaximum + Self.ringReserve)
    }

    private var commitIsDue: Bool {
        if hasVoidRecords { return true }
        guard stagedCount > 0 else { return false }
        return stagedCount >= configuration.receiveMaximum / 2 || !hasRoom
            || time.monotonic - stagedSince >= commitInterval.milliseconds
    }

    /// The barrier: nothing is read between the commit and the writing of its acknowledgements.
    private func commitAndAcknowledge() throws(LinkFailure) {
        // What is not durable is not acknowledged: close without writing, the broker keeps it.
        guard commitStaged() else { throw LinkFailure("the commit failed") }
        for request in committer.takeRequests() {
            // One that cannot be sent is not worth the connection: if that is gone, the next
            // packet says so.
            try? link.publish(request)
        }
        try raiseFence()
        try flush()
    }

    func commitStaged() -> Bool {
        guard
            let commit = committer.commit(
                received: uncountedCount, confirmed: confirmedCommit,
                newestArrival: arrivals.newest)
        else { return false }
        newestCommit = commit
        if stagedCount > 0 {
            status.lag.store(time.monotonic - stagedSince, ordering: .relaxed)
        }
        stagedCount = 0
        uncountedCount = 0
        hasVoidRecords = false
        return true
    }

    /// Queues an UNSUBSCRIBE of a filter that nobody has behind the acknowledgements: its answer
    /// proves that the broker has processed them.
    private func raiseFence() throws(LinkFailure) {
        guard fencePacketID < 0, isConnectedToBroker else { return }
        fencePacketID = try link.unsubscribe(from: ["socle/fence/\(configuration.clientID)"])
        fenceCommit = newestCommit
    }

    /// The fence was answered: what was committed before it cannot come again.
    func lowerFence(packetID: Int32) {
        guard packetID == fencePacketID else { return }
        fencePacketID = -1
        confirmedCommit = max(confirmedCommit, fenceCommit)
    }

    private func keepAlive() throws(LinkFailure) {
        try link.keepAlive()
        // A ping leaves with the acknowledgements, so these must be true first. Commits are far
        // more frequent than pings, unless nothing was written for half the keep-alive time.
        let silence = time.monotonic - lastFlush
        if stagedCount > 0, silence >= Int64(configuration.keepAlive) * 500 {
            try commitAndAcknowledge()
        }
    }

    /// Goes over to other filters, at once or with the next connection.
    private func listen(to wanted: [String]) {
        let added = wanted.filter { !filters.contains($0) }
        let removed = filters.filter { !wanted.contains($0) }
        filters = wanted
        obsoleteFilters = obsoleteFilters.filter { !wanted.contains($0) } + removed
        guard isConnectedToBroker else { return }
        do throws(LinkFailure) {
            // Who queues a packet may write what is queued before it: acknowledgements too.
            if stagedCount > 0 { try commitAndAcknowledge() }
            // A new one first: of what both name nothing is missed.
            if !added.isEmpty {
                awaitedFilters = added
                subscribePacketID = try link.subscribe(to: added)
            }
            if !removed.isEmpty { _ = try link.unsubscribe(from: removed) }
            try flush()
        } catch {
            lose(error.reason)
        }
    }

    /// Writes everything that is queued.
    func flush() throws(LinkFailure) {
        precondition(stagedCount == 0, "acknowledgements would leave before their commit")
        guard link.wantsWrite else { return }
        lastFlush = time.monotonic
        while link.wantsWrite { try link.write() }
    }

    /// Shutdown: commit, acknowledge, say goodbye.
    private func leave() throws(LinkFailure) {
        if stagedCount > 0 { try commitAndAcknowledge() }
        link.disconnect()
        try flush()
        phase = .ended
        isConnectedToBroker = false
        status.connected.store(false, ordering: .relaxed)
    }
}
