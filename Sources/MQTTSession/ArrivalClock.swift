/// Times of arrival: the clock's, but never earlier than one before, or two readings of one series
/// could seem to be one.
public struct ArrivalClock: Sendable {
    /// The newest time of arrival, milliseconds since 1970 UTC.
    public private(set) var newest: Int64
    /// A clock that was an hour ahead is believed when it is set back.
    public static let stepMaximum: Int64 = 3_600_000

    /// How far the clock fell behind the newest time of arrival with the last message, and had not
    /// been before: each fall is said once. Milliseconds; 0 for none.
    public private(set) var fall: Int64 = 0
    private var isBehind = false
    /// What clocks that are set by the network may go back unnoticed.
    private static let fallMinimum: Int64 = 2_000

    /// Messages that have the newest time.
    private var sharerCount = 0
    /// A reading's sequence has 16 bits, and that many readings of one time are told apart.
    private static let sharersMax = 65_536
    /// Milliseconds that readings may take from the floor on which are placed there: a second has
    /// room for 65 million of one series.
    private static let placingSpan: Int64 = 1_000

    /// Where times begin after a restart, and those of what waited for the clock: behind the newest
    /// commit, because a reading of that very millisecond may be in the file. nil where the clock
    /// shows that the commit's was far ahead.
    ///
    /// - Parameters:
    ///   - commitTime: when the newest commit was made, milliseconds since 1970 UTC; 0 for none.
    ///   - now: the clock's time; for what waited, when the machine started, by the clock that is
    ///     set now.
    public static func floor(after commitTime: Int64, now: Int64) -> Int64? {
        commitTime + 1 <= now + stepMaximum ? commitTime + 1 : nil
    }

    /// - Parameter floor: times begin with this one, unless the clock is set back by more than an
    ///   hour.
    public init(from floor: Int64) { newest = floor }

    /// Goes on by a clock that was set just now, behind everything that waited for it.
    ///
    /// - Parameters:
    ///   - commitTime: when the newest commit with a time was made; 0 for none.
    ///   - start: when the machine started, by the clock that is set now.
    ///   - uptime: the newest time of arrival before, milliseconds since then.
    init(after commitTime: Int64, start: Int64, uptime: Int64) {
        let floor = Self.floor(after: commitTime, now: start) ?? 0
        newest = max(floor + Self.placingSpan, start + uptime + 1)
    }

    /// The time of what arrives now.
    ///
    /// - Parameter now: the clock's time, milliseconds since 1970 UTC.
    public mutating func take(_ now: Int64) -> Int64 {
        let wasBehind = isBehind
        isBehind = newest - now >= Self.fallMinimum
        fall = isBehind && !wasBehind ? newest - now : 0
        let wasFarAhead = newest > now + Self.stepMaximum
        let time = wasFarAhead ? now : max(newest, now)
        sharerCount = time == newest ? sharerCount + 1 : 1
        newest = time
        if sharerCount > Self.sharersMax { (newest, sharerCount) = (time + 1, 1) }
        return newest
    }
}
