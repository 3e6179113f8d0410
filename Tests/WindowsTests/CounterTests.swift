import NaiveModel
import Telemetry
import Testing
import Windows

/// What a counter's fall means: a reset, or a roll-over.
struct CounterTests {
    /// Rounds of a property.
    private static let rounds = 150

    /// A fall is a reset: the meter began again at zero, what it shows it has counted since.
    @Test func countersFall() {
        let readings = [100, 150, 30, 30, 35].enumerated().map { index, total in
            Reading(series: 0, time: Int64(index) * 10_000, value: Value(Int64(total)))
        }
        let windows = WindowFolding.windows(
            of: readings[...], rule: WindowRule(.counter), step: 60_000)
        #expect(windows.map(\.increase.description) == ["85"])
        #expect(windows.map(\.resets) == [1])
    }

    /// A fall from the last tenth of the range to the first is a roll-over, and no other.
    @Test(arguments: [
        ("1000000", "999000", "40", "1040", 0), ("1000000", "900000", "100000", "200000", 0),
        ("1000000", "899999", "40", "40", 1), ("1000000", "999000", "100001", "100001", 1),
        ("1000000", "1000000", "40", "40", 1), ("1000000", "999000", "-1", "-1", 1),
        ("1000000", "999000", "0", "1000", 0), ("100000", "99999.875", "0.125", "0.25", 0),
        ("42949672.95", "42949672.9", "0.1", "0.15", 0), ("0.1", "0.09", "0.01", "0.02", 0),
        (
            "9223372036854775807", "9223372036854775806", "922337203685477580",
            "922337203685477581", 0
        ),
        (
            "9223372036854775807", "9223372036854775806", "922337203685477581",
            "922337203685477581", 1
        ),
        ("0.9", "0.81", "0.09", "0.18", 0), ("0.9", "0.809999999999999999", "0.09", "0.09", 1),
    ])
    func countersRollOver(
        modulus: String, earlier: String, later: String, increase: String, resets: Int64
    ) throws {
        func value(_ text: String) throws -> Value {
            let value = Value(parsing: Array(text.utf8).span)
            return try #require(value)
        }
        let rule = WindowRule(.counter, modulus: try value(modulus))
        // The third reading confirms the fall.
        let readings = try [earlier, later, later].enumerated().map { index, text in
            Reading(series: 0, time: Int64(index) * 10_000, value: try value(text))
        }
        let whole = WindowFolding.windows(of: readings[...], rule: rule, step: 60_000)
        #expect(whole.map(\.increase.description) == [increase])
        #expect(whole.map(\.resets) == [resets])
        // The same where the fall lies between two windows that are joined.
        let parts = WindowFolding.windows(of: readings[...], rule: rule, step: 0)
        let joined = WindowFolding.coarsened(parts, rule: rule) { _ in 0 }
        #expect(joined.map(\.increase) == whole.map(\.increase))
        #expect(joined.map(\.resets) == [resets])
        #expect(WindowRule(.gauge, modulus: try value(modulus)).modulus == nil)
    }

    /// Windows of any length, cut and joined in any way, hold what their readings hold.
    @Test func rollingCountersJoin() {
        let modulus: Int64 = 20_000
        let rule = WindowRule(.counter, modulus: Value(modulus))
        var random = SplitMix64(seed: 0x5eed_0026)
        var rollOvers = 0
        for round in 0..<Self.rounds {
            let readings = randomReadings(
                60, kind: .counter, from: 0, modulus: modulus, hasTies: false, using: &random)
            let expected = NaiveStatistics(
                of: readings, kind: .counter, modulus: Value(modulus))
            let resetsAlone = NaiveStatistics(of: readings, kind: .counter).resets ?? 0
            rollOvers += Int(resetsAlone - (expected.resets ?? 0))
            for step in [0, 10_000, 900_000] as [Int64] {
                let windows = WindowFolding.windows(of: readings[...], rule: rule, step: step)
                let joined = WindowFolding.coarsened(windows, rule: rule) { _ in 0 }
                #expect(
                    joined.map { NaiveStatistics(of: $0, kind: .counter) } == [expected],
                    "seed 0x5eed0026, round \(round), step \(step)")
            }
            let backwards = randomCuts(readings, using: &random).reversed()
                .map { WindowFolding.windows(of: $0, rule: rule, step: 1 << 40)[0] }
            #expect(
                WindowFolding.joined(Array(backwards), rule: rule)
                    .map { NaiveStatistics(of: $0, kind: .counter) } == [expected],
                "seed 0x5eed0026, round \(round)")
        }
        #expect(rollOvers > Self.rounds)
    }

    /// A fall is believed once the next reading confirms it, wherever windows begin and end.
    @Test(arguments: [
        ([100, 0, 101], "1", 0), ([100, 50, 100], "0", 0), ([100, 51, 100], "100", 1),
        ([100, 0, 99], "99", 1), ([100, 0], "0", 0), ([100, 0, 0], "0", 1),
        ([100, 0, 0, 101], "101", 1), ([100, 0, 101, 0, 102], "2", 0),
        ([5, 100, 0, 101, 3, 4], "100", 1), ([100, 40, 10, 41], "41", 1), ([0, 0, 7], "7", 0),
        ([100, 98], "98", 1), ([-5, -20, -4], "1", 0),
    ])
    func fallsAreConfirmed(totals: [Int64], increase: String, resets: Int64) {
        let rule = WindowRule(.counter)
        let readings = totals.enumerated().map { index, total in
            Reading(series: 0, time: Int64(index) * 10_000, value: Value(total))
        }
        for step in [0, 20_000, 30_000, 1_000_000] as [Int64] {
            let windows = WindowFolding.windows(of: readings[...], rule: rule, step: step)
            let joined = WindowFolding.coarsened(windows, rule: rule) { _ in 0 }
            #expect(joined.map(\.increase.description) == [increase], "step \(step)")
            #expect(joined.map(\.resets) == [resets], "step \(step)")
        }
    }
}
