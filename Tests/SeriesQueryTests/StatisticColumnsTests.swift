import Foundation
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Testing

/// A statistic is the same whether it is asked for alone, when only its columns are read, or with
/// all others.
final class StatisticColumnsTests {
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "socle-column-tests-\(UUID().uuidString)")
    private var path: String { folder.appending(path: "town.sqlite").path(percentEncoded: false) }
    private static let begin: Int64 = 1_774_699_200_000

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Gauges of decimals, of printed means of three and of doubles, and an amount. The first
    /// blocks are sealed, the newest readings wait, and some came late.
    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let writer = try StoreWriter(path: path, isManaged: false)
        let device = writer.catalogue.intern(device: "case")
        let ids = try ["decimals", "means", "doubles", "amount"].map { name in
            try writer.catalogue.intern(
                SeriesDescriptor(
                    key: SeriesKey(metric: name), kind: name == "amount" ? .amount : .gauge,
                    unit: "1"),
                device: device)
        }
        let minutes: Int64 = 5_000
        let end = Self.begin + minutes * 60_000
        for part in [0..<minutes - 20, minutes - 20..<minutes] {
            var batch = CommitBatch()
            for minute in part {
                for second in [5, 35] as [Int64] {
                    let time = Self.begin + minute * 60_000 + second * 1_000
                    for (id, value) in zip(ids, Self.values((minute * 2 + second) * 7_919 % 997)) {
                        batch.readings.append(Reading(series: id, time: time, value: value))
                    }
                }
            }
            try writer.commit(batch, time: end)
            if part.lowerBound == 0 { try settle(writer, end, compacting: true) }
        }
        var late = CommitBatch()
        late.readings = ids.map {
            Reading(series: $0, time: Self.begin + 90_000, value: Value(5), quality: .late)
        }
        try writer.commit(late, time: end)
        try settle(writer, end, compacting: false)
    }

    private static func values(_ number: Int64) -> [Value] {
        let mean = Double(number) / 3
        return [
            Value(2_000 + number, scale: 2),
            Value(parsing: Array("\(mean)".utf8).span) ?? Value(binary: mean),
            Value(binary: mean * .pi), Value(number),
        ]
    }

    private func settle(_ writer: StoreWriter, _ end: Int64, compacting: Bool) throws {
        try writer.settle(now: end)
        if compacting { try writer.compact(sealing: end) }
    }

    @Test(arguments: [Tier.base, .hour])
    func aStatisticAloneIsTheSame(tier: Tier) throws {
        try StoreReader(path: path).snapshot { snapshot in
            for metric in ["decimals", "means", "doubles", "amount"] {
                let kind: MetricKind = metric == "amount" ? .amount : .gauge
                let statistics = Statistic.available(for: kind)
                let all = try answer(metric, statistics, tier, snapshot.series)
                #expect(all.count > 80)
                for (column, statistic) in statistics.enumerated() {
                    let alone = try answer(metric, [statistic], tier, snapshot.series)
                    #expect(alone.map { $0[0] } == all.map { $0[column] }, "\(metric) \(statistic)")
                }
            }
        }
    }

    private func answer(
        _ metric: String, _ statistics: [Statistic], _ tier: Tier, _ stored: StoredSeries
    ) throws -> [[String?]] {
        let query = SeriesQuery(
            selectors: [try Selector(parsing: metric)], step: .fixed(3_600_000),
            statistics: statistics, tier: tier, now: Self.begin + 86_400_000 * 30)
        var rows: [[String?]] = []
        try query.run(query.plan(stored), stored) { rows.append($0.values.map { $0?.text }) }
        return rows
    }
}
