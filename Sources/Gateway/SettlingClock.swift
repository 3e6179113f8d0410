/// The time by which windows are settled: the wall clock's, but a leap ahead counts only once it
/// has held for a while.
///
/// Settling cannot be undone. A clock that somebody sets wrong for some minutes must not settle
/// windows before their late readings are in; waiting costs nothing.
public struct SettlingClock: Sendable {
    private var trusted: Int64?
    private var lastMonotonic: Int64 = 0
    /// Since when the wall clock has been ahead of what may be trusted.
    private var aheadSince: Int64?

    /// What a wall clock may run ahead between two looks without having been set.
    private static let tolerance: Int64 = 60_000
    /// How long a leap must hold until it is believed.
    public static let doubtMilliseconds: Int64 = 600_000

    public init() {}

    /// The time by which to settle now, milliseconds since 1970 UTC.
    ///
    /// - Parameters:
    ///   - wall: the wall clock's time.
    ///   - monotonic: that of a clock which nobody sets, in milliseconds.
    public mutating func time(wall: Int64, monotonic: Int64) -> Int64 {
        defer { lastMonotonic = monotonic }
        guard let trusted else {
            self.trusted = wall
            return wall
        }
        let expected = trusted + (monotonic - lastMonotonic)
        if wall > expected + Self.tolerance {
            let since = aheadSince ?? monotonic
            aheadSince = since
            let isBelieved = monotonic - since >= Self.doubtMilliseconds
            self.trusted = isBelieved ? wall : expected
            if isBelieved { aheadSince = nil }
        } else {
            aheadSince = nil
            self.trusted = wall
        }
        return self.trusted ?? wall
    }
}
