import Testing

@testable import MQTTSession

/// Times of arrival on a clock that is set.
struct ArrivalClockTests {
    private let start: Int64 = 1_790_000_000_000

    @Test func timesDoNotGoBack() {
        var clock = ArrivalClock(from: start)
        let times = [5_000, 4_000, 6_000].map { (now: Int64) in clock.take(start + now) }
        #expect(times == [start + 5_000, start + 5_000, start + 6_000])
    }

    @Test func whatWasHoursAheadIsNotWaitedFor() {
        var clock = ArrivalClock(from: start)
        _ = clock.take(start + 7_200_000)
        let time = clock.take(start + 1_000)
        #expect(time == start + 1_000)
    }

    /// A sequence of 16 bits tells 65,536 readings of one time apart.
    @Test func manyMessagesDoNotShareOneTime() {
        var clock = ArrivalClock(from: start + 5_000)
        var times: [Int64: Int] = [:]
        for _ in 0..<150_000 { times[clock.take(start), default: 0] += 1 }
        #expect(
            times == [start + 5_000: 65_536, start + 5_001: 65_536, start + 5_002: 18_928])
    }

    /// Behind the newest commit, unless that was an hour ahead when the machine started, and behind
    /// what waited.
    @Test(
        arguments: [
            (-1, 1_000, 1_001), (400, 1_000, 1_401), (3_599_999, 1_000, 3_601_000),
            (3_600_000, 1_000, 1_001), (0, 900_000, 900_001),
        ] as [(Int64, Int64, Int64)])
    func whatWaitedComesFirst(commit: Int64, uptime: Int64, first: Int64) {
        let clock = ArrivalClock(after: start + commit, start: start, uptime: uptime)
        #expect(clock.newest == start + first)
    }

    /// Once, with how far; and again after the clock had caught up.
    @Test func aFallIsSaidOnce() {
        var clock = ArrivalClock(from: start)
        let falls = [60_000, 50_000, 51_000, 61_000, 30_000, 29_500].map { (now: Int64) in
            _ = clock.take(start + now)
            return clock.fall
        }
        #expect(falls == [0, 10_000, 0, 0, 31_000, 0])
    }

    @Test func aSmallStepIsNoFall() {
        var clock = ArrivalClock(from: start)
        _ = clock.take(start + 1_999)
        _ = clock.take(start)
        #expect(clock.fall == 0)
    }
}
