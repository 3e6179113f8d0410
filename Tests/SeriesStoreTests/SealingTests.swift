import Foundation
import GRDB
import NaiveModel
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import SeriesStore

/// Blocks that do not change any more are written as small as can be, and say the same.
struct SealingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func windows(_ series: SeriesID, _ tier: Tier = .base) throws -> [Window] {
        var found: [Window] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(try snapshot.verify() == [])
            try snapshot.forEachSeries(
                [series], tier: tier, from: .min, to: .max, withPreceding: false
            ) { found = $1 }
        }
        return found
    }

    private func texts(_ series: SeriesID) throws -> [String] {
        try windows(series).map { "\($0)" }
    }

    private struct BlockRow: Equatable {
        let windows: Int
        let isSealed: Bool
        let bytes: Int
    }

    private func blocks(_ series: SeriesID, _ tier: Tier = .base) throws -> [BlockRow] {
        try DatabaseQueue(path: folder.store).read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT windows, sealed, length(block) AS bytes FROM blocks
                    WHERE series = ? AND tier = ? ORDER BY first_start
                    """, arguments: [Int64(series), tier.rawValue]
            ).map { BlockRow(windows: $0["windows"], isSealed: $0["sealed"], bytes: $0["bytes"]) }
        }
    }

    /// What windows of a gauge say that blocks keep, but for when their last readings were.
    private func statistics(_ windows: [Window]) -> [String] {
        windows.map { window in
            var window = window
            (window.firstTime, window.lastTime, window.first) = (0, 0, Value(0))
            return "\(window)"
        }
    }

    private func noise(
        _ count: Int, of series: SeriesID, seed: UInt64, value: (Int64) -> Value
    ) -> [Reading] {
        var random = SplitMix64(seed: seed)
        return (0..<Int64(count)).map { index in
            Reading(
                series: series,
                time: springEve + index * 30_000 + Int64.random(in: 0..<29_000, using: &random),
                value: value(Int64.random(in: 0..<4_000, using: &random)))
        }
    }

    private func store(_ readings: [Reading], _ writer: StoreWriter) throws {
        for part in readings.chunked(by: 5_000) { try writer.commit(part, time: springEve) }
        try writer.settle(now: 1 << 50)
        try writer.compact()
    }

    private static let all: Int64 = 1 << 50

    /// Windows of several bytes: one block each, but for the newest full one and what follows it.
    @Test func fullBlocksAreSealedAndSayTheSame() throws {
        let writer = try folder.writer()
        let series = try writer.intern("gauge", .gauge)
        try store(
            noise(4 * 3 * BlockSize.full, of: series, seed: 1) { Value($0, scale: 2) }, writer)
        let (before, old) = (try windows(series), try blocks(series))
        try #require(old.count > 3)
        #expect(old.allSatisfy { !$0.isSealed && $0.windows <= BlockSize.full })
        try writer.compact(sealing: Self.all)
        let new = try blocks(series)
        #expect(statistics(try windows(series)) == statistics(before))
        #expect(new.map(\.windows) == old.map(\.windows))
        let newest = try #require(new.lastIndex { $0.windows == BlockSize.full })
        #expect(new.map(\.isSealed) == new.indices.map { $0 < newest })
        for (new, old) in zip(new, old).prefix(newest) {
            #expect(Double(new.bytes) < 0.9 * Double(old.bytes))
        }
        // Done is done: sealing again changes nothing.
        try writer.compact(sealing: Self.all)
        #expect(try blocks(series) == new)
    }

    /// Full blocks of few bytes become one: four at least, and of fewer bytes more. Those of less
    /// than a byte a window are read quickly to the end.
    @Test(arguments: [(false, 4), (true, 16)])
    func blocksOfFewBytesAreMerged(isRegular: Bool, merged: Int) throws {
        let writer = try folder.writer()
        let series = try writer.intern("raw", .gauge, step: 0)
        var readings = noise((2 * merged + 1) * BlockSize.full + 7, of: series, seed: 2) {
            Value($0 % 2)
        }
        if isRegular {
            for index in readings.indices {
                readings[index].time = springEve + Int64(index) * 30_000
            }
        }
        try store(readings, writer)
        let before = try texts(series)
        #expect(try blocks(series).map(\.windows).allSatisfy { $0 <= BlockSize.full })
        try writer.compact(sealing: Self.all)
        #expect(try texts(series) == before)
        let windows = merged * BlockSize.full
        let end = isRegular ? [BlockSize.full + 7] : [BlockSize.full, 7]
        #expect(try blocks(series).map(\.windows) == [windows, windows] + end)
    }

    /// The newest full block of a series is read most, and never sealed; of a silent one all else
    /// is, which takes what comes later all the same.
    @Test(arguments: [BlockSize.full + 100, 150])
    func theEndOfASilentSeriesIsSealed(count: Int) throws {
        let writer = try folder.writer()
        let series = try writer.intern("raw", .gauge, step: 0)
        let readings = noise(count, of: series, seed: 9) { Value($0 % 50) }
        try store(readings.dropLast(50), writer)
        try writer.compact(sealing: try #require(readings.dropLast(51).last?.time))
        #expect(try blocks(series).allSatisfy { !$0.isSealed })
        try writer.compact(sealing: Self.all)
        #expect(try blocks(series).map(\.isSealed) == (count == 150 ? [true] : [false, true]))
        try store(Array(readings.suffix(50)), writer)
        #expect(try windows(series).map(\.start) == readings.map(\.time))
    }

    /// What is younger than the time that is given is left alone.
    @Test func youngBlocksAreNotSealed() throws {
        let writer = try folder.writer()
        let series = try writer.intern("gauge", .gauge)
        try store(noise(4 * 3 * BlockSize.full, of: series, seed: 3) { Value($0) }, writer)
        let before = try texts(series)
        try writer.compact(sealing: springEve)
        #expect(try texts(series) == before)
        #expect(try blocks(series).allSatisfy { !$0.isSealed })
    }

    /// A reading that comes all the same counts, and leaves the last one of its window.
    @Test func aReadingThatComesAllTheSameCounts() throws {
        let writer = try folder.writer()
        let series = try writer.intern("gauge", .gauge)
        try store(noise(4 * 3 * BlockSize.full, of: series, seed: 4) { Value($0) }, writer)
        try writer.compact(sealing: Self.all)
        let before = try #require(try windows(series).first)
        try writer.commit(
            [Reading(series: series, time: before.start + 59_999, value: Value(-1))],
            time: springEve)
        try writer.settle(now: Self.all)
        try writer.compact(sealing: Self.all)
        let after = try #require(try windows(series).first)
        #expect(after.count == before.count + 1 && after.minimum == Value(-1))
        #expect(after.lateCount == before.lateCount + 1 && after.last == before.last)
    }

    /// Means that were printed with all their digits come back to the digit, sums too, and so do the
    /// few values between them that are none.
    @Test(arguments: [0, 60_000] as [Int64])
    func printedFractionsComeBackToTheDigit(step: Int64) throws {
        let writer = try folder.writer()
        let series = try writer.intern("mean", .gauge, step: step)
        let readings = noise(3_000, of: series, seed: 5) { number in
            if number % 100 == 0 { return Value(number * 1001 + 1, scale: 9) }
            let printed = String(format: "%.15g", Double(number * (number % 3 - 1)) / 60)
            return Value(parsing: Array(printed.utf8).span) ?? Value(0)
        }
        for part in readings.chunked(by: 1_000) { try writer.commit(part, time: springEve) }
        let before = try windows(series)
        try writer.settle(now: Self.all)
        try writer.compact()
        #expect(statistics(try windows(series)) == statistics(before))
        try writer.compact(sealing: Self.all)
        #expect(statistics(try windows(series)) == statistics(before))
        let bytes = try blocks(series).reduce(0) { $0 + $1.bytes }
        #expect(bytes < before.count * (step == 0 ? 4 : 9), "a double takes eight bytes")
    }

    /// How many bytes a window takes in sealed blocks, and that these say what was said before.
    private func bytesOfWindow(step: Int64, _ value: (Int64) -> Value) throws -> Double {
        let writer = try folder.writer()
        let series = try writer.intern("number", .gauge, step: step)
        try store(noise(12_000, of: series, seed: 7, value: value), writer)
        let before = statistics(try windows(series))
        try writer.compact(sealing: Self.all)
        #expect(statistics(try windows(series)) == before)
        let sealed = try blocks(series).filter(\.isSealed)
        return Double(sealed.reduce(0) { $0 + $1.bytes })
            / Double(sealed.reduce(0) { $0 + $1.windows })
    }

    /// A few readings with digits after the point do not give whole numbers all these digits, though
    /// many windows' sums have them.
    @Test(arguments: [(0, 4.5), (300_000, 10)] as [(Int64, Double)])
    func fewDecimalsAmongWholeNumbers(step: Int64, limit: Double) throws {
        let bytes = try bytesOfWindow(step: step) { number in
            number % 50 == 0 ? Value(number * 10_000 + 2_856, scale: 4) : Value(number)
        }
        #expect(bytes < limit)
    }

    /// Whole numbers times some factor, in five decimals.
    @Test(arguments: [(0, 4), (60_000, 7)] as [(Int64, Double)])
    func multiplesOfAFractionAreWholeNumbers(step: Int64, limit: Double) throws {
        let bytes = try bytesOfWindow(step: step) { number in
            Value(parsing: Array(String(format: "%.5f", Double(number * 240) / 79).utf8).span)
                ?? Value(0)
        }
        #expect(bytes < limit)
    }

    /// Nobody waits for a series of few windows to be read whole.
    @Test func aSeriesOfFewWindowsHasNoLongerTier() throws {
        var pace = StorePace()
        pace.windowsWithoutTiers = 4_000
        let writer = try StoreWriter(path: folder.store, isManaged: true, pace: pace)
        let series = try writer.intern("gauge", .gauge)
        let readings = noise(9_000, of: series, seed: 10) { Value($0) }
        try store(Array(readings.prefix(7_900)), writer)
        #expect(try blocks(series, .hour).isEmpty)
        try store(Array(readings.dropFirst(7_900)), writer)
        #expect(try !blocks(series, .hour).isEmpty)
        #expect(try windows(series, .hour).reduce(0) { $0 + $1.count } == 9_000)
    }

    /// Longer tiers are there from the first window on, or not at all.
    @Test func aTierIsWholeOrAbsent() throws {
        let writer = try folder.writer()
        let idle = try writer.intern("idle", .gauge)
        let busy = try writer.intern("busy", .gauge)
        let sparse = noise(10, of: busy, seed: 6) { Value($0) }.enumerated().map { index, reading in
            Reading(
                series: busy, time: springEve + Int64(index) * 7_200_000, value: reading.value)
        }
        let still = (0..<9_000).map { index in
            Reading(series: idle, time: springEve + Int64(index) * 30_000, value: Value(5))
        }
        try store(sparse + still, writer)
        #expect(try blocks(busy, .hour).isEmpty && blocks(idle, .hour).isEmpty)
        let dense = noise(60_000, of: busy, seed: 8) { Value($0) }
            .map { Reading(series: busy, time: $0.time + 86_400_000, value: $0.value) }
        try store(dense, writer)
        #expect(try !blocks(busy, .hour).isEmpty)
        let hours = try windows(busy, .hour)
        #expect(hours.reduce(0) { $0 + $1.count } == 60_010)
        #expect(hours.first?.start == springEve)
        #expect(try windows(idle, .hour).reduce(0) { $0 + $1.count } == 9_000)
    }
}
