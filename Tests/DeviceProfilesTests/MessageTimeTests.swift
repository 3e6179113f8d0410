import DeviceProfiles
import Telemetry
import Testing

/// Whose time a message has.
struct MessageTimeTests {
    /// 2026-03-12T07:15:45.787Z.
    private static let arrival = Decoded.arrival

    private func time(
        _ rule: String, _ value: String, arrival: Int64? = arrival
    ) throws -> Decoded {
        let set = try profileSet(
            profileText(
                extra: "time: { from: $.t, \(rule) }",
                readings: "  - { metric: m, from: $.v, unit: W, kind: gauge }"))
        return try Decoded(set, "{\"v\":1,\"t\":\(value)}", arrival: arrival)
    }

    @Test(arguments: [
        ("epoch: s", "1773299740", 1_773_299_740_000),
        ("epoch: s", "1773299740.62", 1_773_299_740_620),
        ("epoch: s", "\"1773299740\"", 1_773_299_740_000),
        ("epoch: s", "1773299740.6209999999999999999", 1_773_299_740_621),
        ("epoch: ms", "1773299740123", 1_773_299_740_123),
        ("epoch: us", "1773299740123999", 1_773_299_740_123),
        ("epoch: ns", "1773299740123456789", 1_773_299_740_123),
        ("iso: true, zone: required", "\"2026-03-12T08:15:40+01:00\"", 1_773_299_740_000),
        ("iso: true, zone: required", "\"2026-03-12T08:15:40\\u002b01:00\"", 1_773_299_740_000),
        ("iso: true, zone: Europe/Paris", "\"2026-03-12T08:15:40\"", 1_773_299_740_000),
        ("iso: true, zone: Europe/Paris", "\"2026-03-12T07:15:40Z\"", 1_773_299_740_000),
        ("epoch: s, max_future: 10m", "1773300345", 1_773_300_345_000),
        ("epoch: s", "1000000000", 1_000_000_000_000),
    ])
    func devicesTimes(rule: String, value: String, expected: Int64) throws {
        let decoded = try time(rule, value)
        #expect(decoded.time == expected && decoded.quality == .deviceTime)
        #expect(decoded.values == [0: "1"])
    }

    @Test(arguments: [
        ("epoch: s", "null"), ("epoch: s", "true"), ("epoch: s", "\"noon\""), ("epoch: s", "-1"),
        ("epoch: s", "67"), ("epoch: s", "-2147483648"), ("epoch: s", "32503680000"),
        ("epoch: s", "1e300"), ("epoch: s", "9223372036854775807"), ("epoch: s", "1773300346"),
        ("epoch: s", "1773299740123"), ("epoch: ms", "1773299740"),
        ("epoch: s, max_past: 1h", "1773296145"),
        ("epoch: s", "\"2026-03-12T08:15:40Z\""), ("iso: true, zone: required", "1773299740"),
        ("iso: true, zone: required", "\"2026-03-12T08:15:40\""),
        ("iso: true, zone: Europe/Paris", "\"1970-01-01T00:01:07\""), ("epoch: s", "{}"),
        ("iso: true, zone: required, max_past: 7d", "\"2026-03-05T07:15:45Z\""),
    ])
    func replacedTimes(rule: String, value: String) throws {
        let decoded = try time(rule, value)
        #expect(decoded.time == Self.arrival && decoded.quality == .timeReplaced)
        #expect(decoded.values == [0: "1"])
    }

    @Test func withoutRuleTheArrivalCounts() throws {
        let set = try profileSet(
            profileText(readings: "  - { metric: m, from: $.v, unit: W, kind: gauge }"))
        let decoded = try Decoded(set, #"{"v":1,"t":5}"#)
        #expect(decoded.time == Self.arrival && decoded.quality == [])
    }

    /// While nobody knows when a message arrived, its device's time stands with the limits that it
    /// must be asked later; what can never be true is none.
    @Test func aTimeWithoutAnArrivalIsAskedLater() throws {
        let ahead = try time("epoch: s, max_past: 7d", "4102444800", arrival: nil)
        #expect(ahead.time == 4_102_444_800_000 && ahead.quality == .deviceTime)
        #expect(ahead.timeLimits == TimeLimits(futureMax: 600_000, pastMax: 7 * 86_400_000))
        #expect(!ahead.timeLimits.allow(ahead.time, arrival: Self.arrival))
        #expect(ahead.timeLimits.allow(Self.arrival - 7 * 86_400_000, arrival: Self.arrival))
        #expect(!ahead.timeLimits.allow(Self.arrival - 7 * 86_400_001, arrival: Self.arrival))
        let never = try time("epoch: s", "67", arrival: nil)
        #expect(never.time == 0 && never.quality == .timeReplaced)
        let repeated = try time(
            "iso: true, zone: Europe/Paris", "\"2026-10-25T02:30:00\"", arrival: nil)
        #expect(rfc3339(repeated.time, offsetSeconds: 0) == "2026-10-25T00:30:00Z")
    }

    /// A time that the clocks show twice is the one nearer to the arrival; as far from both, the
    /// first. A message that comes a day late says the second.
    @Test(arguments: [
        ("2026-10-25", "2026-10-25T00:31:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25", "2026-10-25T01:00:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25", "2026-10-25T01:20:00Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25", "2026-10-25T01:31:00Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25", "2026-10-26T08:00:00Z", "2026-10-25T01:30:00Z"),
        ("2027-10-31", "2027-10-31T00:31:00Z", "2027-10-31T00:30:00Z"),
        ("2027-10-31", "2027-10-31T01:00:00Z", "2027-10-31T00:30:00Z"),
        ("2027-10-31", "2027-10-31T01:31:00Z", "2027-10-31T01:30:00Z"),
    ])
    func repeatedHour(day: String, arrival: String, expected: String) throws {
        let bytes = Array(arrival.utf8)
        let instant = parseRFC3339(bytes.span)
        let decoded = try time(
            "iso: true, zone: Europe/Paris", "\"\(day)T02:30:00\"",
            arrival: instant)
        #expect(rfc3339(decoded.time, offsetSeconds: 0) == expected)
        #expect(decoded.quality == .deviceTime)
    }

    /// The clocks of Paris: a time that does not exist, and the hours around it.
    @Test func clockChanges() throws {
        let rule = "iso: true, zone: Europe/Paris"
        func instant(_ text: String) throws -> Int64 {
            let bytes = Array(text.utf8)
            let instant = parseRFC3339(bytes.span)
            return try #require(instant)
        }
        let spring = try instant("2026-03-29T01:40:00Z")
        let skipped = try time(rule, "\"2026-03-29T02:30:00\"", arrival: spring)
        #expect(rfc3339(skipped.time, offsetSeconds: 0) == "2026-03-29T01:30:00Z")
        for (local, utc) in [
            ("2026-03-29T01:59:59", "2026-03-29T00:59:59Z"),
            ("2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
            ("2026-10-25T01:59:59", "2026-10-24T23:59:59Z"),
            ("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
        ] {
            let decoded = try time(rule, "\"\(local)\"", arrival: try instant(utc))
            #expect(rfc3339(decoded.time, offsetSeconds: 0) == utc)
        }
    }
}
