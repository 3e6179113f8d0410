import MQTTSession
import SeriesStore
import StoredSeries

/// What a gateway knows of the time when it starts.
public struct StartingClock {
    /// Whether the wall clock is set.
    public let trust: ClockTrust
    /// Where arrival times begin, and where uptimes of arrival do while the clock is not set.
    public let newestArrival: Int64
    public let newestUnplaced: Int64
    /// Readings of this run of the machine that got their time now.
    public let placedCount: Int
    /// Whether the clock is set and more than an hour behind the newest commit.
    public let isBehind: Bool

    /// Judges the clock; where it is set, gives what waited for it its time.
    ///
    /// - Parameters:
    ///   - boot: which run of the machine this is.
    ///   - isKept: whether something keeps the time while the machine is off.
    ///   - lateLimit: readings older than this are refused; nil: none are.
    public init(
        _ mode: GatewayConfiguration.ClockMode, time: any TimeSource, boot: String, isKept: Bool,
        writer: StoreWriter, lateLimit: Int64?
    ) throws(StoreError) {
        let unplaced = try writer.unplaced(boot: boot)
        var beginning = ClockTrust.Beginning()
        beginning.wasSet = try writer.isClockSet(boot: boot)
        beginning.isKept = isKept
        beginning.isSynchronised = time.isSynchronised
        beginning.newestCommitTime = writer.newestCommitTime
        // The first one's: the last may have been made after somebody set the clock.
        beginning.lead = unplaced.map { $0.first.wall - $0.first.uptime }
        let (uptime, wall) = (time.monotonic, time.wall)
        trust =
            mode == .trusted ? .always : ClockTrust(beginning, wall: wall, uptime: uptime)
        newestUnplaced = unplaced.map { $0.last.uptime + 1 } ?? 0
        let isNews = trust.isSet && (unplaced != nil || !beginning.wasSet)
        placedCount =
            isNews
            ? try writer.place(
                Placement(
                    boot: boot, start: wall - uptime, after: writer.newestCommitTime,
                    lateLimit: lateLimit)) : 0
        let commitTime = writer.newestCommitTime
        let floor = trust.isSet ? ArrivalClock.floor(after: commitTime, now: wall) : commitTime + 1
        newestArrival = floor ?? 0
        isBehind = floor == nil
    }
}
