import Testing

@testable import TownSimulation

@Suite struct CivilTimeTests {
    /// 01:00 UTC on the last Sundays of March and October, from the published calendar.
    @Test(arguments: [
        (Int64(1_774_746_000_000), Int64(3_600_000), Int64(7_200_000)),  // 2026-03-29
        (1_792_890_000_000, 7_200_000, 3_600_000),  // 2026-10-25
        (1_806_195_600_000, 3_600_000, 7_200_000),  // 2027-03-28
        (1_824_944_400_000, 7_200_000, 3_600_000),  // 2027-10-31
    ])
    func summerTimeChangesOnTheHour(transition: Int64, before: Int64, after: Int64) {
        #expect(ParisTime.offset(at: transition - 1).offset == before)
        #expect(ParisTime.offset(at: transition).offset == after)
        var clock = TownClock(start: transition - 1)
        _ = clock.day(at: transition - 1)
        let last = clock.minute(at: transition - 1)
        _ = clock.day(at: transition)
        let step = clock.minute(at: transition) - last
        #expect(abs(step - Double(after - before) / 60_000) < 0.001)
    }

    @Test func anOffsetHoldsExactlyForItsPeriod() {
        var time: Int64 = 0
        var transitions = 0
        while time < 7_000_000_000_000 {
            let (offset, period) = ParisTime.offset(at: time)
            #expect(period.contains(time))
            #expect(ParisTime.offset(at: period.lowerBound).offset == offset)
            #expect(ParisTime.offset(at: period.upperBound - 1).offset == offset)
            #expect(ParisTime.offset(at: period.upperBound).offset != offset)
            #expect(CivilDay(number: dividedDown(period.upperBound, by: day)).weekday == 6)
            time = period.upperBound
            transitions += 1
        }
        #expect(transitions > 440)
    }

    @Test(arguments: [
        (Int64(0), 1970, 1, 1, 3), (-1, 1969, 12, 31, 2), (11_016, 2000, 2, 29, 1),
        (20_454, 2026, 1, 1, 3), (20_819, 2027, 1, 1, 4), (47_540, 2100, 2, 28, 6),
        (47_541, 2100, 3, 1, 0), (84_005, 2199, 12, 31, 1),
    ])
    func daysHaveTheirDates(number: Int64, year: Int, month: Int, date: Int, weekday: Int) {
        let day = CivilDay(number: number)
        #expect((day.year, day.month, day.day, day.weekday) == (year, month, date, weekday))
        #expect(CivilDay.number(year: year, month: month, day: date) == number)
    }

    @Test func everyDayFollowsTheDayBefore() {
        var previous = CivilDay(number: -1)
        for number in Int64(0)..<84_006 {
            let day = CivilDay(number: number)
            #expect(day.weekday == (previous.weekday + 1) % 7)
            let isNextInMonth = day.month == previous.month && day.day == previous.day + 1
            let isNextMonth = day.day == 1 && day.month == previous.month % 12 + 1
            #expect(isNextInMonth || isNextMonth, "day \(number)")
            #expect(day.dayOfYear == (day.year == previous.year ? previous.dayOfYear + 1 : 0))
            previous = day
        }
    }

    /// All eleven, with the movable ones of years with an early, a late and a corrected Easter.
    @Test(arguments: [
        (2026, [406, 514, 525]), (2027, [329, 506, 517]), (2008, [324, 501, 512]),
        (2011, [425, 602, 613]), (1981, [420, 528, 608]), (2049, [419, 527, 607]),
    ])
    func publicHolidays(year: Int, movable: [Int]) {
        let first = CivilDay.number(year: year, month: 1, day: 1)
        let last = CivilDay.number(year: year, month: 12, day: 31)
        let holidays = (first...last).map(CivilDay.init(number:)).filter(\.isPublicHoliday)
        let fixed = [101, 501, 508, 714, 815, 1101, 1111, 1225]
        #expect(Set(holidays.map { $0.month * 100 + $0.day }) == Set(fixed + movable))
    }
}
