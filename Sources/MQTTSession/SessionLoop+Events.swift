import MessageRing
import Synchronization

extension SessionLoop: BrokerEvents {
    public func didConnect(refusal: BrokerRefusal?, isSessionPresent: Bool) {
        if let refusal {
            report(.refused(reason: refusal.reason))
            lose(refusal.reason)
            return
        }
        begin(isSessionPresent: isSessionPresent)
        announceConnection(isResumed: isSessionPresent)
        report(.connected(resumed: isSessionPresent))
        do throws(LinkFailure) {
            // Queued before any acknowledgement, so that it is answered after all redeliveries.
            awaitedFilters = filters
            subscribePacketID = try link.subscribe(to: filters)
            let obsolete = obsoleteFilters.filter { !filters.contains($0) }
            if !obsolete.isEmpty { _ = try link.unsubscribe(from: obsolete) }
        } catch {
            lose(error.reason)
        }
    }

    /// Tells the other end of the ring whether what was delivered before may come again.
    private func announceConnection(isResumed: Bool) {
        let header = MessageHeader(
            arrival: arrivals.newest, packetID: 0,
            flags: isResumed ? [.control, .resumed] : .control, originalSize: 0)
        if !announce(header) { lose("the message ring is full") }
    }

    /// Says something to the other end of the ring; false where there is no room.
    func announce(_ header: MessageHeader) -> Bool {
        // SAFETY: an empty view, and none of its bytes is read.
        let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        return unsafe producer.tryPush(header, topic: nothing, payload: nothing)
    }

    public func didDisconnect(reason: String) {
        if !isStopping.isRaised { lose(reason) }
    }

    public func didReceive(
        packetID: Int32, topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        qos: Int32, isRetained: Bool
    ) {
        let arrival = arrivals.take(clock.isSet ? time.wall : time.monotonic)
        if arrivals.fall > 0 { report(.clockFell(milliseconds: arrivals.fall)) }
        var flags: MessageFlags = clock.isSet ? [] : .unplaced
        if qos > 0 { flags.insert(.qos1) }
        if isRetained { flags.insert(.retained) }
        if isInBracket { flags.insert(.resumed) }
        let brokerTopic = unsafe brokerTopic(topic)
        if brokerTopic != nil { flags.insert(.ofBroker) }
        // A broker that does not know the v5 limit may send more than the ring has room for.
        let isOversized = payload.count > configuration.packetSizeMaximum
        if isOversized { flags.insert(.oversized) }
        let header = MessageHeader(
            arrival: arrival, packetID: UInt16(truncatingIfNeeded: packetID), flags: flags,
            originalSize: UInt32(truncatingIfNeeded: payload.count))
        // SAFETY: both views are the caller's and valid during this call; the ring copies.
        let kept = unsafe isOversized ? UnsafeRawBufferPointer(start: nil, count: 0) : payload
        guard unsafe producer.tryPush(header, topic: topic, payload: kept) else {
            // Room was reserved; without it the message must not be acknowledged.
            lose("the message ring is full")
            return
        }
        if brokerTopic == SessionLoop.uptimeTopic, !isWorthACommit(isRetained: isRetained) {
            committer.messagesArrived()
            return
        }
        if stagedCount == 0 { stagedSince = time.monotonic }
        stagedCount += 1
        // It is committed like the others, and is none of the messages that the ledger balances.
        if brokerTopic != nil { return }
        uncountedCount += 1
        status.received.wrappingAdd(1, ordering: .relaxed)
    }

    /// The uptime comes each ten seconds and waits for a commit that others need, but for the first
    /// on a connection that the broker says and does not repeat: a count may have waited for it.
    private func isWorthACommit(isRetained: Bool) -> Bool {
        if isRetained || hasHeardUptime { return false }
        hasHeardUptime = true
        return true
    }

    /// What the broker says of itself that we listen to; nil for messages of others.
    private func brokerTopic(_ topic: UnsafeRawBufferPointer) -> String? {
        // SAFETY: the caller's view, and only read.
        guard unsafe topic.first == UInt8(ascii: "$") else { return nil }
        return SessionLoop.brokerTopics.first { unsafe topic.elementsEqual($0.utf8) }
    }

    public func didSubscribe(packetID: Int32, granted: [Int32]) {
        // Of the two that are asked for, the count comes last.
        if packetID == watchPacketID, !hasReportedSilence, granted.last ?? 0 >= 0x80 {
            hasReportedSilence = true
            report(.dropsRefused)
        }
        guard packetID == subscribePacketID else { return }
        isInBracket = false
        for (filter, code) in zip(awaitedFilters, granted) where code >= 0x80 {
            report(.subscriptionRefused(filter: filter))
        }
        report(.subscribed(filters: awaitedFilters.count))
        do throws(LinkFailure) {
            // Behind the answer, so that it disturbs nothing that depends on it.
            watchPacketID = try link.watch(SessionLoop.brokerTopics)
        } catch {
            lose(error.reason)
        }
    }

    public func didUnsubscribe(packetID: Int32) { lowerFence(packetID: packetID) }

    public func didPublish(packetID: Int32) {}
}
