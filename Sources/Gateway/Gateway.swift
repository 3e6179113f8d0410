import DeviceProfiles
import Doctor
import Foundation
import Glibc
import Logging
import MQTTSession
import MessageRing
import Policy
import QueryAPI
import SeriesStore
import StoredSeries
import StrictYAML
import Telemetry

/// The daemon: one thread reads the broker, one decodes and commits, and this wires them.
///
///     broker ──► session thread ──► ring ──► aggregator thread ──► store
///                      ◄───────────── commit done ──────┘
public final class Gateway {
    private let settings: GatewaySettings
    private let logger: Logger
    private let status = MQTTSessionStatus()
    private let stop = StopFlag()

    /// LIMIT: bytes of the ring: a window of unacknowledged messages of 500 bytes each.
    private static let ringBytes = 8 << 20

    public init(_ settings: GatewaySettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT, then commits, acknowledges and disconnects.
    ///
    /// - Throws: ``MQTTError/library(version:)`` before anything is touched, where the library that
    ///   is loaded might acknowledge what is not durable yet;
    ///   ``SeriesStore/StoreError/corrupt(path:reason:)`` where SQLite finds the store's file
    ///   damaged: nothing is written to it then, and nothing acknowledged.
    public func run() throws {
        try requireWithheldAcknowledgements()
        let configuration = settings.configuration
        let writer = try StoreWriter(
            path: configuration.store, zone: configuration.zone, isManaged: true)
        let logger = logger
        writer.onSetAside = { row in
            logger.error("\(row); the rest goes on, and socle store verify lists what is missing")
        }
        for fault in writer.faults { logger.error("\(fault); it is taken as it reads") }
        let hash = try SecretKey.hash(besideStore: configuration.store)
        // Blocked before any thread is made, so that all inherit it and only the wait below
        // hears them.
        let signals = SignalSet()
        try writer.announceProcess()
        let server = try StatusServer(path: configuration.socket)
        defer { server.end() }
        let ends = MessageRing.make(capacity: Gateway.ringBytes)
        try run(ends, writer: writer, hash: hash, server: server, signals)
    }

    private func run(
        _ ends: consuming MessageRing.Ends, writer: StoreWriter, hash: KeyedHash,
        server: StatusServer, _ signals: SignalSet
    ) throws {
        let (configuration, profiles) = (settings.configuration, settings.profiles)
        let lateLimit = settings.policy.lateLimit
        let filters = profiles.subscriptions(with: OutageDrill.topic)
        let obsolete = try writer.subscriptions()
        // Remembered until they are known to be gone: unsubscribing twice does no harm.
        try writer.setSubscriptions(Array(Set(obsolete + filters)))
        let logger = logger
        let time = SystemTime { MachineFacts.isSynchronised() == true }
        // A run that has no name is like no other.
        let boot = MachineFacts.bootID ?? UUID().uuidString
        let clock = try StartingClock(
            configuration.clock, time: time, boot: boot, isKept: MachineFacts.clock().isKept,
            writer: writer, lateLimit: lateLimit)
        log(clock)
        let newestCommit = writer.newestCommit
        let collector = try Collector(
            consumer: ends.consumer, profiles: profiles, writer: writer, hash: hash,
            lateLimit: lateLimit, unsetBoot: clock.trust.isSet ? nil : boot)
        let damage = FileDamage()
        let interval = CommitInterval(milliseconds: CommitPace.uncountedInterval)
        let pace = CommitPace(
            configuration.commits, zone: writer.zone, now: time.wall, interval: interval)
        if pace.isBlind {
            logger.warning("the kernel does not count what is written: write_budget is not kept")
        }
        let figures = GatewayFigures(configuration, interval: interval, session: status)
        let aggregator = Aggregator(collector, pace: pace, figures: figures) { event in
            if case .failed(let error) = event, case .corrupt = error {
                damage.end(with: error)
            } else {
                Gateway.log(event, logger)
            }
        }
        let loop = try SessionLoop(
            configuration.broker, time: time, clock: clock.trust, filters: filters,
            obsoleteFilters: obsolete, commitInterval: interval,
            newestArrival: clock.newestArrival, newestUnplaced: clock.newestUnplaced,
            newestCommit: newestCommit, producer: ends.producer, committer: aggregator,
            status: status, stop: stop,
            report: { event in Gateway.log(event, logger) })
        logger.info(
            "started",
            metadata: [
                "store": "\(configuration.store)", "profiles": "\(profiles.files.count)",
                "broker": "\(configuration.broker.host):\(configuration.broker.port)",
            ])
        let aggregation = WorkerThread("aggregator") { aggregator.run() }
        // SAFETY: from here on the session belongs to its thread alone.
        nonisolated(unsafe) let session = loop
        let reading = WorkerThread("session") { unsafe session.run() }
        let telling = WorkerThread("status") { server.run { figures.status } }
        notifyServiceManager("READY=1")
        signals.waitForTermination {
            reload(aggregator)
        } rehearse: { seconds in
            let seconds = min(max(seconds, 1), OutageDrill.secondsMax)
            logger.notice("an outage is rehearsed", metadata: ["seconds": "\(seconds)"])
            stop.sendAway(milliseconds: Int64(seconds) * 1_000)
        }
        notifyServiceManager("STOPPING=1")
        stop.raise()
        reading.join()
        aggregator.end()
        aggregation.join()
        server.end()
        telling.join()
        logger.info("stopped", metadata: ["received": "\(status.receivedCount)"])
        if let error = damage.error { throw error }
    }

    /// Reads what people have written again, and goes over to the profiles and the policy, or to
    /// nothing of it.
    private func reload(_ aggregator: Aggregator) {
        notifyServiceManager("RELOADING=1")
        defer { notifyServiceManager("READY=1") }
        let new: GatewaySettings
        do {
            new = try GatewaySettings.load(path: settings.configuration.path)
        } catch {
            for fault in error.all { logger.error("\(fault)") }
            logger.error("nothing is reloaded: the profiles and the policy go on as they were")
            return
        }
        if !new.configuration.runsAs(settings.configuration) {
            logger.warning("the rest of the configuration has changed: that needs a restart")
        }
        let filters = new.profiles.subscriptions(with: OutageDrill.topic)
        do {
            try aggregator.reload(
                new.profiles, filters: filters, lateLimit: new.policy.lateLimit)
        } catch {
            logger.error("nothing is reloaded: \(error)")
            return
        }
        stop.subscribe(to: filters)
        logger.notice("reloaded", metadata: ["profiles": "\(new.profiles.files.count)"])
    }

    private func log(_ clock: StartingClock) {
        if clock.isBehind {
            logger.warning("the clock is more than an hour behind the newest commit")
        }
        if clock.placedCount > 0 { Gateway.logPlaced(clock.placedCount, logger) }
        if clock.trust.isSet { return }
        logger.warning(
            """
            the clock is not set: readings wait for it; let NTP through, set it, or write \
            'clock: trusted' where it is right
            """)
    }

    private static func logPlaced(_ count: Int, _ logger: Logger) {
        logger.notice("the clock is set: \(count) readings placed")
    }

    private static func log(_ event: Aggregator.Event, _ logger: Logger) {
        switch event {
        case .failed(let error): logger.error("\(error)")
        case .placed(let count): logPlaced(count, logger)
        case .log(.held(let log)):
            let holders = log.holders.map { "process \($0)" }.joined(separator: ", ")
            logger.warning(
                """
                the store's write-ahead log has grown to \(log.bytes / 1_000_000) MB: \
                \(holders.isEmpty ? "a process" : holders) has been reading an old state for \
                \(LogWatch.patience / 60_000) minutes; end it, or the log fills the disk
                """)
        case .log(.released):
            logger.notice("the store's write-ahead log is emptied again")
        }
    }

    private static func log(_ event: MQTTSessionEvent, _ logger: Logger) {
        switch event {
        case .connected(let resumed):
            logger.info("connected", metadata: ["session": resumed ? "resumed" : "new"])
        case .refused(let reason):
            logger.error("the broker refused: \(reason)")
        case .disconnected(let reason, let retry):
            logger.warning("disconnected: \(reason); next try in \(retry / 1000) s")
        case .commitFailed(let retry):
            logger.error("commit failed, nothing acknowledged; next try in \(retry / 1000) s")
        case .subscribed(let filters):
            logger.info("subscribed", metadata: ["filters": "\(filters)"])
        case .subscriptionRefused(let filter):
            logger.error("the broker refused the subscription \(filter): check its access list")
        case .dropsRefused:
            logger.info(
                """
                the broker refused \(SessionLoop.dropsTopic): messages that it drops are not counted
                """)
        case .clockFell(let fall):
            logger.warning(
                """
                the clock is \(fall / 1000) s behind the newest message: until it catches up, or \
                at once where that is more than an hour, messages without a time count there
                """)
        }
    }
}
