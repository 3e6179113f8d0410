import MQTTSession
import SeriesStore
import StoredSeries

/// What the broker says that it dropped, counted over its restarts and ours.
///
/// It counts from its start, and says how long it has been running: each time before it says the
/// count, and on each connection first what it had said last. So it is known whether the count
/// began anew since we heard from it.
struct BrokerDrops {
    /// Where its count and its uptime are kept, once it has said one.
    private var places: (count: SequenceID, uptime: SequenceID)?
    /// How long it had been running when it last said so, in seconds.
    private var lastUptime: Int64?
    /// When that was, milliseconds since 1970 UTC; nil where the clock was not set.
    private var lastHeard: Int64?
    private var isResumed = false
    private var acquaintance = Acquaintance.none
    /// A count that waits until it is known what it goes on from.
    private var waiting: Int64?

    /// What is known of the broker at the other end of this connection.
    private enum Acquaintance {
        /// It has not said how long it has been running.
        case none
        /// It may have been started since we heard from it.
        case doubtful
        /// It was: all that it counts is new.
        case restarted
        /// Its count goes on from the one that is kept.
        case same
        /// It is another one: what it dropped before was no message for us.
        case stranger
    }

    /// The device under which the ledger has them.
    private static let device = "$SYS"
    /// Milliseconds by which its start may seem to move, beside a thousandth of the time since.
    private static let startTolerance: Int64 = 120_000
    /// Seconds by which it may seem to have been started before we heard from its last life.
    private static let slackMaximum: Int64 = 2
    /// Seconds after which the uptime is kept anew, by a commit that comes anyway.
    private static let keepingInterval: Int64 = 60

    /// - Parameter newestCommitTime: the store's: what is kept was heard before it; 0 for none.
    init(newestCommitTime: Int64) {
        lastHeard = newestCommitTime > 0 ? newestCommitTime : nil
    }

    /// The device of the broker's own figures, given a number now if it is new.
    mutating func device(_ writer: StoreWriter, _ sequences: MessageSequences) -> DeviceID {
        let device = writer.catalogue.intern(device: Self.device)
        if places == nil {
            let count = writer.catalogue.intern(
                sequenceOf: device, source: SessionLoop.dropsTopic)
            let uptime = writer.catalogue.intern(
                sequenceOf: device, source: SessionLoop.uptimeTopic)
            places = (count, uptime)
            lastUptime = sequences.kept(uptime)
        }
        return device
    }

    /// A connection begins, maybe to another broker.
    mutating func beginConnection(isResumed: Bool) {
        self.isResumed = isResumed
        acquaintance = .none
        waiting = nil
    }

    /// The broker says how long it has been running.
    ///
    /// - Parameters:
    ///   - seconds: whole ones.
    ///   - time: of arrival, milliseconds since 1970 UTC; nil while the clock is not set.
    ///   - isRetained: whether it said so some time ago.
    /// - Returns: how many messages it dropped, where a count waited for this.
    mutating func hear(
        uptime seconds: Int64, at time: Int64?, isRetained: Bool,
        _ sequences: inout MessageSequences
    ) -> Int64 {
        guard let places else { return 0 }
        let isFirst = acquaintance == .none || acquaintance == .doubtful
        if isFirst {
            acquaintance = acquaint(seconds, time, isRetained)
            if acquaintance == .restarted { sequences.keep(places.count, 0) }
        }
        if acquaintance == .doubtful { return 0 }
        lastUptime = seconds
        lastHeard = time
        let kept = sequences.kept(places.uptime) ?? 0
        if isFirst || seconds - kept >= Self.keepingInterval {
            sequences.keep(places.uptime, seconds)
        }
        guard let waiting else { return 0 }
        self.waiting = nil
        return hear(count: waiting, &sequences)
    }

    /// The broker says how many messages it has dropped since its start.
    ///
    /// - Returns: how many of them are new.
    mutating func hear(count: Int64, _ sequences: inout MessageSequences) -> Int64 {
        guard let places else { return 0 }
        if acquaintance == .doubtful {
            waiting = count
            return 0
        }
        let before = sequences.kept(places.count)
        sequences.keep(places.count, count)
        guard let before, acquaintance != .stranger else {
            acquaintance = .same
            return 0
        }
        // After a fall it has begun anew, from 0.
        return count < before ? count : count - before
    }

    private func acquaint(_ seconds: Int64, _ time: Int64?, _ isRetained: Bool) -> Acquaintance {
        guard let lastUptime else { return .same }
        if seconds < lastUptime { return .restarted }
        guard let time, let lastHeard else { return .same }
        let start = time - seconds * 1_000
        // What it said some time ago makes its start seem later than it was, and what it leaves of
        // whole seconds a little earlier.
        let slack = min(lastUptime, Self.slackMaximum) * 1_000
        if start > lastHeard - slack { return isRetained ? .doubtful : .restarted }
        let move = abs(start - (lastHeard - lastUptime * 1_000))
        let tolerance = Self.startTolerance + (time - lastHeard) / 1_000
        return isResumed || move <= tolerance ? .same : .stranger
    }
}
