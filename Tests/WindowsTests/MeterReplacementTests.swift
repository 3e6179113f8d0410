import NaiveModel
import Telemetry
import Testing
import Windows

/// A meter that was replaced: consumption is the sum over the meters.
struct MeterReplacementTests {
    /// Readings cut anyhow into windows, whose increases are those of each meter's own readings
    /// with the index that was read off at its end or beginning.
    @Test func metersAddUp() {
        var random = SplitMix64(seed: 0x5eed_0031)
        for round in 0..<150 {
            let readings = randomReadings(
                40, kind: .counter, from: 0, hasTies: false, using: &random)
            let cuts = Set((0..<3).map { _ in Int.random(in: 1..<40, using: &random) }).sorted()
            let replacements = cuts.map {
                MeterReplacement(
                    time: readings[$0].time
                        - Int64.random(
                            in: 0..<(readings[$0].time - readings[$0 - 1].time), using: &random),
                    oldIndex: raised(max(readings[$0 - 1].value, readings[max(0, $0 - 2)].value)),
                    newIndex: readings[$0].value)
            }
            let expected = meters(readings, replacements).map {
                NaiveStatistics(of: $0, kind: .counter)
            }
            let rule = WindowRule(.counter, replacements: replacements)
            let windows = WindowFolding.windows(of: readings[...], rule: rule, step: 0)
            for longer in [1, 50_000, 1 << 40] as [Int64] {
                let coarse = WindowFolding.coarsened(windows, rule: rule) {
                    windowStart(of: $0, step: longer)
                }
                let joined = WindowFolding.coarsened(coarse, rule: rule) { _ in 0 }
                #expect(
                    joined.map { NaiveStatistics(of: $0, kind: .counter).increase }
                        == [expected.reduce(0) { $0 + ($1.increase ?? 0) }],
                    "seed 0x5eed0031, round \(round), window \(longer)")
                #expect(
                    joined.map(\.resets) == [expected.reduce(0) { $0 + ($1.resets ?? 0) }],
                    "seed 0x5eed0031, round \(round), window \(longer)")
            }
        }
    }

    /// The meter went on a little after its last reading.
    private func raised(_ value: Value) -> Value {
        Value(value.bits + 3, scale: value.scale)
    }

    /// Each meter's readings, the old one's with what was read off at the end.
    private func meters(
        _ readings: [Reading], _ replacements: [MeterReplacement]
    ) -> [[Reading]] {
        let bounds = [Int64.min] + replacements.map(\.time) + [.max]
        return zip(bounds, bounds.dropFirst()).map { begin, end in
            var own = readings.filter { begin <= $0.time && $0.time < end }
            if let replacement = replacements.first(where: { $0.time == end }) {
                own.append(Reading(series: 0, time: end, value: replacement.oldIndex))
            }
            return own
        }
    }

    /// What was settled before anybody knew of the replacement is derived anew when it is read.
    @Test(arguments: [(0, "1102", 1), (1, "107", 0), (30_000, "107", 0), (30_001, "1102", 1)])
    func settledWindowsAreDerivedAnew(time: Int64, increase: String, resets: Int64) {
        let readings = [4000, 4100, 1000, 1002].enumerated().map { index, total in
            Reading(series: 0, time: Int64(index) * 10_000, value: Value(Int64(total)))
        }
        var window = WindowFolding.windows(
            of: readings[...], rule: WindowRule(.counter), step: 60_000)[0]
        let replacement = MeterReplacement(
            time: time, oldIndex: Value(4103), newIndex: Value(998))
        window.allowForReplacements(WindowRule(.counter, replacements: [replacement]))
        #expect(window.increase.description == increase)
        #expect(window.resets == resets)
    }

    /// A fault that is the last reading before a replacement is judged by the old meter's index.
    @Test func aFaultBeforeAReplacementIsOne() {
        let readings = [(10_000, 719), (70_000, 0), (130_000, 63), (190_000, 70)].map {
            Reading(series: 0, time: $0.0, value: Value($0.1))
        }
        let rule = WindowRule(
            .counter,
            replacements: [
                MeterReplacement(time: 100_000, oldIndex: Value(732), newIndex: Value(61))
            ])
        let windows = WindowFolding.windows(
            of: readings[...], rule: WindowRule(.counter), step: 60_000)
        for step in [60_000, 120_000, 180_000, 1 << 40] as [Int64] {
            for offset in [0, 60_000] as [Int64] {
                let coarse = WindowFolding.coarsened(windows, rule: rule) {
                    windowStart(of: $0 + offset, step: step)
                }
                let joined = WindowFolding.coarsened(coarse, rule: rule) { _ in 0 }
                #expect(
                    joined.map(\.increase.description) == ["22"], "step \(step), \(offset)")
                #expect(joined.map(\.resets) == [0], "step \(step), \(offset)")
            }
        }
    }

    /// A fall that was in doubt is explained by the replacement.
    @Test func replacementsEndDoubts() {
        let readings = [(10_000, 4100), (70_000, 0), (80_000, 9000)].map { time, total in
            Reading(series: 0, time: time, value: Value(total))
        }
        let replacement = MeterReplacement(
            time: 70_000, oldIndex: Value(4103), newIndex: Value(0))
        let rule = WindowRule(.counter, replacements: [replacement])
        for step in [0, 60_000, 75_000, 100_000] as [Int64] {
            var windows = WindowFolding.windows(
                of: readings[...], rule: WindowRule(.counter), step: step)
            for index in windows.indices { windows[index].allowForReplacements(rule) }
            let joined = WindowFolding.coarsened(windows, rule: rule) { _ in 0 }
            #expect(joined.map(\.increase.description) == ["9003"], "step \(step)")
            #expect(joined.map(\.resets) == [0], "step \(step)")
        }
    }
}
