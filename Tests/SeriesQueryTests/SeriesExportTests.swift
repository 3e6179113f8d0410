import Foundation
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// A store that the cases of a suite read, made once and gone with it.
private struct ExportedStore: SuiteTrait, TestScoping {
    @TaskLocal static var path = ""
    static let begin: Int64 = 1_774_699_200_000
    /// A fortnight of minutes, over a change of the clocks: of each series more than the eight
    /// blocks of a part.
    static let minutes: Int64 = 20_000

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-export-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "town.sqlite").path(percentEncoded: false)
        try Self.fill(path)
        try await Self.$path.withValue(path) { try await body() }
    }

    /// What comes last waits in a batch and in a segment.
    private static func fill(_ path: String) throws {
        let writer = try StoreWriter(path: path, isManaged: false)
        let device = writer.catalogue.intern(device: "case")
        let ids = try [
            MetricKind.gauge, .counter, .amount, .state, .steppedGauge,
        ].map { kind in
            try writer.catalogue.intern(
                SeriesDescriptor(
                    key: SeriesKey(metric: "metric_\(kind.rawValue)"), kind: kind, unit: "1",
                    states: kind == .state ? [1: "on"] : [:]),
                device: device)
        }
        var batch = CommitBatch()
        for minute in 0..<minutes {
            for id in ids {
                // A counter that falls at times, and a state that changes.
                let value = (minute * 7 + Int64(id)) % 9_973
                batch.readings.append(
                    Reading(
                        series: id, time: begin + minute * 60_000 + Int64(id),
                        value: id == 3 ? Value(minute / 90 % 3) : Value(value, scale: 1)))
            }
            // In blocks, then in a batch, then in a segment.
            guard [9_199, 18_399, 19_199, minutes - 1].contains(minute) else { continue }
            let now = begin + minute * 60_000
            try writer.commit(batch, time: now)
            batch.removeAll()
            if minute < minutes - 1 { try writer.settle(now: now + 3_600_000) }
            if minute < 19_000 { try writer.compact() }
        }
    }
}

/// An export reads part by part what a query reads at once.
@Suite(ExportedStore()) struct SeriesExportTests {
    private static let begin = ExportedStore.begin
    private static let minutes = ExportedStore.minutes
    private var path: String { ExportedStore.path }

    @Test(arguments: [Tier.base, .quarterHour, .hour, .day])
    func partsAreTheWhole(tier: Tier) throws {
        let now = Self.begin + Self.minutes * 60_000
        try StoreReader(path: path).snapshot { snapshot in
            let selectors = [try Selector(parsing: "*")]
            let export = try SeriesExport(
                selectors, .windows(tier), range: .min ..< .max, now: now, snapshot.series)
            let query = SeriesQuery(
                selectors: selectors,
                step: tier == .day ? .days(1) : .fixed(max(tier.rawValue, 60_000)),
                statistics: export.statistics, tier: tier, now: now)
            var expected: [String] = []
            try query.run(query.plan(snapshot.series), snapshot.series) {
                expected.append(Self.text($0))
            }
            var found: [String] = []
            for id in export.series {
                try export.forEachRow(of: id) { found.append(Self.text($0)) }
            }
            #expect(found.count == expected.count)
            let difference = zip(found, expected).first { $0 != $1 }
            #expect(difference == nil)
        }
    }

    private static func text(_ row: borrowing QueryRow) -> String {
        "\(row.descriptor.key) \(row.time) \(row.values.map { $0?.text ?? "-" })"
    }

    /// Family by family it is the answer that a query gives at once.
    @Test func openMetricsAreThoseOfAQuery() throws {
        let now = Self.begin + Self.minutes * 60_000
        try StoreReader(path: path).snapshot { snapshot in
            let selectors = [try Selector(parsing: "*")]
            let export = try SeriesExport(
                selectors, .windows(.hour), range: .min ..< .max, now: now, snapshot.series)
            var found = ""
            try export.writeOpenMetrics { found += $0 }
            let query = SeriesQuery(
                selectors: selectors, step: .fixed(3_600_000), statistics: export.statistics,
                tier: .hour, now: now)
            var writer = AnswerWriter(
                .openmetrics, statistics: export.statistics, zone: snapshot.zone, isEpoch: false)
            var rows: [UInt8] = []
            try query.run(query.plan(snapshot.series), snapshot.series) { row in
                writer.append(row, to: &rows)
            }
            let expected = writer.tail()
            // The families may stand in another order.
            func families(_ text: String) -> [Substring] {
                text.replacing("# EOF\n", with: "").split(separator: "# TYPE ").sorted()
            }
            #expect(found.hasSuffix("# EOF\n") && found.count == expected.count)
            #expect(families(found) == families(expected))
        }
    }

    /// Windows are whole: those that begin in the range, whatever tier holds them.
    @Test func aRangeHasTheWindowsThatBeginInIt() throws {
        try StoreReader(path: path).snapshot { snapshot in
            for tier in Tier.allCases {
                let export = try SeriesExport(
                    [try Selector(parsing: "metric_1")], .windows(tier),
                    range: Self.begin + 90_000..<Self.begin + 3 * 86_400_000,
                    now: Self.begin + 40 * 86_400_000, snapshot.series)
                var times: [Int64] = []
                try export.forEachRow(of: export.series[0]) { times.append($0.time) }
                let first: Int64 =
                    [
                        .base: 120_000, .quarterHour: 900_000, .hour: 3_600_000, .day: 39_600_000,
                    ][tier] ?? 0
                #expect(times.first == Self.begin + first, "\(tier)")
                #expect(times.last ?? 0 < Self.begin + 3 * 86_400_000)
            }
        }
    }
}
