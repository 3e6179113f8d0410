import Foundation
import SeriesStore
import StoredSeries
import Synchronization
import Telemetry
import Testing
import Windows

/// Readers see whole commits, whatever the writer is doing.
struct StoreReadingBesideWritingTests {
    private static let seriesCount: SeriesID = 3
    private static let commitCount: Int64 = 150

    /// Each commit holds one reading of each of three series: no reader ever sees more of one than
    /// of another, or fewer than before.
    @Test func readersSeeWholeCommits() throws {
        let folder = try TemporaryFolder()
        let path = folder.store
        try Self.commit(0, try folder.writer())
        let outcome = Mutex<(any Error)??>(nil)
        let thread = Thread {
            do {
                try Self.write(path)
                outcome.withLock { $0 = .some(nil) }
            } catch {
                outcome.withLock { $0 = error }
            }
        }
        thread.start()
        let reader = try StoreReader(path: path)
        var newest: Int64 = 1
        while outcome.withLock({ $0 == nil }) || newest < Self.commitCount {
            let isOver = outcome.withLock { $0 != nil }
            let counts = try readingCounts(reader)
            try #require(Set(counts).count == 1 && counts.count == 3, "\(counts)")
            try #require(counts[0] >= newest)
            newest = counts[0]
            if isOver { break }
        }
        #expect(newest == Self.commitCount)
        if case .some(.some(let error)) = outcome.withLock({ $0 }) {
            Issue.record("the writer failed: \(error)")
        }
    }

    private func readingCounts(_ reader: StoreReader) throws -> [Int64] {
        try reader.snapshot { snapshot in
            var counts: [Int64] = []
            try snapshot.forEachSeries(
                Array(0..<Self.seriesCount), tier: .hour, from: .min, to: .max,
                withPreceding: false
            ) { _, windows in counts.append(windows.reduce(0) { $0 + $1.count }) }
            return counts
        }
    }

    private static func write(_ path: String) throws {
        let writer = try StoreWriter(path: path, isManaged: true)
        for index in 1..<commitCount {
            try commit(index, writer)
            if index % 7 == 0 { try writer.settle(now: springEve + index * 60_000) }
            if index % 20 == 0 {
                try writer.compact()
                try writer.shrink()
            }
        }
    }

    private static func commit(_ index: Int64, _ writer: StoreWriter) throws {
        let time = springEve + index * 60_000
        let readings = try (0..<seriesCount).map { number in
            Reading(
                series: try writer.intern("metric_\(number)", .gauge), time: time,
                value: Value(index))
        }
        try writer.commit(readings, time: time)
    }
}
