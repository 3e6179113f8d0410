import Telemetry
import Testing

/// Civil time in the town's zone, over the changes of the clocks in 2026.
struct CivilZoneTests {
    private let paris = CivilZone.paris

    private func instant(_ text: String) throws -> Int64 {
        let parsed = parseRFC3339(Array(text.utf8).span)
        return try #require(parsed)
    }

    @Test(arguments: [
        (2026, 3, 28, 24), (2026, 3, 29, 23), (2026, 3, 30, 24), (2026, 10, 24, 24),
        (2026, 10, 25, 25), (2026, 10, 26, 24), (2028, 2, 29, 24),
    ])
    func daysHaveTheirHours(year: Int, month: Int, day: Int, hours: Int64) {
        let date = CivilDate(year: year, month: month, day: day)
        let start = paris.instant(of: date)
        let end = paris.instant(of: CivilDate(daysSince1970: date.daysSince1970 + 1))
        #expect(end - start == hours * 3_600_000)
        #expect(paris.startOfDay(start) == start)
        #expect(paris.startOfDay(end - 1) == start)
        #expect(paris.date(at: end - 1) == date)
    }

    /// 02:30 does not exist on 29 March: the change itself, 03:00 summer time, stands for it.
    @Test func skippedTimeIsTheChange() throws {
        let date = CivilDate(year: 2026, month: 3, day: 29)
        let change = try instant("2026-03-29T03:00:00+02:00")
        #expect(paris.instant(of: date, wallClock: 9_000_000) == change)
        #expect(paris.instant(of: date, wallClock: 7_200_000) == change)
        #expect(paris.instant(of: date, wallClock: 10_800_000) == change)
        #expect(paris.instant(of: date, wallClock: 7_199_999) == change - 1)
    }

    /// 02:30 comes twice on 25 October: the first stands for it.
    @Test func repeatedTimeIsTheFirst() throws {
        let date = CivilDate(year: 2026, month: 10, day: 25)
        #expect(
            try paris.instant(of: date, wallClock: 9_000_000)
                == instant("2026-10-25T02:30:00+02:00"))
        #expect(try paris.wallClock(at: instant("2026-10-25T02:30:00+01:00")) == 9_000_000)
    }

    /// Any instant is found again by its date and wall clock, but for the hour that comes twice.
    @Test(arguments: [
        "Europe/Paris", "Indian/Reunion", "America/Miquelon", "Pacific/Marquesas",
        "Australia/Lord_Howe", "UTC",
    ])
    func instantsAreFoundAgain(name: String) throws {
        let zone = try #require(CivilZone(identifier: name))
        var random = SplitMix64(seed: 0x5eed_0010)
        for _ in 0..<5_000 {
            let instant = Int64.random(in: -1_000_000_000_000...4_000_000_000_000, using: &random)
            let found = zone.instant(
                of: zone.date(at: instant), wallClock: zone.wallClock(at: instant))
            let back = instant - found
            #expect(
                back == 0 || back == 3_600_000 || back == 1_800_000,
                "seed 0x5eed0010: \(name) \(instant)")
        }
    }

    /// Rows of an answer have the offset of their own instant, whatever was asked before: by
    /// quarter hours over both changes of the clocks, forwards and backwards.
    @Test(arguments: ["Europe/Paris", "Australia/Lord_Howe", "America/Miquelon", "UTC"])
    func aRememberedOffsetIsTheZones(name: String) throws {
        let zone = try #require(CivilZone(identifier: name))
        for (first, last) in [
            ("2026-03-05T00:00:00Z", "2026-04-08T00:00:00Z"),
            ("2026-10-01T00:00:00Z", "2026-11-03T00:00:00Z"),
        ] {
            let instants = try Array(stride(from: instant(first), to: instant(last), by: 900_000))
            var memory = OffsetMemory(zone: zone)
            for time in instants + instants.reversed() {
                #expect(memory.offsetSeconds(at: time) == zone.offsetSeconds(at: time))
            }
        }
    }

    @Test func unknownZonesAreNone() {
        #expect(CivilZone(identifier: "Europe/Atlantis") == nil)
        #expect(CivilZone.utc.offsetSeconds(at: 0) == 0)
    }
}

/// The calendar: every day of eight centuries follows the one before it.
struct CivilDateTests {
    @Test func daysFollowOneAnother() {
        var date = CivilDate(year: 1599, month: 12, day: 31)
        for day in date.daysSince1970..<date.daysSince1970 + 8 * 36_525 {
            let next = CivilDate(daysSince1970: day + 1)
            #expect(next.daysSince1970 == day + 1)
            #expect(date < next)
            #expect(next.isValid)
            #expect(next.day == date.day + 1 || next.day == 1)
            date = next
        }
    }

    @Test(arguments: [
        (2026, 2, 29), (2100, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0),
    ])
    func daysThatDoNotExist(year: Int, month: Int, day: Int) {
        #expect(!CivilDate(year: year, month: month, day: day).isValid)
    }

    @Test func monthsKeepTheDayWhereTheyCan() {
        let date = CivilDate(year: 2027, month: 12, day: 31)
        #expect(date.adding(months: 2) == CivilDate(year: 2028, month: 2, day: 29))
        #expect(date.adding(months: -1) == CivilDate(year: 2027, month: 11, day: 30))
        #expect(date.adding(months: -24) == CivilDate(year: 2025, month: 12, day: 31))
        #expect(date.adding(months: 1) == CivilDate(year: 2028, month: 1, day: 31))
    }
}
