import Synchronization

/// How a session begins and ends a connection, and what it does without one.
extension SessionLoop {
    func connect() {
        isInBracket = false
        subscribePacketID = -1
        watchPacketID = -1
        hasHeardUptime = false
        fencePacketID = -1
        phase = .online
        nextKeepAlive = time.monotonic + 1_000
        lastFlush = time.monotonic
        do throws(LinkFailure) {
            try link.connect()
            try flush()
        } catch {
            lose(error.reason)
        }
    }

    /// The broker has accepted us.
    func begin(isSessionPresent: Bool) {
        isConnectedToBroker = true
        status.connected.store(true, ordering: .relaxed)
        status.connections.wrappingAdd(1, ordering: .relaxed)
        retry = RetryDelay()
        isInBracket = isSessionPresent
        // A new session numbers its packets anew: what was recorded cannot come again.
        if !isSessionPresent, newestCommit > confirmedCommit {
            confirmedCommit = newestCommit
            hasVoidRecords = true
        }
    }

    /// Ends the connection: commits what is staged, then tries again.
    func lose(_ reason: String) {
        guard case .online = phase else { return }
        let now = time.monotonic
        let due = max(now + retry.next(at: now), absentUntil)
        phase = stagedCount > 0 ? .settling(until: now) : .offline(until: due)
        isConnectedToBroker = false
        status.connected.store(false, ordering: .relaxed)
        report(.disconnected(reason: reason, retryMilliseconds: Int(due - now)))
        link.drop()
    }

    /// Loses the connection as an outage would: what is staged is committed, its acknowledgements
    /// never leave.
    func stayAway(_ milliseconds: Int64) {
        absentUntil = time.monotonic + milliseconds
        if case .offline(let due) = phase { phase = .offline(until: max(due, absentUntil)) }
        lose("an outage is rehearsed")
    }

    func settleBeforeReconnect() {
        let now = time.monotonic
        if stagedCount == 0 || commitStaged() {
            commitRetry = RetryDelay()
            phase = .offline(until: max(now + RetryDelay.minimum, absentUntil))
        } else if isStopping.isRaised {
            // The broker keeps it too, as it was not acknowledged.
            phase = .ended
        } else {
            let delay = commitRetry.next(at: now)
            phase = .settling(until: now + delay)
            report(.commitFailed(retryMilliseconds: Int(delay)))
        }
    }
}
