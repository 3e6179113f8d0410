import NaiveModel
import Telemetry
import Testing
import Windows

/// Windows say what the readings say, however the readings were cut into windows and joined.
struct WindowTests {
    /// Rounds of each property and kind.
    private static let rounds = 150

    private func statistics(_ windows: [Window], _ kind: MetricKind) -> [Int64: NaiveStatistics] {
        Dictionary(
            uniqueKeysWithValues: windows.map { ($0.start, NaiveStatistics(of: $0, kind: kind)) })
    }

    private func naive(
        _ readings: [Reading], _ kind: MetricKind, step: Int64
    ) -> [Int64: NaiveStatistics] {
        let start = { (time: Int64) in
            step == 0 ? time : Int64((Double(time) / Double(step)).rounded(.down)) * step
        }
        return Dictionary(grouping: readings) { start($0.time) }
            .mapValues { NaiveStatistics(of: $0, kind: kind) }
    }

    @Test(arguments: MetricKind.allCases, [0, 60_000, 900_000, 3_600_000])
    func windowsAreTheStatisticsOfTheirReadings(kind: MetricKind, step: Int64) {
        var random = SplitMix64(seed: 0x5eed_0022)
        for round in 0..<Self.rounds {
            let readings = randomReadings(
                Int.random(in: 1...60, using: &random), kind: kind, from: -1_000_000,
                using: &random)
            let windows = WindowFolding.windows(
                of: readings[...], rule: WindowRule(kind), step: step)
            #expect(windows.map(\.start) == windows.map(\.start).sorted())
            #expect(
                statistics(windows, kind) == naive(readings, kind, step: step),
                "seed 0x5eed0022, round \(round)")
        }
    }

    /// Minutes make quarter hours, quarter hours make hours: the same as from the readings.
    @Test(arguments: MetricKind.allCases)
    func longWindowsFromShortOnes(kind: MetricKind) {
        var random = SplitMix64(seed: 0x5eed_0023)
        for round in 0..<Self.rounds {
            let readings = randomReadings(80, kind: kind, from: -2_000_000, using: &random)
            var windows = WindowFolding.windows(
                of: readings[...], rule: WindowRule(kind), step: 60_000)
            for step in [900_000, 3_600_000] as [Int64] {
                windows = WindowFolding.coarsened(windows, rule: WindowRule(kind)) {
                    windowStart(of: $0, step: step)
                }
                #expect(
                    statistics(windows, kind) == naive(readings, kind, step: step),
                    "seed 0x5eed0023, round \(round), step \(step)")
            }
        }
    }

    /// Parts that do not interleave join exactly, in whatever order they are joined as long as
    /// each borders on what is there.
    @Test(arguments: MetricKind.allCases)
    func partsJoinExactly(kind: MetricKind) {
        var random = SplitMix64(seed: 0x5eed_0024)
        for round in 0..<Self.rounds {
            let readings = randomReadings(
                30, kind: kind, from: 0, hasTies: false, using: &random)
            var parts = randomCuts(readings, using: &random).map { part(Array($0), kind) }
            while parts.count > 1 {
                let index = Int.random(in: 0..<(parts.count - 1), using: &random)
                if Bool.random(using: &random) {
                    parts[index].join(parts[index + 1], rule: WindowRule(kind))
                    parts.remove(at: index + 1)
                } else {
                    parts[index + 1].join(parts[index], rule: WindowRule(kind))
                    parts.remove(at: index)
                }
            }
            #expect(
                parts.map { NaiveStatistics(of: $0, kind: kind) }
                    == [NaiveStatistics(of: readings, kind: kind)],
                "seed 0x5eed0024, round \(round)")
        }
    }

    /// Parts that interleave, as late readings do, join in any order to the same count, sum,
    /// extremes, first and last.
    @Test(arguments: MetricKind.allCases)
    func lateReadingsCount(kind: MetricKind) {
        var random = SplitMix64(seed: 0x5eed_0025)
        for round in 0..<Self.rounds {
            let readings = randomReadings(
                30, kind: kind, from: 0, hasTies: false, using: &random)
            var groups = [[Reading]](repeating: [], count: 5)
            for reading in readings {
                groups[Int.random(in: 0..<5, using: &random)].append(reading)
            }
            let parts = groups.filter { !$0.isEmpty }.shuffled(using: &random)
                .map { part($0, kind) }
            let joined = WindowFolding.joined(parts, rule: WindowRule(kind))
            #expect(
                joined.map { NaiveStatistics(of: $0, kind: kind).withoutOrder }
                    == [NaiveStatistics(of: readings, kind: kind).withoutOrder],
                "seed 0x5eed0025, round \(round)")
        }
    }

    @Test(arguments: MetricKind.allCases)
    func lateReadingsAreMarked(kind: MetricKind) {
        var late = Reading(series: 0, time: 30, value: Value(1), quality: .late)
        var window = Window(
            Reading(series: 0, time: 10, value: Value(1)), start: 0, kind: kind)
        #expect(window.lateCount == 0 && window.revision == 0)
        var addition = Window(late, start: 0, kind: kind)
        late.time = 40
        addition.append(late, rule: WindowRule(kind))
        window.join(addition, rule: WindowRule(kind))
        #expect(window.lateCount == 2 && window.revision == 1)
        late.time = 5
        window.join(Window(late, start: 0, kind: kind), rule: WindowRule(kind))
        #expect(window.lateCount == 3 && window.revision == 2)
        #expect(window.count == 4)
    }

    /// A device that fell silent does not keep its state for ever.
    @Test func holdingEndsAfterAnHour() {
        let readings = [0, 600_000, 10_000_000].map {
            Reading(series: 0, time: $0, value: Value(7))
        }
        let window = part(readings, .state)
        #expect(window.durations == [.init(state: 7, milliseconds: 600_000 + 3_600_000)])
        #expect(window.transitions == 0)
        #expect(part(readings, .steppedGauge).covered == 4_200_000)
    }

    private func part(_ readings: [Reading], _ kind: MetricKind) -> Window {
        var window = Window(readings[0], start: 0, kind: kind)
        for reading in readings.dropFirst() { window.append(reading, rule: WindowRule(kind)) }
        return window
    }
}

/// Readings cut into one to five pieces.
func randomCuts(
    _ readings: [Reading], using random: inout SplitMix64
) -> [ArraySlice<Reading>] {
    var cuts = [0, readings.count]
    for _ in 0..<4 { cuts.append(Int.random(in: 0...readings.count, using: &random)) }
    cuts.sort()
    return zip(cuts, cuts.dropFirst()).map { readings[$0..<$1] }.filter { !$0.isEmpty }
}
