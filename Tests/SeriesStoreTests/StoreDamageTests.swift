import Foundation
import GRDB
import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// A damaged card: what is broken is named, everything else is read.
struct StoreDamageTests {
    private let folder: TemporaryFolder

    /// A store with two series in blocks, and rows in every other table.
    init() throws {
        folder = try TemporaryFolder()
        let writer = try folder.writer()
        var random = SplitMix64(seed: 0x5eed_0043)
        for name in ["first", "second"] {
            let series = try writer.intern(name, .gauge)
            for (index, day) in [0, 1, 2].enumerated() {
                let readings = randomReadings(
                    40, of: series, kind: .gauge, from: springEve + Int64(day) * 86_400_000,
                    using: &random)
                let messages = [MessageRecord(packetID: 7, hash: 9)]
                try writer.commit(readings, time: readings[39].time, messages: messages)
                if index < 2 { try writer.settle(now: readings[39].time + 900_000) }
                if index < 1 { try writer.compact() }
            }
        }
    }

    private var faults: [StoreError] {
        get throws { try StoreReader(path: folder.store).snapshot { try $0.verify() } }
    }

    @Test func everyFlippedByteIsNamed() throws {
        #expect(try faults == [])
        let queue = try DatabaseQueue(path: folder.store)
        let places = [
            ("blocks", "block"), ("batches", "block"), ("segments", "block"),
            ("commits", "messages"), ("commits", "ledger"),
        ]
        for (table, column) in places {
            let row = try #require(
                try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM \(table)") })
            let id: Int64 = row["id"]
            let intact: Data = row[column]
            for index in intact.indices {
                var damaged = intact
                damaged[index] ^= 1 << UInt8(index % 8)
                try set(damaged, table, column, id, queue)
                let found = try faults
                #expect(found.count == 1, "byte \(index) of \(table)")
                guard case .damaged(table, id, _) = found.first else {
                    Issue.record("byte \(index) of \(table): \(found)")
                    continue
                }
            }
            try set(intact, table, column, id, queue)
        }
        #expect(try faults == [])
    }

    /// What a row says of its block is held against the block.
    @Test(arguments: [
        ("segments", "first_time"), ("segments", "last_time"), ("segments", "readings"),
        ("batches", "first_series"), ("batches", "last_series"), ("batches", "first_start"),
        ("batches", "last_start"), ("batches", "windows"), ("blocks", "series"),
        ("blocks", "first_start"), ("blocks", "last_start"), ("blocks", "windows"),
        ("blocks", "tier"), ("batches", "kind"), ("segments", "horizon"), ("segments", "step"),
    ])
    func aColumnBesideABlockIsHeldAgainstIt(table: String, column: String) throws {
        let id = try DatabaseQueue(path: folder.store).write { database in
            let id = try Int64.fetchOne(database, sql: "SELECT max(id) FROM \(table)")
            try database.execute(
                sql: "UPDATE \(table) SET \(column) = \(column) + 1 WHERE id = ?", arguments: [id])
            return try #require(id)
        }
        let found = try faults
        guard found.count == 1, case .damaged(table, id, _) = found[0] else {
            Issue.record("\(found)")
            return
        }
    }

    /// A damaged block takes its own series' answers with it and no other's.
    @Test func otherSeriesAreRead() throws {
        let queue = try DatabaseQueue(path: folder.store)
        let damagedCount = try queue.write { database in
            try database.execute(sql: "UPDATE blocks SET block = x'00' WHERE series = 0")
            return database.changesCount
        }
        try StoreReader(path: folder.store).snapshot { snapshot in
            for tier in Tier.allCases {
                #expect(throws: StoreError.self) {
                    try snapshot.forEachSeries(
                        [0], tier: tier, from: .min, to: .max, withPreceding: false
                    ) { _, _ in }
                }
                var count: Int64 = 0
                try snapshot.forEachSeries(
                    [1], tier: tier, from: .min, to: .max, withPreceding: false
                ) { _, windows in count = windows.reduce(0) { $0 + $1.count } }
                #expect(count == 120)
            }
        }
        #expect(try faults.count == damagedCount)
    }

    private func set(
        _ blob: Data, _ table: String, _ column: String, _ id: Int64, _ queue: DatabaseQueue
    ) throws {
        try queue.write { database in
            try database.execute(
                sql: "UPDATE \(table) SET \(column) = ? WHERE id = ?", arguments: [blob, id])
        }
    }
}
