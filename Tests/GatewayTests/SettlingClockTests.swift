import Testing

@testable import Gateway

/// By which time windows are settled: what cannot be undone waits for a clock that holds.
struct SettlingClockTests {
    /// 2026-11-24T12:00:00Z.
    private let start: Int64 = 1_795_521_600_000
    private let hour: Int64 = 3_600_000

    /// Looks once a minute at a wall clock that is so far ahead of the right time.
    ///
    /// - Returns: the time by which to settle, beyond the right one.
    private func times(
        _ clock: inout SettlingClock, from minute: Int64, ahead: [Int64]
    ) -> [Int64] {
        zip(minute..., ahead).map { minute, ahead in
            let now = start + minute * 60_000
            return clock.time(wall: now + ahead, monotonic: minute * 60_000) - now
        }
    }

    /// A clock that runs, falls back or is set by less than a minute is followed at once.
    @Test func aClockThatGoesIsFollowed() {
        var clock = SettlingClock()
        let shown = [0, 0, 59_000, 0, -2 * hour, -2 * hour]
        #expect(times(&clock, from: 0, ahead: shown) == shown)
    }

    /// For less than ten minutes it is nothing; after that it is believed.
    @Test func aLeapCountsOnceItHolds() {
        var clock = SettlingClock()
        let brief = [0] + [Int64](repeating: 2 * hour, count: 9) + [0]
        #expect(times(&clock, from: 0, ahead: brief) == [Int64](repeating: 0, count: 11))
        let held = [Int64](repeating: 2 * hour, count: 12)
        let settled = [Int64](repeating: 0, count: 10) + [2 * hour, 2 * hour]
        #expect(times(&clock, from: 11, ahead: held) == settled)
    }

    /// A gateway that is started while the clock is hours ahead settles by what it is sure of, until
    /// the clock is right, or has held for ten minutes.
    @Test(arguments: [false, true])
    func aLeapOverARestartIsDoubted(isSetRight: Bool) {
        var clock = SettlingClock(from: start)
        let ahead = [Int64](repeating: 2 * hour, count: 10) + [isSetRight ? 0 : 2 * hour]
        let settled = [Int64](repeating: 0, count: 10) + [isSetRight ? 0 : 2 * hour]
        #expect(times(&clock, from: 0, ahead: ahead) == settled)
    }

    /// A restart takes some minutes, and that is no leap.
    @Test(
        arguments: [
            (0, true), (600_000, true), (600_001, false), (-7_200_000, true),
        ] as [(Int64, Bool)])
    func anAbsenceOfMinutesIsNoLeap(absence: Int64, isFollowed: Bool) {
        var clock = SettlingClock(from: start - absence)
        #expect(times(&clock, from: 0, ahead: [0]) == [isFollowed ? 0 : -absence])
    }

    /// A board that was off for days settles all that waits, once it has run for ten minutes.
    @Test func daysOfAbsenceHoldNothingBackForEver() {
        let absence = 72 * hour
        var clock = SettlingClock(from: start - absence)
        let settled = times(&clock, from: 0, ahead: [Int64](repeating: 0, count: 12))
        #expect(settled == [Int64](repeating: -absence, count: 10) + [0, 0])
    }

    /// A saved time that is restored late is behind and harms nothing; the leap to the right time is
    /// doubted as any other.
    @Test func aSavedTimeThatIsTakenForARightOneSettlesNothingEarly() {
        let absence = 24 * hour
        var clock = SettlingClock(from: start - absence)
        let shown = [-absence, -absence] + [Int64](repeating: 0, count: 12)
        #expect(
            times(&clock, from: 0, ahead: shown)
                == [Int64](repeating: -absence, count: 12) + [0, 0])
    }

    /// One that was saved while the clock was ahead is no better than that clock.
    @Test func aSavedTimeThatIsAheadIsDoubted() {
        var clock = SettlingClock(from: start)
        let shown = [Int64](repeating: 5 * hour, count: 9) + [0, 0]
        #expect(times(&clock, from: 0, ahead: shown) == [Int64](repeating: 0, count: 11))
    }
}
