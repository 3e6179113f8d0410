import CMosquitto
import Glibc
import MessageRing
import Synchronization

/// The acknowledge-after-commit session (docs/durability.md): reads messages into the ring, and
/// lets acknowledgements out only after the commit that holds them.
///
/// All of it runs on the one thread that calls ``run()``. The rule that everything else serves:
/// ``MosquittoClient/loopWrite()`` flushes whatever is queued, acknowledgements included, so it is
/// called only while no message is staged.
public final class SessionLoop {
    private let configuration: MQTTConfiguration
    private let filters: [String]
    private let obsoleteFilters: [String]
    private let commitMilliseconds: Int64
    private unowned let committer: any MessageCommitting
    private let status: MQTTSessionStatus
    private let report: (MQTTSessionEvent) -> Void
    private var producer: RingProducer
    private var client: MosquittoClient?
    private let stopDescriptor: Int32
    private let isStopping: StopFlag

    /// Messages in the ring that no commit holds yet.
    private var stagedCount = 0
    /// When the oldest of them came, by the monotonic clock.
    private var stagedSince: Int64 = 0
    /// When something was last written, by the monotonic clock.
    private var lastFlush: Int64 = 0
    /// Messages that no successful commit has been told of.
    private var uncountedCount: Int64 = 0
    /// Arrival times never go back, or two readings of one series could seem to be one.
    private var newestArrival: Int64
    private var isConnectedToBroker = false
    private var isLost = false
    /// Whether redelivered messages may come: from CONNACK to the answer to our SUBSCRIBE.
    private var isInBracket = false
    private var subscribePacketID: Int32 = -1
    private var fencePacketID: Int32 = -1
    private var fenceCommit: Int64 = 0
    private var confirmedCommit: Int64 = 0
    private var newestCommit: Int64
    private var retryMilliseconds = SessionLoop.retryMinimum

    private static let retryMinimum = 1_000
    /// A clock that was an hour ahead is believed when it is set back.
    private static let clockStepMax: Int64 = 3_600_000
    private static let retryMaximum = 60_000
    /// Ring bytes besides the largest packet: with TLS one `loop_read` may yield the messages of a
    /// whole record of 16 KiB, each a few bytes long and with a header of its own.
    private static let ringReserve = 262_144

    /// - Parameters:
    ///   - filters: what to subscribe to, at QoS 1, without overlaps.
    ///   - obsoleteFilters: what the broker's session may still hold and is not wanted any more.
    ///   - commitMilliseconds: how old a message may grow before it is committed.
    ///   - newestArrival: arrival times begin after this one.
    ///   - newestCommit: the store's newest commit, 0 for none.
    public init(
        _ configuration: MQTTConfiguration, filters: [String], obsoleteFilters: [String],
        commitMilliseconds: Int64, newestArrival: Int64, newestCommit: Int64,
        producer: consuming RingProducer,
        committer: any MessageCommitting, status: MQTTSessionStatus, stop: StopFlag,
        report: @escaping (MQTTSessionEvent) -> Void
    ) {
        self.configuration = configuration
        self.filters = filters
        self.obsoleteFilters = obsoleteFilters
        self.commitMilliseconds = commitMilliseconds
        self.newestArrival = newestArrival
        self.newestCommit = newestCommit
        self.producer = producer
        self.committer = committer
        self.status = status
        self.report = report
        isStopping = stop
        stopDescriptor = stop.descriptor
    }

    /// Runs until the stop flag is raised, then commits, acknowledges and disconnects.
    public func run() throws(MQTTError) {
        client = try MosquittoClient(
            configuration, isPersistent: true, isExternallyLooped: true, events: self)
        while !isStopping.isRaised {
            if connect() { exchange() }
            status.connected.store(false, ordering: .relaxed)
            isConnectedToBroker = false
            settleBeforeReconnect()
            if !isStopping.isRaised { wait(milliseconds: Int32(nextRetry())) }
        }
        client = nil
    }

    // MARK: - Connecting

    private func connect() -> Bool {
        isLost = false
        isInBracket = false
        subscribePacketID = -1
        fencePacketID = -1
        guard let client else { return false }
        let code = client.connect(configuration, isPersistent: true)
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            report(
                .disconnected(
                    reason: MosquittoClient.errorText(code), retryMilliseconds: retryMilliseconds))
            return false
        }
        return true
    }

    private func nextRetry() -> Int {
        let now = retryMilliseconds
        retryMilliseconds = min(retryMilliseconds * 2, SessionLoop.retryMaximum)
        // Jitter keeps a town's gateways from knocking all at once when the broker returns.
        return now + Int.random(in: 0...now / 4)
    }

    // MARK: - The loop

    private func exchange() {
        var nextMisc = monotonicMilliseconds() + 1_000
        while !isLost {
            if isStopping.isRaised {
                leave()
                return
            }
            readBurst()
            if isLost { return }
            let now = monotonicMilliseconds()
            if commitIsDue(now: now) || (isStopping.isRaised && stagedCount > 0) {
                guard commitAndAcknowledge() else { return }
            }
            if monotonicMilliseconds() >= nextMisc {
                nextMisc = monotonicMilliseconds() + 1_000
                guard keepAlive() else { return }
            }
            flushUnlessStaged()
            waitForInput(now: monotonicMilliseconds(), nextMisc: nextMisc)
        }
    }

    /// Reads what is there, as far as the ring and the window of unacknowledged messages allow.
    private func readBurst() {
        guard let client else { return }
        let needed = configuration.packetSizeMaximum + SessionLoop.ringReserve
        var count = 0
        while !isLost, stagedCount < configuration.receiveMaximum / 2,
            producer.hasRoom(for: needed)
        {
            let stagedBefore = stagedCount
            let code = client.loopRead()
            if code != MOSQ_ERR_SUCCESS.rawValue {
                lose(MosquittoClient.errorText(code))
                break
            }
            // A read that brought no message may have found the socket empty: only then is it
            // worth a system call to ask.
            if stagedCount == stagedBefore, !isReadable(client.socket) { break }
            count += 1
            if count % 256 == 0 { committer.messagesArrived() }
        }
        if stagedCount > 0 { committer.messagesArrived() }
    }

    private func commitIsDue(now: Int64) -> Bool {
        guard stagedCount > 0 else { return false }
        return stagedCount >= configuration.receiveMaximum / 2
            || !producer.hasRoom(
                for: configuration.packetSizeMaximum + SessionLoop.ringReserve)
            || now - stagedSince >= commitMilliseconds
    }

    /// The barrier: nothing is read between the commit and the writing of its acknowledgements.
    private func commitAndAcknowledge() -> Bool {
        guard let commit = commitStaged() else {
            // Not durable, so not acknowledged: close without writing, the broker keeps them too.
            lose("the commit failed")
            return false
        }
        raiseFence(behind: commit)
        return flush()
    }

    private func commitStaged() -> Int64? {
        guard
            let commit = committer.commit(received: uncountedCount, confirmed: confirmedCommit)
        else { return nil }
        newestCommit = commit
        stagedCount = 0
        uncountedCount = 0
        return commit
    }

    /// Queues an UNSUBSCRIBE of a filter that nobody has behind the acknowledgements: its answer
    /// proves that the broker has processed them.
    private func raiseFence(behind commit: Int64) {
        guard let client, fencePacketID < 0, isConnectedToBroker else { return }
        var packetID: Int32 = -1
        let filter = "socle/fence/\(configuration.clientID)"
        if client.unsubscribe([filter], packetID: &packetID) == MOSQ_ERR_SUCCESS.rawValue {
            fencePacketID = packetID
            fenceCommit = commit
        }
    }

    private func keepAlive() -> Bool {
        guard let client else { return false }
        let code = client.loopMisc()
        if code != MOSQ_ERR_SUCCESS.rawValue {
            lose(MosquittoClient.errorText(code))
            return false
        }
        // A ping leaves with the acknowledgements, so these must be true first. Commits are far
        // more frequent than pings, unless nothing was written for half the keep-alive time.
        let silence = monotonicMilliseconds() - lastFlush
        if stagedCount > 0, silence >= Int64(configuration.keepAlive) * 500 {
            return commitAndAcknowledge()
        }
        return true
    }

    private func flushUnlessStaged() {
        guard stagedCount == 0, let client, client.wantsWrite else { return }
        _ = flush()
    }

    /// Writes everything that is queued.
    private func flush() -> Bool {
        precondition(stagedCount == 0, "acknowledgements would leave before their commit")
        guard let client else { return false }
        lastFlush = monotonicMilliseconds()
        while client.wantsWrite {
            let code = client.loopWrite()
            if code != MOSQ_ERR_SUCCESS.rawValue {
                lose(MosquittoClient.errorText(code))
                return false
            }
            if client.wantsWrite { awaitWritable(client.socket) }
        }
        return true
    }

    // MARK: - Ending

    /// Shutdown: commit, acknowledge, say goodbye.
    private func leave() {
        if stagedCount > 0, !commitAndAcknowledge() { return }
        guard let client else { return }
        _ = client.disconnect()
        _ = flush()
        isLost = true
    }

    /// Commits what is staged although its acknowledgements are lost with the connection: the
    /// broker delivers it again, and the record of the commit tells that it is known.
    private func settleBeforeReconnect() {
        var wait = SessionLoop.retryMinimum
        while stagedCount > 0 {
            if commitStaged() != nil { return }
            report(.commitFailed(retryMilliseconds: wait))
            if isStopping.isRaised { return }
            self.wait(milliseconds: Int32(wait))
            wait = min(wait * 2, SessionLoop.retryMaximum)
        }
    }

    private func lose(_ reason: String) {
        guard !isLost else { return }
        isLost = true
        report(.disconnected(reason: reason, retryMilliseconds: retryMilliseconds))
        if let client, client.socket >= 0 { shutdown(client.socket, Int32(SHUT_RDWR)) }
    }

    // MARK: - Waiting

    private func waitForInput(now: Int64, nextMisc: Int64) {
        var timeout = max(0, nextMisc - monotonicMilliseconds())
        if stagedCount > 0 {
            timeout = min(timeout, max(0, commitMilliseconds - (now - stagedSince)))
        }
        guard let client else { return }
        wait(milliseconds: Int32(timeout), socket: client.socket)
    }

    private func wait(milliseconds: Int32, socket: Int32 = -1) {
        var descriptors = [
            pollfd(fd: stopDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        ]
        // SAFETY: the array has as many entries as is said and outlives the call.
        unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    }
}

// MARK: - Callbacks

extension SessionLoop: MosquittoEvents {
    func didConnect(code: Int32, isSessionPresent: Bool) {
        guard code == 0, let client else {
            report(.refused(reason: MosquittoClient.reasonText(code)))
            lose(MosquittoClient.reasonText(code))
            return
        }
        isConnectedToBroker = true
        status.connected.store(true, ordering: .relaxed)
        status.connections.wrappingAdd(1, ordering: .relaxed)
        retryMilliseconds = SessionLoop.retryMinimum
        isInBracket = isSessionPresent
        if isSessionPresent { announceResumption() }
        // A new session numbers its packets anew: what was recorded cannot come again.
        if !isSessionPresent { confirmedCommit = newestCommit }
        report(.connected(resumed: isSessionPresent))
        // Queued before any acknowledgement, so that it is answered after all redeliveries.
        if client.subscribe(filters, packetID: &subscribePacketID) != MOSQ_ERR_SUCCESS.rawValue {
            lose("cannot subscribe")
        }
        let obsolete = obsoleteFilters.filter { !filters.contains($0) }
        if !obsolete.isEmpty {
            var packetID: Int32 = -1
            _ = client.unsubscribe(obsolete, packetID: &packetID)
        }
    }

    /// Tells the other end of the ring that what was delivered before may come again.
    private func announceResumption() {
        let header = MessageHeader(
            arrival: newestArrival, packetID: 0, flags: .control, originalSize: 0)
        let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        if unsafe !producer.tryPush(header, topic: nothing, payload: nothing) {
            lose("the message ring is full")
        }
    }

    func didDisconnect(code: Int32) {
        if !isStopping.isRaised { lose(MosquittoClient.errorText(code)) }
    }

    func didReceive(
        packetID: Int32, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        qos: Int32, isRetained: Bool
    ) {
        takeArrival(clockMilliseconds())
        var flags: MessageFlags = []
        if qos > 0 { flags.insert(.qos1) }
        if isRetained { flags.insert(.retained) }
        if isInBracket { flags.insert(.resumed) }
        // A broker that does not know the v5 limit may send more than the ring has room for.
        let isOversized = payload.count > configuration.packetSizeMaximum
        if isOversized { flags.insert(.oversized) }
        let header = MessageHeader(
            arrival: newestArrival, packetID: UInt16(truncatingIfNeeded: packetID), flags: flags,
            originalSize: UInt32(truncatingIfNeeded: payload.count))
        let kept = unsafe isOversized ? UnsafeRawBufferPointer(start: nil, count: 0) : payload
        guard unsafe producer.tryPush(header, topic: topic, payload: kept) else {
            // Room was reserved; without it the message must not be acknowledged.
            lose("the message ring is full")
            return
        }
        if stagedCount == 0 { stagedSince = monotonicMilliseconds() }
        stagedCount += 1
        uncountedCount += 1
        status.received.wrappingAdd(1, ordering: .relaxed)
    }

    /// Arrival times do not go back with the clock, unless it had been far ahead.
    private func takeArrival(_ now: Int64) {
        let wasFarAhead = newestArrival > now + SessionLoop.clockStepMax
        newestArrival = wasFarAhead ? now : max(newestArrival, now)
    }

    func didSubscribe(packetID: Int32, granted: [Int32]) {
        guard packetID == subscribePacketID else { return }
        isInBracket = false
        for (filter, code) in zip(filters, granted) where code >= 0x80 {
            report(.subscriptionRefused(filter: filter))
        }
        report(.subscribed(filters: filters.count))
    }

    func didUnsubscribe(packetID: Int32) {
        guard packetID == fencePacketID else { return }
        fencePacketID = -1
        confirmedCommit = max(confirmedCommit, fenceCommit)
    }

    func didPublish(packetID: Int32) {}
}
