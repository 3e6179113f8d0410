import SeriesQuery
import Telemetry
import Testing

/// Times as people write them, on the day after the clocks changed.
struct TimeExpressionTests {
    private static func instant(_ text: String) -> Int64? {
        parseRFC3339(Array(text.utf8).span)
    }

    private func read(_ text: String, now: String) throws -> Int64? {
        TimeExpression.instant(
            text, now: try #require(Self.instant(now)), zone: .paris)
    }

    @Test(arguments: [
        ("now", "2026-03-30T10:20:30+02:00"), ("today", "2026-03-30T00:00:00+02:00"),
        ("yesterday", "2026-03-29T00:00:00+01:00"), ("now-36h", "2026-03-28T21:20:30+01:00"),
        ("now-1d", "2026-03-29T10:20:30+02:00"), ("now+15m", "2026-03-30T10:35:30+02:00"),
        ("now-1mo", "2026-02-28T10:20:30+01:00"), ("now-1y", "2025-03-30T10:20:30+02:00"),
        ("now-7d", "2026-03-23T09:20:30+01:00"),
        ("2026-03-29", "2026-03-29T00:00:00+01:00"),
        ("2026-03-29 14:05", "2026-03-29T14:05:00+02:00"),
        ("2026-03-29T14:05", "2026-03-29T14:05:00+02:00"),
        ("2026-03-29 14:05:09", "2026-03-29T14:05:09+02:00"),
        ("2026-03-29 02:30", "2026-03-29T03:00:00+02:00"),
        ("2026-10-25 02:30", "2026-10-25T02:30:00+02:00"),
        ("2026-03-29T14:05:09.5Z", "2026-03-29T14:05:09.5Z"),
        ("1774746000500", "2026-03-29T01:00:00.5Z"),
    ])
    func readsTimes(text: String, expected: String) throws {
        let found = try read(text, now: "2026-03-30T10:20:30+02:00")
        #expect(found == Self.instant(expected), "\(text)")
    }

    /// Instants by hand, in zones that change their clocks by an hour and by half of one.
    @Test(arguments: [
        ("Europe/Paris", "2026-03-29 01:59:59", ["2026-03-29T00:59:59Z"]),
        (
            "Europe/Paris", "2026-03-29 02:00",
            ["2026-03-29T01:00:00Z", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"]
        ),
        (
            "Europe/Paris", "2026-03-29 02:30",
            ["2026-03-29T01:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]
        ),
        ("Europe/Paris", "2026-03-29 03:00", ["2026-03-29T01:00:00Z"]),
        ("Europe/Paris", "2026-10-25 01:59:59", ["2026-10-24T23:59:59Z"]),
        ("Europe/Paris", "2026-10-25 02:00", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]),
        ("Europe/Paris", "2026-10-25 02:59:59", ["2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"]),
        ("Europe/Paris", "2026-10-25 03:00", ["2026-10-25T02:00:00Z"]),
        ("Europe/Paris", "2026-10-25", ["2026-10-24T22:00:00Z"]),
        ("Europe/Paris", "2026-10-25T02:30:00+01:00", ["2026-10-25T01:30:00Z"]),
        ("Indian/Reunion", "2026-10-25 02:30", ["2026-10-24T22:30:00Z"]),
        (
            "Australia/Lord_Howe", "2026-04-05 01:45",
            ["2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"]
        ),
    ])
    func knowsWhatTheClocksShowed(zone: String, text: String, instants: [String]) throws {
        let expected = try instants.map { try #require(Self.instant($0)) }
        let zone = try #require(CivilZone(identifier: zone))
        let time = try #require(TimeExpression.clockTime(text, now: 0, zone: zone))
        switch time {
        case .once(let instant): #expect([instant] == expected)
        case .twice(let first, let second): #expect([first, second] == expected)
        case .never(let change, let earlier, let later):
            #expect([change, earlier, later] == expected)
        }
        #expect(time.instant == expected[0])
    }

    @Test(arguments: [
        "", "tomorrow", "now-", "now36h", "now-36", "now-1.5h", "now--1h", "2026-3-29",
        "2026-02-29", "29/03/2026", "2026-03-29 24:00", "2026-03-29 14", "2026-03-29 14:5",
        "2026-03-29 14:05:61", "2026-03-29 14:05 CET", "+026-03-29",
        "2026-03-29 +1:30", "2026-+3-29", "99999999999999999999", "12:30",
        // Behind the year 9999, before the year 1, and beyond 64 bits.
        "now+106751991167d", "now-106751991167d", "253402300800000", "-62135596800001", "now-3000y",
    ])
    func refusesAllElse(text: String) throws {
        #expect(try read(text, now: "2026-03-30T10:20:30+02:00") == nil)
    }
}
