import Foundation
import GRDB
import NaiveModel
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import SeriesStore

/// A compaction of many short transactions: whatever comes between two of them, each window is read
/// once.
struct CompactionTests {
    private let folder: TemporaryFolder
    private static let seriesCount = 6
    private static let limit = 30

    init() throws { folder = try TemporaryFolder() }

    /// What a window says.
    private struct Line: Equatable {
        let tier: Tier
        let series: SeriesID
        let start: Int64
        let lateCount: Int64
        let statistics: NaiveStatistics
    }

    /// All windows of all series and tiers.
    private func lines(_ folder: TemporaryFolder) throws -> [Line] {
        var lines: [Line] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            for tier in Tier.allCases {
                let all = snapshot.catalogue.entries.indices.map { SeriesID($0) }
                try snapshot.forEachSeries(
                    all, tier: tier, from: .min, to: .max, withPreceding: false
                ) { series, windows in
                    let kind = snapshot.catalogue.entries[Int(series)].descriptor.kind
                    lines += windows.map { window in
                        Line(
                            tier: tier, series: series, start: window.start,
                            lateCount: window.lateCount,
                            statistics: NaiveStatistics(of: window, kind: kind))
                    }
                }
            }
        }
        return lines
    }

    /// Where two stores do not say the same.
    private func difference(_ one: TemporaryFolder, _ other: TemporaryFolder) throws -> String? {
        let (one, other) = (try lines(one), try lines(other))
        if let (one, other) = zip(one, other).first(where: { $0 != $1 }) {
            return "\(one) and \(other)"
        }
        return one.count == other.count ? nil : "\(one.count) and \(other.count) windows"
    }

    /// Commits and settles 40 readings of each series; of kinds that do not depend on order, every
    /// third time, late ones of windows that are there.
    private func addRound(
        _ round: Int, to writer: StoreWriter, _ random: inout SplitMix64
    ) throws {
        let days: Int64 = 4 * 86_400_000
        let time = springEve + Int64(round) * days
        for (index, kind) in (0..<Self.seriesCount).map({ ($0, MetricKind.allCases[$0 % 5]) }) {
            let series = try writer.intern("metric_\(index)", kind)
            let isLate = round % 3 == 2 && [.gauge, .amount].contains(kind)
            let readings = randomReadings(
                40, of: series, kind: kind, from: isLate ? time - days : time, using: &random)
            try writer.commit(readings, time: time)
        }
        try writer.settle(now: time + days)
    }

    private func round(_ round: Int, _ writers: [StoreWriter], _ seed: UInt64) throws {
        for writer in writers {
            var random = SplitMix64(seed: seed &+ UInt64(round))
            try addRound(round, to: writer, &random)
        }
    }

    /// Beside a store that compacts at once: cut off, gone on with, with commits in between.
    @Test(arguments: [0x5eed_0071, 0x5eed_0072, 0x5eed_0073] as [UInt64])
    func eachTransactionLeavesTheAnswer(seed: UInt64) throws {
        let other = try TemporaryFolder()
        let whole = try other.writer()
        var writer: StoreWriter? = try folder.writer(windowsToMove: Self.limit)
        var random = SplitMix64(seed: seed)
        var rounds = 0
        var steps = 0
        for _ in 0..<3 {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                try round(rounds, [whole, try #require(writer)], seed)
                rounds += 1
            }
            try whole.compact()
            var compaction = try writer?.compaction(shrinkingFirst: .random(using: &random))
            while var current = compaction, try writer?.advance(&current) == true {
                compaction = current
                steps += 1
                let difference = try difference(folder, other)
                try #require(difference == nil, "seed \(seed), step \(steps)")
                if Int.random(in: 0..<8, using: &random) == 0 {
                    writer = nil
                    writer = try folder.writer(windowsToMove: Self.limit)
                    compaction = try writer?.compaction()
                }
                if Int.random(in: 0..<16, using: &random) == 0 {
                    try round(rounds, [whole, try #require(writer)], seed)
                    rounds += 1
                }
            }
        }
        #expect(steps > 20)
        try writer?.compact()
        #expect(try writer?.waitingWindowCount() == 0)
        #expect(try difference(folder, other) == nil, "seed \(seed)")
    }

    /// What a transaction writes does not grow with what waits.
    @Test func eachTransactionIsShort() throws {
        let writer = try folder.writer(windowsToMove: Self.limit)
        for number in 0..<15 { try round(number, [writer], 0x5eed_0074) }
        let waiting = try writer.waitingWindowCount()
        try #require(waiting > 40 * Self.limit)
        var compaction = try writer.compaction()
        var largest = 0
        var moved = 0
        while true {
            let (before, movedBefore) = (writer.writtenWindowCount, moved)
            guard try writer.advance(&compaction) else { break }
            moved = compaction.movedCount
            largest = max(largest, writer.writtenWindowCount - before)
            #expect(moved - movedBefore <= 3 * Self.limit)
        }
        #expect(moved == waiting)
        // One series more than the limit, with its block that is not full and its longer tiers.
        #expect(largest < Self.limit + waiting / Self.seriesCount * 2)
        #expect(largest > 0)
    }

    /// What settles while a compaction is on its way is not taken for what was moved, even where
    /// the newest batch was set aside meanwhile.
    @Test func aNewBatchIsNoneThatWasMoved() throws {
        let writer = try folder.writer(windowsToMove: Self.limit)
        for number in 0..<4 { try round(number, [writer], 0x5eed_0075) }
        var compaction = try writer.compaction()
        for _ in 0..<5 { #expect(try writer.advance(&compaction)) }
        let mark = try #require(writer.compactionMark)
        #expect(mark.series > 0)
        try DatabaseQueue(path: folder.store).write { database in
            let bytes = Data([0])
            try database.execute(
                sql: "UPDATE batches SET block = ? WHERE id = ?", arguments: [bytes, mark.batch])
        }
        while writer.compactionMark?.batch == mark.batch { _ = try writer.advance(&compaction) }
        let time = (springEve + 1_000 * 86_400_000) / 60_000 * 60_000
        try writer.commit([Reading(series: 0, time: time, value: Value(77))], time: time)
        try writer.settle(now: time + 900_000)
        let newest = { try lines(folder).last { $0.tier == .base && $0.series == 0 } }
        let before = try newest()
        #expect(before?.start == time)
        while try writer.advance(&compaction) {}
        #expect(try newest() == before)
        try writer.compact()
        #expect(try newest() == before)
        #expect(try writer.waitingWindowCount() == 0)
    }
}
