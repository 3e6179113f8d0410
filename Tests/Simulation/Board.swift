import DeviceProfiles
import Gateway
import MQTTSession
import MessageRing
import NaiveModel
import SeriesStore
import Telemetry

/// The gateway of a simulation: the real session, ring, decoder and store, stepped by hand instead
/// of by threads.
final class Board: MessageCommitting {
    private let time: VirtualTime
    private let link: SimulatedLink
    private var collector: Collector
    private var settlingClock = SettlingClock()
    private var session: SessionLoop?
    private let stop = StopFlag()
    private var random: SplitMix64
    private unowned let witness: Witness

    /// Who is told what the board does, before it is known whether it succeeds.
    final class Witness {
        var oracle = Oracle()
    }

    private static let hash = KeyedHash(key: (0x736f_636c_6500, 0x7465_7374))

    init(
        _ options: SimulationOptions, storePath: String, time: VirtualTime, link: SimulatedLink,
        witness: Witness, seed: UInt64
    ) throws {
        self.time = time
        self.link = link
        self.witness = witness
        random = SplitMix64(seed: seed)
        let profiles = try Workload.profiles(horizon: options.horizon)
        let writer = try StoreWriter(path: storePath, zone: .paris, isManaged: true)
        witness.oracle.restarted(writer, wall: time.wall)
        let ends = MessageRing.make(capacity: 1 << 20)
        collector = try Collector(
            consumer: ends.consumer, profiles: profiles, writer: writer, hash: Self.hash,
            lateLimit: nil)
        var configuration = MQTTConfiguration()
        configuration.receiveMaximum = options.receiveMaximum
        configuration.packetSizeMaximum = 4_096
        session = SessionLoop(
            configuration, link: link, time: time, filters: profiles.subscriptions,
            obsoleteFilters: [], commitMilliseconds: options.commitMilliseconds,
            newestArrival: ArrivalClock.floor(after: writer.newestCommitTime, now: time.wall) ?? 0,
            newestCommit: writer.newestCommit, producer: ends.producer, committer: self,
            status: MQTTSessionStatus(), stop: stop, report: { _ in })
    }

    /// One turn of the session.
    func turn() -> SessionLoop.Pause { session?.turn() ?? .ended }

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

    func commit(received: Int64, confirmed: Int64) -> Int64? {
        witness.oracle.commitBegins(time: time.wall)
        do throws(StoreError) {
            let commit = try collector.commit(
                received: received, confirmed: confirmed, time: time.wall)
            witness.oracle.commitSucceeded(commit)
            maintain()
            return commit
        } catch {
            return nil
        }
    }

    private func maintain() {
        let now = settlingClock.time(wall: time.wall, monotonic: time.monotonic)
        witness.oracle.settlingBegins(now: now)
        // What fails here is tried again later; readers and commits do not need it.
        do throws(StoreError) {
            witness.oracle.settlingEnded(isDone: try collector.settleIfDue(now: now))
            try collector.compactIfDue(now: now)
        } catch {}
    }
}
