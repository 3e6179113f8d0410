import Telemetry
import Testing

/// The paces at which intervals begin.
struct CivilStepTests {
    private func instant(_ text: String) throws -> Int64 {
        let parsed = parseRFC3339(Array(text.utf8).span)
        return try #require(parsed)
    }

    @Test(arguments: [
        ("30s", CivilStep.fixed(30_000)), ("15m", .fixed(900_000)), ("1h", .fixed(3_600_000)),
        ("6h", .fixed(21_600_000)), ("24h", .fixed(86_400_000)), ("1d", .days(1)),
        ("2w", .weeks(2)), ("6mo", .months(6)), ("1y", .months(12)),
        ("1d@06:00", .days(1, at: 21_600_000)), ("1w@00:30", .weeks(1, at: 1_800_000)),
        ("1mo@23:59", .months(1, at: 86_340_000)), ("1y@06:00", .months(12, at: 21_600_000)),
        ("1d@00:00", .days(1)),
    ])
    func readsSteps(text: String, step: CivilStep) {
        #expect(CivilStep(parsing: text) == step)
    }

    @Test(arguments: [
        "", "h", "0h", "-1h", "1.5h", "7m30s", "5h", "25h", "7m", "1M", "1 h", "٣h", "1000000d",
        "99999999999999999999s", "6h@06:00", "15m@00:15", "24h@06:00", "1d@", "1d@6:00", "1d@06",
        "1d@24:00", "1d@06:60", "1d@06:00:00", "1d@+6:00", "@06:00", "1d@06:00@06:00", "1d@٠٦:٠٠",
    ])
    func refusesAllElse(text: String) {
        #expect(CivilStep(parsing: text) == nil)
    }

    /// Intervals follow one another without a gap or an overlap, and each instant lies in the
    /// interval that begins at its start: around every change of the clocks, in each zone.
    @Test(
        arguments: [
            "1m", "15m", "1h", "2h", "3h", "6h", "12h", "1d", "7d", "1w", "1mo", "3mo", "1y",
            "1d@06:00", "3d@06:00", "1w@06:00", "1mo@06:00", "1y@06:00", "1d@02:30", "1d@01:45",
            "1d@23:30",
        ],
        [
            "Europe/Paris", "America/Miquelon", "Indian/Reunion", "Africa/Cairo", "UTC",
            "Australia/Lord_Howe", "America/Nuuk",
        ])
    func intervalsTileTime(text: String, name: String) throws {
        let zone = try #require(CivilZone(identifier: name))
        let step = try #require(CivilStep(parsing: text))
        var random = SplitMix64(seed: 0x5eed_0011)
        let changes = try [
            instant("2026-03-29T01:00:00Z"), instant("2026-10-25T01:00:00Z"),
            instant("2026-03-08T06:00:00Z"), instant("2026-04-23T22:00:00Z"),
            instant("2026-04-04T15:00:00Z"), instant("2026-10-03T15:30:00Z"),
        ]
        for change in changes {
            for _ in 0..<60 {
                let instant = change + Int64.random(in: -21_600_000...21_600_000, using: &random)
                let start = step.start(of: instant, zone: zone)
                let end = step.end(from: start, zone: zone)
                #expect(start <= instant && instant < end, "seed 0x5eed0011: \(instant)")
                #expect(step.start(of: start, zone: zone) == start, "seed 0x5eed0011: \(instant)")
                #expect(step.start(of: end, zone: zone) == end, "seed 0x5eed0011: \(instant)")
                #expect(step.start(of: end - 1, zone: zone) == start, "seed 0x5eed0011: \(instant)")
            }
        }
    }

    @Test(arguments: [
        ("6h", "2026-03-29T00:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        ("6h", "2026-10-25T00:00:00+02:00", "2026-10-25T06:00:00+01:00"),
        ("2h", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"),
        ("1d", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("1w", "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("1mo", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
        ("1y", "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"),
    ])
    func civilIntervals(text: String, start: String, end: String) throws {
        let step = try #require(CivilStep(parsing: text))
        let (start, end) = try (instant(start), instant(end))
        #expect(step.start(of: (start + end) / 2, zone: .paris) == start)
        #expect(step.end(from: start, zone: .paris) == end)
    }
}
