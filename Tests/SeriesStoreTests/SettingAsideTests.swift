import Foundation
import GRDB
import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// A row that does not read back costs itself and nothing else: the writer goes on, what is missing
/// is counted and named, and the row is kept.
struct SettingAsideTests {
    private let folder: TemporaryFolder
    /// When the writer works on.
    private static let now = springEve + 10 * 86_400_000
    private static let boot = "0d4cb1a2"

    init() throws { folder = try TemporaryFolder() }

    /// A row of a table, the column that is damaged, and what is lost with it.
    struct Place: CustomTestStringConvertible, Sendable {
        let table: String
        let column: String
        var condition = "true"
        /// Readings of `first` that are in no window any more.
        var lost: Int64 = 0
        /// What the ledger says of them.
        var counted: Int64 = 0

        var testDescription: String { "\(table).\(column) where \(condition)" }
    }

    private static let places = [
        Place(table: "commits", column: "ledger"),
        Place(table: "commits", column: "messages"),
        Place(table: "segments", column: "block", lost: 40, counted: 40),
        Place(table: "batches", column: "block", lost: 40),
        Place(table: "blocks", column: "block", condition: "series = 0 AND tier = 0", lost: 40),
        Place(table: "blocks", column: "block", condition: "tier = 86400000"),
        Place(table: "unplaced", column: "ledger", lost: 40, counted: 40),
        Place(table: "unplaced", column: "block", lost: 40, counted: 40),
    ]

    /// Two series of 160 readings each: 40 of the first in a block of its own, 40 in a batch, 40 in
    /// a segment, and 40 that have no time. The second has a row with the first nowhere.
    private func makeStore() throws {
        let writer = try folder.writer()
        var random = SplitMix64(seed: 0x5eed_0051)
        let series = try ["first", "second"].map { try writer.intern($0, .gauge) }
        for day in 0..<3 {
            for id in series {
                let time = springEve + Int64(day) * 86_400_000
                let readings = randomReadings(
                    40, of: id, kind: .gauge, from: time, using: &random)
                try writer.commit(
                    readings, time: readings[39].time,
                    messages: [MessageRecord(packetID: UInt16(id + 1), hash: 9)])
                if day < 2 { try writer.settle(now: readings[39].time + 900_000) }
            }
            if day < 1 { try writer.compact() }
        }
        for id in series { try commitUnplaced(writer, id, &random) }
    }

    private func commitUnplaced(
        _ writer: StoreWriter, _ series: SeriesID, _ random: inout SplitMix64
    ) throws {
        let device = writer.catalogue.entries[Int(series)].device
        var batch = CommitBatch()
        for reading in randomReadings(40, of: series, kind: .gauge, from: 1_000, using: &random) {
            batch.unplaced.append(
                UnplacedReading(
                    reading: reading, arrival: reading.time, device: device,
                    limits: TimeLimits(futureMax: 600_000, pastMax: nil)))
        }
        var counts = LedgerCounts()
        counts[.readingsDecoded] = 40
        counts[.readingsUnplaced] = 40
        batch.ledger[LedgerKey(day: LedgerKey.unplacedDay, device: device)] = counts
        try writer.commit(
            batch, at: .unplaced(BootMoment(boot: Self.boot, uptime: 9_000, wall: 9_000)))
    }

    /// All that a gateway does with a store, from its start on.
    private func workOn(_ writer: StoreWriter) throws {
        _ = try writer.unplaced(boot: Self.boot)
        try writer.place(
            Placement(boot: Self.boot, start: Self.now - 86_400_000, floor: 0, lateLimit: nil))
        _ = try writer.unconfirmedMessages()
        _ = try writer.sequences()
        // A late window for each block that is there, and one more reading.
        for (id, name) in ["first", "second"].enumerated() {
            let readings = [springEve + 1, Self.now].map {
                Reading(series: SeriesID(id), time: $0, value: Value(1))
            }
            #expect(writer.catalogue.series(SeriesKey(metric: name)) == SeriesID(id))
            try writer.commit(readings, time: Self.now)
        }
        try writer.settle(now: Self.now + 900_000)
        try writer.compact()
        try writer.commit([], time: Self.now + 900_000, confirmed: writer.newestCommit)
        try writer.settle(now: Self.now + 1_800_000)
    }

    private func row(_ place: Place, _ database: Database, id: Int64? = nil) throws -> Row? {
        let condition = id.map { "id = \($0)" } ?? place.condition
        return try Row.fetchOne(
            database,
            sql: "SELECT * FROM \(place.table) WHERE \(condition) ORDER BY id LIMIT 1")
    }

    /// Flips one bit and returns the row.
    private func damage(_ place: Place, _ random: inout SplitMix64) throws -> Row {
        try DatabaseQueue(path: folder.store).write { database in
            let intact = try #require(try row(place, database))
            var blob: Data = intact[place.column]
            let index = Int.random(in: blob.indices, using: &random)
            blob[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let id: Int64 = intact["id"]
            try database.execute(
                sql: "UPDATE \(place.table) SET \(place.column) = ? WHERE id = ?",
                arguments: [blob, id])
            return try #require(try row(place, database, id: id))
        }
    }

    private func count(of series: SeriesID, _ tier: Tier) throws -> Int64 {
        var count: Int64 = 0
        try StoreReader(path: folder.store).snapshot { snapshot in
            try snapshot.forEachSeries(
                [series], tier: tier, from: .min, to: .max, withPreceding: false
            ) { count = $1.reduce(0) { $0 + $1.count } }
        }
        return count
    }

    @Test(arguments: places, [0x5eed_0052, 0x5eed_0053] as [UInt64])
    func theWriterGoesOnWithoutADamagedRow(place: Place, seed: UInt64) throws {
        let comment: Comment = "seed 0x\(String(seed, radix: 16))"
        var random = SplitMix64(seed: seed)
        try makeStore()
        let damaged = try damage(place, &random)
        let id: Int64 = damaged["id"]

        var told: [StoreError] = []
        for _ in 0..<2 {
            let writer = try folder.writer()
            writer.onSetAside = { told.append($0) }
            try workOn(writer)
        }
        // Said once, counted once, and named for ever.
        try #require(told.count == 1, comment)
        guard case .setAside(place.table, id, _) = told[0] else {
            Issue.record("\(told[0]), \(comment)")
            return
        }
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(try snapshot.verify() == told, comment)
            let ledger = try snapshot.ledger()
            for counts in ledger.values {
                #expect(counts.readingsUnaccounted == 0 && counts.messagesUnaccounted == 0, comment)
            }
            let sum = ledger.values.reduce(into: LedgerCounts()) { $0.add($1) }
            #expect(sum[.rowsDamaged] == 1 && sum[.readingsDamaged] == place.counted, comment)
        }
        // Everything else is where it was: 160 readings, and a late and a new one of each start.
        #expect(try count(of: 0, .base) == 164 - place.lost, comment)
        #expect(try count(of: 1, .base) == 164, comment)
        #expect(try count(of: 1, .hour) == 164, comment)
        try expectKept(damaged, place)
    }

    /// What is derived anew around a lost base block does not take it from the longer tiers: only
    /// what shares a window with lost readings is missing there.
    @Test func longerTiersKeepWhatABaseBlockHad() throws {
        let writer = try folder.writer()
        let series = try writer.intern("first", .gauge)
        func store(minutes: [Int64]) throws {
            let readings = minutes.map {
                // Values without order: those that take few bytes have no longer tiers.
                Reading(
                    series: series, time: springEve + $0 * 60_000,
                    value: Value($0 * $0 * 7919 % 1009))
            }
            try writer.commit(readings, time: springEve + 540 * 60_000)
            try writer.settle(now: springEve + 86_400_000)
            try writer.compact()
        }
        try store(minutes: Array(120..<480))
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(sql: "UPDATE blocks SET block = x'00' WHERE tier = 0")
        }
        // Late ones an hour before, and new ones behind.
        try store(minutes: Array(60..<70) + Array(480..<540))
        #expect(try count(of: 0, .base) == 70)
        #expect(try count(of: 0, .hour) == 10 + 360 + 60)
        #expect(try count(of: 0, .day) >= 360)
    }

    /// A block that hides behind a changed column is found where a new one comes in its place.
    @Test func aBlockWithAChangedEndIsSetAside() throws {
        try makeStore()
        let (id, first) = try DatabaseQueue(path: folder.store).write { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT id, first_start FROM blocks WHERE series = 0 AND tier = 0")
            let id: Int64 = try #require(row)["id"]
            try database.execute(
                sql: "UPDATE blocks SET last_start = first_start - 1 WHERE id = ?",
                arguments: [id])
            return (id, try #require(row)["first_start"] as Int64)
        }
        var told: [StoreError] = []
        let writer = try folder.writer()
        writer.onSetAside = { told.append($0) }
        try writer.commit(
            [Reading(series: 0, time: first, value: Value(1))], time: Self.now)
        try writer.settle(now: Self.now + 900_000)
        try writer.compact()
        try #require(told.count == 1)
        guard case .setAside("blocks", id, _) = told[0] else {
            Issue.record("\(told)")
            return
        }
    }

    /// Longer tiers are derived anew: nothing is lost with a row of theirs.
    private func expectKept(_ damaged: Row, _ place: Place) throws {
        if place.condition.contains("86400000") {
            for tier in Tier.allCases { #expect(try count(of: 0, tier) == 164) }
        }
        try DatabaseQueue(path: folder.store).write { database in
            let statement = try #require(
                try String.fetchOne(database, sql: "SELECT statement FROM damaged"))
            try database.execute(sql: "DELETE FROM \(place.table)")
            try database.execute(sql: statement)
            #expect(try row(place, database, id: damaged["id"]) == damaged)
        }
    }

    /// What is counted in a commit's row is kept where only its messages do not read back, and lost
    /// with its ledger.
    @Test(arguments: ["ledger", "messages"])
    func whatIsLeftOfACommitIsKept(column: String) throws {
        let batch = try commitOnce()
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(
                sql: "UPDATE commits SET \(column) = zeroblob(length(\(column)))")
        }
        let writer = try folder.writer()
        let isLedger = column == "ledger"
        #expect(try writer.sequences() == (isLedger ? [:] : batch.sequences))
        let messages = isLedger ? batch.messages : []
        #expect(try writer.unconfirmedMessages() == messages)
        #expect(writer.newestCommit == 1 && writer.newestCommitTime == springEve)
        let counts = try StoreReader(path: folder.store).snapshot { snapshot in
            try snapshot.ledger().values.reduce(into: LedgerCounts()) { $0.add($1) }
        }
        #expect(counts[.readingsStored] == (isLedger ? 0 : 1))
        #expect(counts[.rowsDamaged] == 1)
    }

    /// A commit of one reading, one message and one number of a sequence.
    private func commitOnce() throws -> CommitBatch {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .gauge)
        let sequence = writer.catalogue.intern(sequenceOf: 1, source: "uplink")
        var counts = LedgerCounts()
        counts[.readingsDecoded] = 1
        counts[.readingsStored] = 1
        var batch = CommitBatch()
        batch.readings = [Reading(series: series, time: springEve, value: Value(1))]
        batch.ledger = [LedgerKey(day: 20_260_328, device: 1): counts]
        batch.sequences = [sequence: SequenceState(last: 7)]
        batch.messages = [MessageRecord(packetID: 1, hash: 2)]
        try writer.commit(batch, time: springEve)
        return batch
    }

    /// A series that has changed its kind does not take its windows along.
    @Test func aChangedKindDoesNotMoveBlocks() throws {
        try makeStore()
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(sql: "UPDATE series SET kind = 5 WHERE id = 0")
        }
        let writer = try folder.writer()
        #expect(
            throws: StoreError.damaged(
                table: "series", row: 0, reason: "kind 5, and block 16 is of kind 17")
        ) { _ = try writer.compact() }
        let rows = try StoreReader(path: folder.store).snapshot { try $0.rowsSetAside() }
        #expect(rows == [])
    }
}
