import GRDB
import NaiveModel
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import SeriesStore

/// Few windows at a time gather in small blocks, and are merged seldom.
struct GatheringTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Blocks at the end of a series are merged seldom: a window is written few times until its
    /// block is full, however few come at a time, and few blocks are not full.
    @Test(arguments: [1, 6, 24, 100, 360, 1_440])
    func windowsAreRewrittenFewTimes(count: Int) {
        var sizes: [Int] = []
        var (written, added) = (0, 0)
        while added < 8 * BlockSize.full {
            let joined = BlockSize.joining(count, to: sizes)
            let size = count + sizes.prefix(joined).reduce(0, +)
            (written, added) = (written + size, added + count)
            sizes.removeFirst(joined)
            if size % BlockSize.full > 0 { sizes.insert(size % BlockSize.full, at: 0) }
            #expect(sizes.count <= 3 * BlockSize.gathering)
            #expect(sizes.reduce(0, +) < BlockSize.full)
        }
        #expect(Double(written) / Double(added) < 4.2)
    }

    /// Few windows at a time, as each six hours: the blocks are those of all at once, but for some
    /// at the end, and a longer tier does not rewrite what it has.
    @Test func whatGathersIsMerged() throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .gauge)
        var random = SplitMix64(seed: 0x5eed_0076)
        for part in 0..<26 {
            let readings = (0..<360).map { minute in
                Reading(
                    series: series, time: springEve + Int64(part * 360 + minute) * 60_000,
                    value: Value(.random(in: 0..<500, using: &random)))
            }
            try writer.commit(readings, time: springEve)
            try writer.settle(now: 1 << 50)
            try writer.compact()
        }
        let blocks = try DatabaseQueue(path: folder.store).read { database in
            try Row.fetchAll(
                database, sql: "SELECT tier, windows FROM blocks ORDER BY tier, first_start"
            ).map { row -> (tier: Int64, windows: Int) in (row["tier"], row["windows"]) }
        }
        let base = blocks.filter { $0.tier == 0 }.map(\.windows)
        #expect(base.prefix(4) == [2_048, 2_048, 2_048, 2_048])
        #expect(base.reduce(0, +) == 26 * 360)
        #expect(base.dropFirst(4).allSatisfy { $0 <= 2_048 } && base.count < 10)
        let hours = blocks.filter { $0.tier == Tier.hour.rawValue }.map(\.windows)
        #expect(hours.reduce(0, +) == 26 * 6)
        // Had the last block been written anew each time, there would be one.
        #expect(hours.count > 1 && hours.count <= BlockSize.gathering + 2)
        // A window each minute and hour is written, and merged once or twice.
        #expect(writer.writtenWindowCount < 4 * 26 * 366)
        var found: [Int64] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            for tier in [Tier.base, .hour] {
                try snapshot.forEachSeries(
                    [series], tier: tier, from: .min, to: .max, withPreceding: false
                ) { found.append($1.reduce(0) { $0 + $1.count }) }
            }
        }
        #expect(found == [26 * 360, 26 * 360])
    }
}
