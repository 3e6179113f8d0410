/// The time by which windows are settled: the wall clock's, but a leap ahead counts only once it
/// has held for a while, over a restart too.
///
/// Settling cannot be undone. A clock that somebody sets wrong for some minutes must not settle
/// windows before their late readings are in; waiting costs nothing.
struct SettlingClock: Sendable {
    private var trusted: Int64?
    /// When the clock was last looked at, by the one that nobody sets; nil: not yet.
    private var lastMonotonic: Int64?
    /// Since when the wall clock has been ahead of what may be trusted.
    private var aheadSince: Int64?

    /// What a wall clock may run ahead between two looks without having been set.
    private static let tolerance: Int64 = 60_000
    /// What may have passed unseen before the first look: a restart, or a start of the machine.
    private static let absenceMaximum: Int64 = 600_000
    /// How long a leap must hold until it is believed.
    private static let doubtMilliseconds: Int64 = 600_000

    /// - Parameter trusted: the time by which windows were last settled, milliseconds since 1970
    ///   UTC; nil where none ever were, and then the first look is believed.
    init(from trusted: Int64? = nil) { self.trusted = trusted }

    /// The time by which to settle now, milliseconds since 1970 UTC.
    ///
    /// - Parameters:
    ///   - wall: the wall clock's time.
    ///   - monotonic: that of a clock which nobody sets, in milliseconds.
    mutating func time(wall: Int64, monotonic: Int64) -> Int64 {
        defer { lastMonotonic = monotonic }
        guard let trusted else {
            self.trusted = wall
            return wall
        }
        let expected = trusted + (monotonic - (lastMonotonic ?? monotonic))
        let tolerance = lastMonotonic == nil ? Self.absenceMaximum : Self.tolerance
        let time = isBelieved(wall, expected + tolerance, monotonic) ? wall : expected
        self.trusted = time
        return time
    }

    /// - Parameter limit: what is beyond it is a leap.
    private mutating func isBelieved(_ wall: Int64, _ limit: Int64, _ monotonic: Int64) -> Bool {
        let since = aheadSince ?? monotonic
        let isBelieved = wall <= limit || monotonic - since >= Self.doubtMilliseconds
        aheadSince = isBelieved ? nil : since
        return isBelieved
    }
}
