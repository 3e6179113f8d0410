import MQTTSession
import Telemetry
import Testing

@testable import Gateway

/// How often commits are made, by what they write: on a virtual clock.
struct WriteBudgetTests {
    private let hour: Int64 = 3_600_000
    private let zone = CivilZone.paris
    /// 2026-11-24T00:00 in Paris.
    private let midnight: Int64 = 1_795_474_800_000

    /// A card and what is written to it.
    private struct Card {
        var written: Int64 = 0
        var perCommit: Int64 = 7_000
        /// Whatever the interval is, bytes a second.
        var perSecond = 500.0
        /// A compaction each six hours.
        var inBulk: Int64 = 0

        mutating func write(seconds: Double, passing time: Int64) {
            written += perCommit + Int64(perSecond * seconds)
            let sixHours: Int64 = 6 * 3_600_000
            if time / sixHours != (time - Int64(seconds * 1_000)) / sixHours { written += inBulk }
        }
    }

    /// Commits as the budget says until a time.
    ///
    /// - Returns: each interval, and the bytes that were written.
    private func run(
        _ budget: inout WriteBudget, _ card: inout Card, from start: Int64, until end: Int64
    ) -> (intervals: [Int64], bytes: Int64) {
        var intervals: [Int64] = []
        let before = card.written
        var now = start
        while now < end {
            let interval = budget.interval
            now += interval
            card.write(seconds: Double(interval) / 1_000, passing: now)
            budget.committed(at: now, written: card.written)
            intervals.append(interval)
        }
        return (intervals, card.written - before)
    }

    private func makeBudget(megabytes: Int64, at now: Int64, _ card: Card) -> WriteBudget {
        WriteBudget(
            bytesADay: megabytes * 1_000_000, zone: zone, now: now, written: card.written)
    }

    /// Whatever commits and the rest cost, a day stays within its budget, and uses it where that
    /// brings commits nearer to each other than the longest interval.
    @Test(arguments: [
        (100, 7_000, 300.0), (300, 7_000, 500), (300, 20_000, 2_000), (600, 40_000, 3_000),
        (300, 100, 10),
    ])
    func aDayStaysWithinItsBudget(megabytes: Int64, perCommit: Int64, perSecond: Double) {
        var card = Card()
        (card.perCommit, card.perSecond) = (perCommit, perSecond)
        card.inBulk = megabytes * 10_000
        var budget = makeBudget(megabytes: megabytes, at: midnight, card)
        _ = run(&budget, &card, from: midnight, until: midnight + 24 * hour)
        for day: Int64 in 1...2 {
            let start = midnight + day * 24 * hour
            let (intervals, bytes) = run(&budget, &card, from: start, until: start + 24 * hour)
            #expect(bytes <= megabytes * 1_000_000)
            #expect(intervals.allSatisfy(WriteBudget.intervals.contains))
            if intervals.contains(where: { $0 > WriteBudget.intervals.lowerBound }) {
                #expect(bytes >= megabytes * 750_000, "\(bytes) bytes of \(megabytes) MB")
            }
        }
    }

    /// From whatever it begins with, the interval goes to one value and stays there.
    @Test(arguments: [500, 7_000, 30_000] as [Int64])
    func theIntervalDoesNotOscillate(perCommit: Int64) {
        var card = Card()
        card.perCommit = perCommit
        var budget = makeBudget(megabytes: 300, at: midnight, card)
        let (intervals, _) = run(&budget, &card, from: midnight, until: midnight + 12 * hour)
        let changes = zip(intervals, intervals.dropFirst()).map { $1 - $0 }.filter { abs($0) > 2 }
        let turns = zip(changes, changes.dropFirst()).count { ($0 > 0) != ($1 > 0) }
        #expect(turns <= 1, "\(turns) turns")
        let settled = intervals.suffix(intervals.count / 2)
        let (least, most) = (settled.min() ?? 0, settled.max() ?? 0)
        #expect(most - least <= most / 10 + 2, "\(least) to \(most) ms")
    }

    /// One compaction makes no commit late.
    @Test func workInBulkIsSpreadOverTheDay() {
        var card = Card()
        card.inBulk = 10_000_000
        var budget = makeBudget(megabytes: 300, at: midnight, card)
        let start = midnight + hour
        let calm = run(&budget, &card, from: midnight, until: midnight + 5 * hour).intervals
        let wild = run(
            &budget, &card, from: midnight + 5 * hour, until: midnight + 8 * hour
        ).intervals
        #expect(start > midnight && (wild.max() ?? 0) <= (calm.last ?? 0) * 3 / 2)
    }

    /// Used up in the morning: the longest interval until midnight, and then as on any day.
    @Test func aBudgetThatIsUsedUpIsSaid() {
        var card = Card()
        var budget = makeBudget(megabytes: 300, at: midnight, card)
        _ = run(&budget, &card, from: midnight, until: midnight + 9 * hour)
        #expect(!budget.isUsedUp)
        card.written += 300_000_000
        _ = run(&budget, &card, from: midnight + 9 * hour, until: midnight + 10 * hour)
        #expect(budget.isUsedUp)
        #expect(budget.interval == 30_000)
        _ = run(&budget, &card, from: midnight + 10 * hour, until: midnight + 25 * hour)
        #expect(!budget.isUsedUp)
        #expect(budget.interval < 10_000)
        #expect(budget.writtenToday < 30_000_000)
    }

    /// A gateway that starts in the evening has what is left of the day, and not all of it.
    @Test func aStartHasItsShareOfTheDay() {
        var card = Card()
        let evening = midnight + 18 * hour
        var budget = makeBudget(megabytes: 300, at: evening, card)
        let bytes = run(&budget, &card, from: evening, until: midnight + 24 * hour).bytes
        #expect(bytes <= 75_000_000)
    }

    /// A clock that is set back an hour, a day or to 1970 keeps the interval within reason, and so
    /// does one that comes from there.
    @Test(arguments: [-1, -24, -24 * 365 * 50, 24 * 40] as [Int64])
    func aClockThatIsSetChangesLittle(hours: Int64) {
        var card = Card()
        var budget = makeBudget(megabytes: 300, at: midnight, card)
        let noon = midnight + 12 * hour
        let before = run(&budget, &card, from: midnight, until: noon).intervals.last ?? 0
        let set = noon + hours * hour
        let after = run(&budget, &card, from: set, until: set + 2 * hour).intervals
        #expect(after.allSatisfy { $0 <= before * 3 / 2 && $0 >= before * 2 / 3 }, "\(before)")
        let again = run(&budget, &card, from: noon + 2 * hour, until: noon + 4 * hour).intervals
        #expect(again.allSatisfy { $0 <= before * 3 / 2 && $0 >= before * 2 / 3 }, "\(before)")
    }

    /// Where a summer day has 23 hours or an autumn day 25, the budget is that day's.
    @Test func longAndShortDaysAreDays() {
        for start: Int64 in [1_774_738_800_000, 1_792_879_200_000] {
            var card = Card()
            var budget = makeBudget(megabytes: 300, at: start, card)
            let end = zone.startOfDay(start + 26 * hour)
            let bytes = run(&budget, &card, from: start, until: end).bytes
            #expect(bytes > 240_000_000 && bytes <= 300_000_000, "\(end - start)")
        }
    }

    /// A fixed interval stays, and without the kernel's account a budget is none.
    @Test func withoutABudgetTheIntervalStays() {
        let interval = CommitInterval(milliseconds: 1)
        for (rule, expected) in [
            (GatewayConfiguration.CommitRule.interval(1_500), Int64(1_500)),
            (.budget(bytesADay: 300_000_000), 5_000),
        ] {
            var pace = CommitPace(
                rule, zone: zone, now: midnight, interval: interval, written: { nil })
            pace.committed(at: midnight + hour)
            #expect(interval.milliseconds == expected)
        }
    }
}
