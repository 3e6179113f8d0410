import Foundation
import GRDB
import NaiveModel
import StoredSeries
import Telemetry
import Testing

@testable import SeriesStore

/// What is promised of readings that were settled: no byte of them is left.
struct ErasureTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Pieces of the compressed readings.
    private func pieces() throws -> [Data] {
        try DatabaseQueue(path: folder.store).read { database in
            try Data.fetchAll(database, sql: "SELECT block FROM segments").flatMap { block in
                stride(from: 64, to: block.count - 96, by: 100).map {
                    Data(block[block.startIndex + $0..<block.startIndex + $0 + 16])
                }
            }
        }
    }

    private func found(_ pieces: [Data]) throws -> Int {
        let files = try ["", "-wal"].map {
            try Data(contentsOf: URL(filePath: folder.store + $0))
        }
        return pieces.count { piece in files.contains { $0.range(of: piece) != nil } }
    }

    @Test func settledReadingsAreGoneWithTheNextCompaction() throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .gauge, step: 3_600_000)
        var random = SplitMix64(seed: 0x5eed_0077)
        func commit(at start: Int64) throws {
            let readings = (0..<3_000 as Range<Int64>).map {
                Reading(
                    series: series, time: start + $0 * 1_000,
                    value: Value(.random(in: 0..<1 << 40, using: &random)))
            }
            try writer.commit(readings, time: start)
        }
        for hour in 0..<5 as Range<Int64> { try commit(at: springEve + hour * 3_600_000) }
        let settled = try pieces()
        try #require(try found(settled) > settled.count * 9 / 10)
        try writer.settle(now: springEve + 10 * 3_600_000)
        // Some of the pages that became free are used again, others not.
        try commit(at: springEve + 20 * 3_600_000)
        let waiting = try pieces()
        var compaction = try writer.compaction(shrinkingFirst: true)
        while try writer.advance(&compaction) {}
        #expect(try found(settled) == 0)
        #expect(try found(waiting) > waiting.count * 9 / 10)
    }
}
