import Telemetry

/// The commit interval that spends a day's budget of written bytes evenly.
///
/// A commit writes a few pages whatever it holds, so fewer commits write less. The interval is what
/// a commit has cost lately, over the bytes a second that are left of the day: where a longer
/// interval makes a commit dearer, both approach one value from one side, and nothing oscillates.
/// Pure; one thread.
public struct WriteBudget: Sendable {
    /// Milliseconds, both ends included.
    public static let intervals: ClosedRange<Int64> = 1_000...30_000

    private let bytesADay: Double
    private let zone: CivilZone
    /// The civil day at work, milliseconds since 1970 UTC.
    private var day: Range<Int64> = 0..<0
    /// What may be written from the beginning of the count to the end of the day.
    private var allowance = 0.0
    private var writtenAtStart: Int64 = 0
    private var written: Int64
    /// Bytes of a commit with its share of all other work, smoothed.
    private var cost = 16_384.0
    private var length: Double

    /// What the interval follows of a new cost: that of some thirty commits.
    private static let smoothing = 1.0 / 32
    /// LIMIT: times the usual cost for which one commit counts; a compaction is not what commits
    /// cost. What is above is taken from what is left of the day.
    private static let outlier = 4.0
    /// The share that is kept back for what comes in bulk: compaction, and moving the log.
    private static let reserve = 0.1
    /// LIMIT: milliseconds for which what is left must do, at the end of a day too.
    private static let restMin = 3_600_000.0

    /// - Parameters:
    ///   - bytesADay: above 0.
    ///   - zone: where days begin.
    ///   - now: milliseconds since 1970 UTC, set or not.
    ///   - written: bytes that this process has written up to now.
    public init(bytesADay: Int64, zone: CivilZone, now: Int64, written: Int64) {
        self.bytesADay = Double(bytesADay)
        self.zone = zone
        self.written = written
        length = 5_000
        begin(at: now)
        length = target(at: now)
    }

    /// Bytes written since the day, or this gateway, began.
    public var writtenToday: Int64 { written - writtenAtStart }

    /// How old a message may grow before it is committed, milliseconds.
    public var interval: Int64 { Int64(length.rounded()) }

    /// Whether nothing is left of the day's budget: the interval is then the longest.
    public var isUsedUp: Bool { Double(writtenToday) >= allowance }

    /// Called after each commit.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970 UTC. A clock that is set to another day begins that day.
    ///   - written: as for ``init(bytesADay:zone:now:written:)``.
    public mutating func committed(at now: Int64, written: Int64) {
        let bytes = Double(max(0, written - self.written))
        self.written = max(self.written, written)
        cost += (min(bytes, cost * Self.outlier) - cost) * Self.smoothing
        if !day.contains(now) { begin(at: now) }
        // Not at once: at midnight there is suddenly more to spend.
        length += (target(at: now) - length) / 8
    }

    /// Begins the count of a day, of which only a part may be left: so much of the budget is.
    private mutating func begin(at now: Int64) {
        let start = zone.startOfDay(now)
        day = start..<max(zone.startOfDay(start + 26 * 3_600_000), now + 1)
        let share = Double(day.upperBound - now) / Double(day.upperBound - day.lowerBound)
        allowance = bytesADay * share
        writtenAtStart = written
    }

    private func target(at now: Int64) -> Double {
        let left = allowance * (1 - Self.reserve) - Double(writtenToday)
        let rest = max(Double(day.upperBound - now), Self.restMin)
        let longest = Double(Self.intervals.upperBound)
        guard left > 0 else { return longest }
        return min(max(cost / (left / rest), Double(Self.intervals.lowerBound)), longest)
    }
}
