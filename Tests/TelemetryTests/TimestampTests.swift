import Telemetry
import Testing

/// Times as text, in and out.
struct TimestampTests {
    private func parse(_ text: String) -> Int64? {
        parseRFC3339(Array(text.utf8).span)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-03-12T07:15:45.787Z", 1_773_299_745_787),
        ("2025-10-15T19:10:58+02:00", 1_760_548_258_000),
        ("2025-10-15t17:10:58z", 1_760_548_258_000),
        ("2025-10-15 14:10:58-0300", 1_760_548_258_000), ("1969-12-31T23:59:59.999Z", -1),
        ("2000-02-29T12:00:00.1234567Z", 951_825_600_123),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func readsInstants(text: String, milliseconds: Int64) {
        #expect(parse(text) == milliseconds)
    }

    /// The leap second is the first instant after it, and exists at 23:59 UTC only.
    @Test func leapSecond() {
        let next = parse("2017-01-01T00:00:00Z")
        #expect(parse("2016-12-31T23:59:60Z") == next)
        #expect(parse("2017-01-01T00:59:60+01:00") == next)
        #expect(parse("2016-12-31T23:59:60+01:00") == nil)
        #expect(parse("2016-12-31T23:58:60Z") == nil)
    }

    @Test(arguments: [
        "", "2026-03-12", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-03-12T24:00:00Z", "2026-03-12T07:60:00Z", "2026-03-12T07:15:61Z",
        "2026-03-12T07:15:45.Z", "2026-03-12T07:15:45", "2026-03-12T07:15:45+2",
        "2026-03-12T07:15Z",
        "2026-03-12T07:15:45Z ", "2026-03-12T07:15:45+24:00", "2026-03-12T07:15:45+02:0",
        "2026-3-12T07:15:45Z", "２０２６-03-12T07:15:45Z", "+026-03-12T07:15:45Z",
    ])
    func refusesAllElse(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func localTimeHasNoInstant() throws {
        let text = Array("2018-08-19T16:04:50".utf8)
        let parsed = CivilTimestamp(parsing: text.span)
        let time = try #require(parsed)
        #expect(time.offsetSeconds == nil && time.instant == nil)
        #expect(time.wallClock == 1_534_694_690_000)
    }

    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00Z"), (1_773_299_745_787, 3600, "2026-03-12T08:15:45.787+01:00"),
        (1_773_299_745_700, -12_600, "2026-03-12T03:45:45.7-03:30"),
        (-1, 0, "1969-12-31T23:59:59.999Z"), (1_773_299_745_050, 0, "2026-03-12T07:15:45.05Z"),
    ])
    func printsInstants(milliseconds: Int64, offset: Int, text: String) {
        #expect(rfc3339(milliseconds, offsetSeconds: offset) == text)
    }

    /// Any instant of the years 0 to 9999 reads back from its text, at any offset.
    @Test func roundTrip() {
        var random = SplitMix64(seed: 0x5eed_0003)
        for _ in 0..<20_000 {
            let instant = Int64.random(
                in: -62_000_000_000_000...253_000_000_000_000, using: &random)
            // Clocks before standard time differed by seconds, which the format cannot say.
            let isWhole = random.next() % 2 == 0
            let seconds = Int.random(in: -14 * 3_600...14 * 3_600, using: &random)
            let offset = isWhole ? seconds / 60 * 60 : seconds
            let text = rfc3339(instant, offsetSeconds: offset)
            #expect(parse(text) == instant, "seed 0x5eed0003: \(text)")
        }
    }
}

struct DurationParsingTests {
    @Test(arguments: [
        ("30s", 30_000), ("15m", 900_000), ("1h", 3_600_000), ("7d", 604_800_000),
        ("4w", 2_419_200_000), ("0s", 0),
    ])
    func readsFixedLengths(text: String, milliseconds: Int64) {
        #expect(parseDuration(text) == milliseconds)
    }

    @Test(arguments: [
        "", "s", "10", "6mo", "1y", "-5m", "+5m", "1.5h", " 1h", "1 h", "1H",
        "9223372036854775807w", "99999999999999999999s", "٣m",
    ])
    func refusesAllElse(text: String) {
        #expect(parseDuration(text) == nil)
    }
}
