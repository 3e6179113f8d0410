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

    /// - Returns: how many there are.
    @discardableResult
    private func damageBlocks(where condition: String) throws -> Int {
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(sql: "UPDATE blocks SET block = x'00' WHERE \(condition)")
            return database.changesCount
        }
    }

    /// The windows of a series, what was lost of them, and what was derived.
    private func read(
        _ series: SeriesID, _ tier: Tier, withPreceding: Bool = false
    ) throws -> (windows: [String], lost: [DamagedRow], derived: [DamagedRow]) {
        try StoreReader(path: folder.store).snapshot { snapshot in
            var texts: [String] = []
            try snapshot.forEachSeries(
                [series], tier: tier, from: .min, to: .max, withPreceding: withPreceding
            ) { _, windows in
                texts = windows.map { window in
                    "\(window.start) \(window.count) \(window.minimum) \(window.maximum) "
                        + "\(window.sum) \(window.last) \(window.lastTime) \(window.lateCount)"
                }
            }
            return (texts, snapshot.lostRows, snapshot.derivedRows)
        }
    }

    private func count(_ series: SeriesID, _ tier: Tier) throws -> Int64 {
        try StoreReader(path: folder.store).snapshot { snapshot in
            var count: Int64 = 0
            try snapshot.forEachSeries(
                [series], tier: tier, from: .min, to: .max, withPreceding: false
            ) { _, windows in count = windows.reduce(0) { $0 + $1.count } }
            return count
        }
    }

    /// A damaged base block takes what was in it from the answers about its own series, by name,
    /// and nothing else.
    @Test func theRestIsRead() throws {
        let damagedCount = try damageBlocks(where: "series = 0")
        for tier in Tier.allCases {
            let lost = try read(0, tier).lost
            try #require(!lost.isEmpty, "\(tier)")
            for block in lost {
                #expect(block.series == [SeriesKey(metric: "first")] && block.tier == .base)
                #expect(block.times?.lowerBound ?? 0 >= springEve)
                #expect(block.times?.upperBound ?? 0 < springEve + 2 * 86_400_000)
            }
            // The third day is in a segment.
            #expect(try count(0, tier) == 40, "\(tier)")
            #expect(try count(1, tier) == 120, "\(tier)")
            #expect(try read(1, tier).lost == [])
        }
        #expect(try faults.count == damagedCount)
    }

    /// What a damaged block of a longer tier had follows from a shorter one, digit for digit.
    @Test(arguments: [Tier.quarterHour, .hour, .day])
    func aLongerTierIsDerived(tier: Tier) throws {
        let series = try storeDense()
        let intact = try read(series, tier)
        #expect(intact.lost == [] && intact.derived == [] && !intact.windows.isEmpty)
        // With it the tier that it would be derived from, if that is not the base.
        for condition in ["tier = \(tier.rawValue)", "tier > 0"] {
            let damagedCount = try damageBlocks(where: "series = \(series) AND \(condition)")
            try #require(damagedCount > 0)
            let found = try read(series, tier)
            #expect(found.windows == intact.windows && found.lost == [])
            #expect(found.derived.contains { $0.tier == tier })
        }
    }

    /// Two days of so many readings that all tiers are kept; the second waits in a batch.
    private func storeDense() throws -> SeriesID {
        let writer = try folder.writer()
        let series = try writer.intern("dense", .gauge, step: 10_000)
        var random = SplitMix64(seed: 0x5eed_0044)
        for day in 10..<12 {
            let begin = springEve + Int64(day) * 86_400_000
            let readings = (0..<8_640).map { index in
                Reading(
                    series: series, time: begin + Int64(index) * 10_000,
                    value: Value(Int64.random(in: 0..<1_000, using: &random)))
            }
            try writer.commit(readings, time: begin + 86_400_000)
            try writer.settle(now: begin + 86_400_000 + 900_000)
            if day < 11 { try writer.compact() }
        }
        return series
    }

    /// A page that SQLite cannot follow costs what lies on it: the rest is read, and what is
    /// missing is named.
    @Test func theRestOfADamagedPageIsRead() throws {
        let rows = 40
        try storeManySeries(rows)
        try damageLeaf(of: "blocks")
        var (read, lost) = (0, 0)
        try StoreReader(path: folder.store).snapshot { snapshot in
            read = try windowCount(snapshot)
            lost = snapshot.lostRows.count
            let named = try snapshot.verify()
            #expect(snapshot.lostRows.allSatisfy { named.contains($0.error) || !named.isEmpty })
            let bytes = try snapshot.summaries(of: snapshot.catalogue.known).map(\.blockBytes)
            #expect(bytes.count { $0 == 0 } == lost)
        }
        #expect(read + lost == rows && lost > 0 && read > lost, "\(read) read, \(lost) lost")
        #expect(try !faults.isEmpty)
    }

    /// Names and the index lie on pages of their own: without them all windows are read, those of
    /// series whose name is lost by a number.
    @Test(arguments: ["series", "blocks_place", "devices", "meta", "commits", "ledger"])
    func withoutAPageBesideTheBlocksTheseAreRead(table: String) throws {
        let rows = 80
        try storeManySeries(rows)
        try damageLeaf(of: table)
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(try windowCount(snapshot) == rows)
            let names = snapshot.catalogue.known.map {
                snapshot.catalogue.entries[Int($0)].descriptor.key.metric
            }
            let unreadable = names.count { $0.hasPrefix("unreadable_") }
            #expect((unreadable > 0) == (table == "series") && unreadable < rows / 2)
            #expect(try snapshot.summaries(of: snapshot.catalogue.known).count == rows + 2)
            _ = try snapshot.statistics(path: folder.store)
            _ = try snapshot.ledger()
            // The index has nothing that the table has not.
            #expect(snapshot.lostRows.isEmpty == (table == "blocks_place"), "\(snapshot.lostRows)")
            #expect(try !snapshot.verify().isEmpty)
            // Nobody is shown more because nobody can tell what is allowed.
            #expect(snapshot.isManaged)
        }
    }

    private func storeManySeries(_ count: Int) throws {
        let writer = try folder.writer()
        var batch = CommitBatch()
        for number in 0..<count {
            let series = try writer.intern("page_\(number)", .gauge)
            batch.readings = [Reading(series: series, time: springEve, value: Value(1))]
            try writer.commit(batch, time: springEve + 20 * 86_400_000)
        }
        try writer.settle(now: springEve + 21 * 86_400_000)
        try writer.compact()
        try writer.shrink()
    }

    /// A page of a table or an index, one in the middle where it has several, is all zeros.
    private func damageLeaf(of table: String) throws {
        let page = try DatabaseQueue(path: folder.store).writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            return try Int.fetchAll(
                database,
                sql: "SELECT pageno FROM dbstat WHERE name = '\(table)' AND pagetype = 'leaf'")
        }
        let url = URL(filePath: folder.store)
        var bytes = try Data(contentsOf: url)
        let leaf = page[page.count / 2]
        bytes.replaceSubrange(
            (leaf - 1) * 1_024..<leaf * 1_024, with: repeatElement(0, count: 1_024))
        try bytes.write(to: url)
    }

    /// Of all series but the first two.
    private func windowCount(_ snapshot: StoreSnapshot) throws -> Int {
        var count = 0
        let all = snapshot.catalogue.entries.indices.dropFirst(2).map { SeriesID($0) }
        try snapshot.forEachSeries(
            all, tier: .base, from: .min, to: .max, withPreceding: true
        ) { _, windows in count += windows.count }
        return count
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
