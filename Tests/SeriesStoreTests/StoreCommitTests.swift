import NaiveModel
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import SeriesStore

/// Commit, settle, compact: readings move, answers stay.
struct StoreCommitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func windows(
        _ series: SeriesID, _ tier: Tier, from start: Int64 = .min, to end: Int64 = .max,
        withPreceding: Bool = false
    ) throws -> [Window] {
        var found: [Window] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            try snapshot.forEachSeries(
                [series], tier: tier, from: start, to: end, withPreceding: withPreceding
            ) { _, windows in found = windows }
        }
        return found
    }

    private func statistics() throws -> StoreStatistics {
        try StoreReader(path: folder.store).snapshot { try $0.statistics(path: folder.store) }
    }

    /// A committed reading is there, digit for digit, before anything else happens.
    @Test func readingsAreThereExactly() throws {
        let writer = try folder.writer()
        let series = try writer.intern("index", .gauge, step: 0)
        let values = [
            Value(Int64.max, scale: 18), Value(.min), Value(-1, scale: 3), Value(binary: 0.1),
            Value(binary: -.greatestFiniteMagnitude), Value(binary: .leastNonzeroMagnitude),
        ]
        let readings = values.enumerated().map { index, value in
            Reading(series: series, time: springEve + Int64(index) * 7, value: value)
        }
        try writer.commit(readings, time: springEve)
        for settling in [false, true] {
            if settling { try writer.settle(now: springEve + 86_400_000) }
            let found = try windows(series, .base)
            #expect(found.map(\.start) == readings.map(\.time))
            #expect(found.map(\.last.bits) == values.map(\.bits))
            #expect(found.map(\.last.scale) == values.map(\.scale))
        }
    }

    /// Once settled, no reading is in the file; what they said is.
    @Test(arguments: MetricKind.allCases)
    func settlingKeepsStatisticsOnly(kind: MetricKind) throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", kind)
        var random = SplitMix64(seed: 0x5eed_0040)
        let readings = randomReadings(300, kind: kind, from: springEve, using: &random)
        let end = readings[299].time
        try writer.commit(readings.shuffled(using: &random), time: end)
        #expect(try statistics().hotReadingCount == 300)
        let before = try answers(series, kind)
        try writer.settle(now: end + 660_000)
        #expect(try statistics().hotReadingCount == 0)
        #expect(try answers(series, kind) == before)
        try writer.compact()
        #expect(try statistics().waitingWindowCount == 0)
        #expect(try answers(series, kind) == before)
        let days = Set(readings.map { CivilZone.paris.startOfDay($0.time) })
        #expect(before[3].map(\.start) == days.sorted())
    }

    private func answers(_ series: SeriesID, _ kind: MetricKind) throws -> [[Answer]] {
        try Tier.allCases.map { tier in
            try windows(series, tier).map {
                Answer(start: $0.start, statistics: NaiveStatistics(of: $0, kind: kind))
            }
        }
    }

    private struct Answer: Equatable {
        let start: Int64
        let statistics: NaiveStatistics
    }

    /// Days have the hours that the clocks give them: a reading a minute makes 1380 and 1500.
    @Test(arguments: [(springEve, Int64(1380)), (autumnEve, Int64(1500))])
    func daysAreCivil(eve: Int64, minutes: Int64) throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .amount)
        let readings = (0..<(3 * 1440)).map {
            Reading(series: series, time: eve + Int64($0) * 60_000, value: Value(1))
        }
        try writer.commit(readings, time: eve)
        for _ in 0..<2 {
            let days = try windows(series, .day)
            #expect(days.count == 4)
            #expect(days[1].count == minutes && days[2].count == 1440)
            #expect(days[2].start - days[1].start == minutes * 60_000)
            try writer.settle(now: eve + 10 * 86_400_000)
            try writer.compact()
        }
    }

    /// The two windows before a range are found wherever they lie, and only these.
    @Test func precedingWindows() throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .counter)
        for minute in 0..<6 as Range<Int64> {
            try writer.commit(
                [Reading(series: series, time: minute * 60_000, value: Value(minute))],
                time: minute * 60_000)
            if minute == 1 || minute == 3 { try writer.settle(now: minute * 60_000 + 660_000) }
            if minute == 1 { try writer.compact() }
        }
        for from in 0..<8 as Range<Int64> {
            let found = try windows(
                series, .base, from: from * 60_000, to: 5 * 60_000, withPreceding: true)
            let inRange = found.map { $0.start / 60_000 }.filter { $0 >= from }
            #expect(inRange == (from < 5 ? Array(from..<5) : []))
            if (1..<5).contains(from) {
                let preceding = found.map { $0.start / 60_000 }.filter { $0 < from }
                #expect(preceding == Array(max(0, from - 2)..<from))
            }
            if from >= 5 { #expect(found.last?.start == 4 * 60_000 || from > 5) }
        }
    }

    /// What piled up is settled and compacted a bounded piece at a time, to the same end.
    @Test func boundedPasses() throws {
        let writer = try folder.writer(windowsToMove: 20)
        writer.settlingReadingsMax = 50
        var random = SplitMix64(seed: 0x5eed_0041)
        var all: [Reading] = []
        for index in 0..<9 {
            let series = try writer.intern("metric_\(index)", .steppedGauge)
            all += randomReadings(
                [1, 30, 200][index % 3], of: series, kind: .steppedGauge, from: springEve,
                using: &random)
        }
        for part in stride(from: 0, to: all.count, by: 40) {
            try writer.commit(Array(all[part..<min(part + 40, all.count)]), time: springEve)
        }
        try writer.settle(now: springEve + 100 * 86_400_000)
        try writer.compact()
        #expect(try statistics().hotReadingCount == 0)
        for series in 0..<9 as Range<SeriesID> {
            let readings = all.filter { $0.series == series }
            let days = Dictionary(grouping: readings) { CivilZone.paris.startOfDay($0.time) }
            let found = try windows(series, .day)
            #expect(found.map(\.start) == days.keys.sorted())
            for day in found {
                #expect(
                    NaiveStatistics(of: day, kind: .steppedGauge)
                        == NaiveStatistics(of: days[day.start] ?? [], kind: .steppedGauge))
            }
        }
    }

    /// More windows than a block holds: blocks follow one another without overlapping.
    @Test func manyBlocks() throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .amount, step: 0)
        let times = (0..<Int64(3 * BlockSize.full + 5)).map { $0 * 60_000 }
        var random = SplitMix64(seed: 0x5eed_0042)
        for part in times.shuffled(using: &random).chunked(by: 1500) {
            let readings = part.map { Reading(series: series, time: $0, value: Value($0)) }
            try writer.commit(readings, time: 0)
            try writer.settle(now: 1 << 50)
            try writer.compact()
        }
        #expect(try windows(series, .base).map(\.start) == times)
        for _ in 0..<50 {
            let bounds = [0, 1].map { _ in Int64.random(in: -9...400_000_000, using: &random) }
            let (from, to) = (bounds.min() ?? 0, bounds.max() ?? 0)
            #expect(
                try windows(series, .base, from: from, to: to).map(\.start)
                    == times.filter { $0 >= from && $0 < to })
        }
    }
}

extension Array {
    func chunked(by size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
