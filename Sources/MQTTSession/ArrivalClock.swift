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

    /// Where times begin after a restart: behind the newest commit, because a reading of that very
    /// millisecond may be in the file. nil where the clock shows that the commit's was far ahead.
    ///
    /// - Parameters:
    ///   - commitTime: when the newest commit was made, milliseconds since 1970 UTC; 0 for none.
    ///   - now: the clock's time.
    public static func floor(after commitTime: Int64, now: Int64) -> Int64? {
        commitTime + 1 <= now + stepMaximum ? commitTime + 1 : nil
    }

    /// - Parameter floor: times begin with this one, unless the clock is set back by more than an
    ///   hour.
    public init(from floor: Int64) { newest = floor }

    /// The time of what arrives now.
    ///
    /// - Parameter now: the clock's time, milliseconds since 1970 UTC.
    public mutating func take(_ now: Int64) -> Int64 {
        let wasBehind = isBehind
        isBehind = newest - now >= Self.fallMinimum
        fall = isBehind && !wasBehind ? newest - now : 0
        let wasFarAhead = newest > now + Self.stepMaximum
        newest = wasFarAhead ? now : max(newest, now)
        return newest
    }
}
