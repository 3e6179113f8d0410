import DeviceProfiles
import Gateway
import MQTTSession
import MessageRing
import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry

/// The gateway of a simulation: the real session, ring, decoder and store, stepped by hand instead
/// of by threads.
final class Board: MessageCommitting {
    private let time: VirtualTime
    private let link: SimulatedLink
    private var collector: Collector
    private var session: SessionLoop?
    private let stop = StopFlag()
    private var random: SplitMix64
    private unowned let witness: Witness

    /// Who is told what the board does, before it is known whether it succeeds.
    final class Witness {
        var oracle = Oracle()
        /// Whether the board's session goes by the wall clock.
        var isClockSet: () -> Bool = { true }

        func moment(_ time: VirtualTime) -> Oracle.Moment {
            Oracle.Moment(
                wall: time.rightWall, uptime: time.monotonic, isClockSet: isClockSet())
        }
    }

    func takeRequests() -> [OutgoingMessage] { collector.takeRequests() }

    private static let hash = KeyedHash(key: (0x736f_636c_6500, 0x7465_7374))

    init(
        _ options: SimulationOptions, storePath: String, time: VirtualTime, boot: String,
        link: SimulatedLink, witness: Witness, seed: UInt64
    ) throws {
        self.time = time
        self.link = link
        self.witness = witness
        random = SplitMix64(seed: seed)
        let profiles = try Workload.profiles(horizon: options.horizon)
        // With most seeds the log is emptied, and the ledger added to, as often as can be;
        // and series have longer tiers from their first window on.
        var pace = StorePace()
        if options.seed % 4 != 0 {
            (pace.logPages, pace.commitsToFold, pace.windowsWithoutTiers) = (1_000, 1, 0)
        }
        // A compaction has many transactions.
        (pace.windowsToMove, pace.batchesToDelete, pace.pagesToFree) = (64, 2, 8)
        let writer = try StoreWriter(path: storePath, zone: .paris, isManaged: true, pace: pace)
        try witness.oracle.restarted(writer, at: witness.moment(time), boot: boot)
        let clock = try StartingClock(
            options.losesTime ? .auto : .trusted, time: time, boot: boot, isKept: false,
            writer: writer, lateLimit: nil)
        witness.isClockSet = { clock.trust.isSet }
        witness.oracle.started(at: witness.moment(time))
        let ends = MessageRing.make(capacity: 1 << 20)
        collector = try Collector(
            consumer: ends.consumer, profiles: profiles, writer: writer, hash: Self.hash,
            lateLimit: nil, unsetBoot: clock.trust.isSet ? nil : boot)
        var configuration = MQTTConfiguration()
        configuration.receiveMaximum = options.receiveMaximum
        configuration.packetSizeMaximum = 4_096
        session = SessionLoop(
            configuration, link: link, time: time, clock: clock.trust,
            filters: profiles.subscriptions, obsoleteFilters: [],
            commitInterval: CommitInterval(milliseconds: options.commitMilliseconds),
            newestArrival: clock.newestArrival, newestUnplaced: clock.newestUnplaced,
            newestCommit: writer.newestCommit, producer: ends.producer, committer: self,
            status: MQTTSessionStatus(), stop: stop, report: { _ in })
        witness.isClockSet = { [weak session] in session?.isClockSet ?? true }
    }

    /// One turn of the session; where its clock was set, the aggregator's thread may hear of it
    /// before the next commit.
    func turn() -> SessionLoop.Pause {
        let pause = session?.turn() ?? .ended
        witness.oracle.look(witness.moment(time))
        if !collector.isPlaced, witness.isClockSet(), Int.random(in: 0..<4, using: &random) > 0 {
            _ = collector.step(limit: 64)
            do throws(StoreError) {
                if try collector.placeIfDue() { witness.oracle.placed() }
            } catch {}
        }
        return pause
    }

    /// Asks the session to end.
    func askToStop() { stop.raise() }

    /// Lets go of everything, as a process does that is killed.
    func vanish() {
        session = nil
        link.drop()
    }

    /// Compacts now, as the gateway does every six hours; what fails is tried again another time.
    func compact() {
        do throws(StoreError) {
            try collector.writer.compact()
            try collector.writer.shrink()
        } catch {}
    }

    // MARK: - What the session asks for

    func messagesArrived() {
        // The aggregator's thread may have run meanwhile, or not.
        if Bool.random(using: &random) { _ = collector.step(limit: 64) }
    }

    func commit(received: Int64, confirmed: Int64, newestArrival: Int64) -> Int64? {
        witness.oracle.commitBegins(at: witness.moment(time))
        do throws(StoreError) {
            let commit = try collector.commit(
                received: received, confirmed: confirmed, newestArrival: newestArrival,
                wall: time.wall, uptime: time.monotonic)
            witness.oracle.commitSucceeded(commit)
            maintain()
            return commit
        } catch {
            return nil
        }
    }

    private func maintain() {
        guard collector.isPlaced else { return }
        let now = collector.settlingTime(wall: time.wall, uptime: time.monotonic)
        witness.oracle.settlingBegins(now: now)
        // What fails here is tried again later; readers and commits do not need it.
        do throws(StoreError) {
            witness.oracle.settlingEnded(isDone: try collector.settleIfDue(now: now))
            try collector.compactIfDue(now: now)
        } catch {}
    }
}
