import DeviceProfiles
import MQTTSession
import MessageRing
import SeriesStore
import StoredSeries
import Telemetry

/// The way of a message from the ring to a commit.
///
/// It belongs to one thread and does no waiting: whoever owns it calls ``step(limit:)`` while
/// messages come, ``commit(received:confirmed:wall:uptime:)`` when it is time, and in between
/// ``placeIfDue()``, and where that says so ``settleIfDue(now:)`` and ``compactIfDue(now:)``, by
/// ``settlingTime(wall:uptime:)``.
public struct Collector: ~Copyable {
    private var consumer: RingConsumer
    private var intake: MessageIntake
    /// The store; nobody else writes to it.
    public let writer: StoreWriter
    /// Settled windows that wait for compaction, as of the last look; nil before the first.
    public private(set) var waitingWindowCount: Int?
    private var settlingClock: SettlingClock
    private var nextSettling: Int64 = 0
    private var nextCheck: Int64 = 0
    private var nextCompaction: Int64 = 0
    /// The compaction that is on its way.
    private var compaction: Compaction?

    /// Milliseconds between two rounds of settling.
    private static let settlingInterval: Int64 = 60_000
    /// Milliseconds between two compactions; settled windows wait in batches meanwhile.
    private static let compactionInterval: Int64 = 6 * 3_600_000
    /// LIMIT: windows that may wait for a compaction, some ten megabytes of them. One that moves
    /// hours of windows writes much less than one an hour would: the places of each series in the
    /// file cost the same for few windows and for many.
    private static let waitingWindowsMax = 2_000_000
    /// Messages after which their room in the ring is given back.
    private static let drainLimit = 256

    /// - Parameters:
    ///   - lateLimit: readings older than this are refused; nil: none are.
    ///   - unsetBoot: the kernel's boot id where the clock is not set; nil where it is.
    public init(
        consumer: consuming RingConsumer, profiles: ProfileSet, writer: StoreWriter,
        hash: KeyedHash, lateLimit: Int64?, unsetBoot: String?
    ) throws(StoreError) {
        self.consumer = consumer
        intake = try MessageIntake(
            profiles: profiles, writer: writer, hash: hash, lateLimit: lateLimit,
            clock: unsetBoot.map { .unset(boot: $0) } ?? .set)
        settlingClock = SettlingClock(from: writer.newestSettling)
        self.writer = writer
    }

    /// Readings that commits have made durable since the start.
    public var committedReadingCount: Int { intake.committedReadingCount }

    /// Takes messages from the ring and books them.
    ///
    /// - Returns: how many there were.
    public mutating func step(limit: Int) -> Int {
        var taken = 0
        while taken < limit {
            let count = consumer.drain(limit: min(limit - taken, Self.drainLimit)) {
                header, topic, payload in
                intake.take(header, topic: topic, payload: payload)
            }
            if count == 0 { break }
            taken += count
        }
        return taken
    }

    /// Makes everything that lies in the ring durable.
    ///
    /// - Parameters:
    ///   - received: messages that the session put into the ring since the last commit.
    ///   - confirmed: the newest commit whose messages cannot come again.
    ///   - newestArrival: the session's newest time of arrival.
    ///   - wall: what the wall clock shows, set or not; milliseconds since 1970 UTC.
    ///   - uptime: milliseconds since the machine started.
    /// - Returns: the commit's number.
    public mutating func commit(
        received: Int64, confirmed: Int64, newestArrival: Int64, wall: Int64, uptime: Int64
    ) throws(StoreError) -> Int64 {
        while step(limit: .max) > 0 {}
        return try intake.commit(
            received: received, confirmed: confirmed, newestArrival: newestArrival, wall: wall,
            uptime: uptime)
    }

    /// Goes over to other profiles, and remembers what the session will be subscribed to besides.
    ///
    /// - Parameter filters: the new ones.
    public mutating func reload(
        _ profiles: ProfileSet, filters: [String], lateLimit: Int64?
    ) throws(StoreError) {
        // Both, until a restart knows that the old ones are gone: unsubscribing twice does no harm.
        try writer.setSubscriptions(Array(Set(try writer.subscriptions() + filters)))
        intake.reload(profiles, lateLimit: lateLimit)
    }

    /// Takes what is to be published because of the messages that were committed.
    public mutating func takeRequests() -> [OutgoingMessage] { intake.takeRequests() }

    /// Whether the clock is set and everything has its time: before that nothing is settled or
    /// compacted.
    public var isPlaced: Bool { if case .set = intake.clock { true } else { false } }

    /// Gives the readings that waited for the clock their time, once it is set.
    ///
    /// - Returns: ``isPlaced``.
    public mutating func placeIfDue() throws(StoreError) -> Bool {
        try intake.placeIfDue()
        return isPlaced
    }

    /// The time by which to settle and compact: that of a clock which doubts a leap ahead. Asked
    /// while ``isPlaced``: what a clock shows that is not set says nothing, however long it holds.
    ///
    /// - Returns: milliseconds since 1970 UTC.
    public mutating func settlingTime(wall: Int64, uptime: Int64) -> Int64 {
        settlingClock.time(wall: wall, monotonic: uptime)
    }

    /// Settles windows once a minute, while ``isPlaced``. Called between commits.
    ///
    /// - Parameter now: ``settlingTime(wall:uptime:)``.
    /// - Returns: whether it was time to.
    @discardableResult
    public mutating func settleIfDue(now: Int64) throws(StoreError) -> Bool {
        guard isPlaced, Self.isDue(nextSettling, now, Self.settlingInterval) else { return false }
        nextSettling = now + Self.settlingInterval
        try writer.settle(now: now)
        intake.refreshSettled()
        return true
    }

    /// Whether a compaction is on its way: another transaction of it is due.
    public var isCompacting: Bool { compaction != nil }

    /// Compacts every six hours, and sooner where much waits for it, while ``isPlaced``: one
    /// transaction of it a call, so that no commit waits for more. Called between commits.
    ///
    /// - Parameter now: as for ``settleIfDue(now:)``.
    public mutating func compactIfDue(now: Int64) throws(StoreError) {
        guard isPlaced else { return }
        if var compaction {
            // What fails is begun again when the next one is due.
            self.compaction = nil
            if try writer.advance(&compaction) { self.compaction = compaction }
        }
        guard Self.isDue(nextCheck, now, Self.settlingInterval) else { return }
        nextCheck = now + Self.settlingInterval
        if nextCompaction == 0 { nextCompaction = now + Self.compactionInterval }
        let waitingCount = try writer.waitingWindowCount()
        waitingWindowCount = waitingCount
        let isDue = Self.isDue(nextCompaction, now, Self.compactionInterval)
        guard !isCompacting, isDue || waitingCount > Self.waitingWindowsMax else { return }
        nextCompaction = now + Self.compactionInterval
        compaction = try writer.compaction(
            sealing: StoreWriter.sealingTime(now: now, lateLimit: intake.lateLimit),
            shrinkingFirst: true)
    }

    /// Whether it is time, or the clock was set back behind the whole of the interval.
    private static func isDue(_ next: Int64, _ now: Int64, _ interval: Int64) -> Bool {
        now >= next || now < next - interval
    }
}
