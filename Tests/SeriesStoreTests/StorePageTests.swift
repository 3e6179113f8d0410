import Foundation
import GRDB
import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// A bit or a sector of the file is not what was written, wherever it is: the gateway works on or
/// says why not, it never ends by accident, and no figure is wrong without a word.
struct StorePageTests {
    private let folder: TemporaryFolder
    private let now = springEve + 10 * 86_400_000

    init() throws { folder = try TemporaryFolder() }

    /// Rows in every place, all in the file itself.
    private func makeStore() throws {
        let writer = try folder.writer()
        var random = SplitMix64(seed: 0x5eed_0061)
        let series = try ["level", "energy"].map { name in
            try writer.intern(name, name == "level" ? .gauge : .counter)
        }
        for day in 0..<3 {
            let time = springEve + Int64(day) * 86_400_000
            let readings = series.flatMap { id in
                randomReadings(
                    30, of: id, kind: id == 0 ? .gauge : .counter, from: time, using: &random)
            }
            try writer.commit(
                readings, time: time, messages: [MessageRecord(packetID: 1, hash: UInt32(day))])
            if day < 2 { try writer.settle(now: time + 2 * 86_400_000) }
            if day < 1 { try writer.compact() }
        }
        try writer.setSubscriptions(["lamp/+"])
    }

    /// What a gateway does from its start on, and then what a reader finds.
    private func workOn() throws -> [String] {
        let writer = try folder.writer()
        _ = try writer.unconfirmedMessages()
        _ = try writer.sequences()
        try writer.setSubscriptions(["lamp/#"])
        let series = try [("level", MetricKind.gauge), ("energy", .counter)].map { name, kind in
            try writer.intern(name, kind)
        }
        try writer.commit(
            series.map { Reading(series: $0, time: now, value: Value(7)) }, time: now)
        try writer.settle(now: now + 900_000)
        try writer.compact()
        try writer.shrink()
        return try StoreReader(path: folder.store).snapshot(figures)
    }

    /// Every figure that somebody may ask for.
    private func figures(_ snapshot: StoreSnapshot) throws -> [String] {
        var figures: [String] = []
        for tier in Tier.allCases {
            for name in ["level", "energy"] {
                guard let series = snapshot.catalogue.series(SeriesKey(metric: name)) else {
                    figures.append("no \(name)")
                    continue
                }
                try snapshot.forEachSeries(
                    [series], tier: tier, from: .min, to: .max, withPreceding: false
                ) { _, windows in
                    figures += windows.map { "\(tier) \(name) \($0)" }
                }
            }
        }
        let ledger = try snapshot.ledger().sorted {
            ($0.key.day, $0.key.device) < ($1.key.day, $1.key.device)
        }
        return figures
            + ledger.map { key, counts in
                "\(key.day) \(snapshot.catalogue.devices[Int(key.device)]) \(counts)"
            }
    }

    /// Whether anybody says that something is wrong.
    private func isNamed() throws -> Bool {
        try !StoreReader(path: folder.store).snapshot { snapshot in try snapshot.verify() }.isEmpty
    }

    private enum Outcome: Hashable { case unharmed, refused, named, silent }

    private func outcome(_ expected: [String]) -> Outcome {
        do {
            let found = try workOn()
            if found == expected { return .unharmed }
            return try isNamed() ? .named : .silent
        } catch is StoreError {
            return .refused
        } catch {
            Issue.record("\(error)")
            return .refused
        }
    }

    /// How a card damages a page of the file.
    enum Damage: Sendable, CaseIterable {
        /// One bit is another.
        case bit
        /// A sector that was never written.
        case sector
    }

    @Test(arguments: Damage.allCases, [0x5eed_0062, 0x5eed_0063] as [UInt64])
    func damageAnywhereIsNoAccident(damage: Damage, seed: UInt64) throws {
        try makeStore()
        let url = URL(filePath: folder.store)
        let intact = [UInt8](try Data(contentsOf: url))
        let expected = try workOn()
        var random = SplitMix64(seed: seed)
        var outcomes: [Outcome: Int] = [:]
        for page in stride(from: 0, to: intact.count, by: 1_024) {
            var damaged = intact
            let place = page + Int.random(in: 0..<1_024, using: &random)
            switch damage {
            case .bit: damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case .sector:
                let sector = place / 512 * 512
                damaged.replaceSubrange(
                    sector..<sector + 512, with: repeatElement(0, count: 512))
            }
            for suffix in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: folder.store + suffix)
            }
            try Data(damaged).write(to: url)
            let outcome = outcome(expected)
            outcomes[outcome, default: 0] += 1
            #expect(outcome != .silent, "seed 0x\(String(seed, radix: 16)), byte \(place)")
        }
        #expect(outcomes[.unharmed, default: 0] > 0)
        #expect(outcomes[.refused, default: 0] + outcomes[.named, default: 0] > 0)
    }
}
