import Foundation
import GRDB
import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// Rows without a block have a checksum: a changed bit in one is named, stops nothing, and is not
/// written over.
struct RowSumTests {
    private let folder: TemporaryFolder
    private let now = springEve + 900_000

    /// A store with rows in each of the tables.
    init() throws {
        folder = try TemporaryFolder()
        let writer = try folder.writer()
        let series = try writer.intern("energy", .counter, modulus: Value(1_000_000))
        try commit(writer, series, 1)
        let entry = MeterEntry(
            series: series,
            statement: .replacement(
                MeterReplacement(
                    time: springEve + 30_000, oldIndex: Value(5), newIndex: Value(1)),
                serial: "4711"), entered: springEve, enteredBy: "Léa")
        _ = try MeterJournal.add(entry, toStore: folder.store)
        try writer.settle(now: now)
        try commit(writer, series, 2)
        try writer.settle(now: now + 60_000)
    }

    private func commit(_ writer: StoreWriter, _ series: SeriesID, _ number: Int64) throws {
        let device = writer.catalogue.entries[Int(series)].device
        let sequence = writer.catalogue.intern(sequenceOf: device, source: "uplink")
        var counts = LedgerCounts()
        counts[.readingsDecoded] = 1
        counts[.readingsStored] = 1
        var batch = CommitBatch()
        batch.readings = [
            Reading(series: series, time: springEve + number * 60_000, value: Value(number))
        ]
        batch.ledger = [LedgerKey(day: 20_260_328, device: device): counts]
        batch.sequences = [sequence: SequenceState(last: number)]
        try writer.commit(batch, time: springEve + number * 60_000)
    }

    private var faults: [StoreError] {
        get throws { try StoreReader(path: folder.store).snapshot { try $0.verify() } }
    }

    private static let tables = [
        "meta", "devices", "series", "meter_entries", "sequences", "settled", "ledger",
    ]

    /// A column's value as the card may give it back: with one bit changed, or none at all.
    private func damaged(_ value: DatabaseValue) -> [DatabaseValue] {
        switch value.storage {
        case .int64(let number):
            (0..<64).map { (number ^ (1 << $0)).databaseValue } + [.null]
        case .string(let text):
            // What is no UTF-8 any more is written as it is.
            text.utf8.indices.map { index in
                var bytes = Data(text.utf8)
                let offset = text.utf8.distance(from: text.utf8.startIndex, to: index)
                bytes[offset] ^= 1 << UInt8(offset % 8)
                return bytes.databaseValue
            } + [.null]
        default: []
        }
    }

    @Test(arguments: tables)
    func everyChangedBitIsNamed(table: String) throws {
        #expect(try faults == [])
        let queue = try unguarded()
        let row = try #require(
            try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM \(table)") })
        let key = try queue.read { try $0.primaryKey(table).columns }
        var count = 0
        // A changed key of a table by number is another row.
        let columns = row.columnNames.filter { $0 != "id" }
        for column in columns {
            for value in damaged(row[column]) {
                guard try set(value, column, of: row, in: table, key, queue) else { continue }
                count += 1
                let found = try faults
                guard found.count == 1, case .damaged(table, _, _) = found[0] else {
                    Issue.record("\(table).\(column) = \(value): \(found)")
                    continue
                }
                // The gateway goes on.
                if count % 8 == 0 { _ = try folder.writer().commit([], time: springEve) }
                try putBack(row, in: table, queue)
                #expect(try faults == [])
            }
        }
        #expect(count > 60)
    }

    /// A series whose row is damaged is itself again once its profile says what it is: the checksum
    /// proves which one it was.
    @Test func aDamagedSeriesIsRestored() throws {
        let queue = try unguarded()
        let row = try #require(
            try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM series") })
        let intact = try StoreReader(path: folder.store).snapshot { $0.catalogue.entries[0] }
        for column in row.columnNames.filter({ $0 != "id" }) {
            for value in damaged(row[column]).prefix(12) {
                guard try set(value, column, of: row, in: "series", ["id"], queue) else { continue }
                let writer = try folder.writer()
                #expect(writer.faults.count == 1, "\(column)")
                let series = try writer.catalogue.intern(
                    intact.descriptor, device: intact.device)
                #expect(series == 0, "\(column) = \(value)")
                try writer.commit([], time: springEve)
                #expect(try faults == [], "\(column) = \(value)")
                #expect(try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM series") } == row)
            }
        }
    }

    /// What follows from a damaged row is damaged: its checksum is not made right.
    @Test(arguments: [("ledger", "count"), ("sequences", "missing")])
    func damageIsNotWrittenOver(table: String, column: String) throws {
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(sql: "UPDATE \(table) SET \(column) = \(column) + 4")
        }
        let damaged = try faults.count
        let writer = try folder.writer()
        let count = try DatabaseQueue(path: folder.store).read { database in
            try Int64.fetchOne(database, sql: "SELECT sum(\(column)) FROM \(table)")
        }
        for number in 3...5 {
            try commit(writer, 0, Int64(number))
            try writer.settle(now: now + Int64(number) * 60_000)
        }
        let found = try faults
        #expect(damaged > 0 && found.count == damaged)
        let later = try DatabaseQueue(path: folder.store).read { database in
            try Int64.fetchOne(database, sql: "SELECT sum(\(column)) FROM \(table)")
        }
        #expect(later != count)
    }

    /// A meter's entry that does not read is left out and named, and the others hold.
    @Test func anUnreadableMeterEntryIsLeftOut() throws {
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(sql: "UPDATE meter_entries SET old_index = 'many'")
        }
        let writer = try folder.writer()
        #expect(
            writer.faults
                == [.damaged(table: "meter_entries", row: 1, reason: "checksum mismatch")])
        #expect(writer.catalogue.entries[0].replacements.isEmpty)
        #expect(try faults == writer.faults)
    }

    /// As a card changes it: no rule of the table's is asked.
    private func unguarded() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA ignore_check_constraints = 1") }
        return try DatabaseQueue(path: folder.store, configuration: configuration)
    }

    /// - Returns: false where SQLite does not let the value into the table.
    private func set(
        _ value: DatabaseValue, _ column: String, of row: Row, in table: String, _ key: [String],
        _ queue: DatabaseQueue
    ) throws -> Bool {
        let condition = key.map { "\($0) = ?" }.joined(separator: " AND ")
        let isText =
            if case .string = (row[column] as DatabaseValue).storage { true } else { false }
        do {
            try queue.write { database in
                try database.execute(
                    sql: "UPDATE \(table) SET \(column) = \(isText ? "CAST(? AS TEXT)" : "?") "
                        + "WHERE \(condition)",
                    arguments: StatementArguments([value] + key.map { row[$0] as DatabaseValue }))
            }
            return true
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            return false
        }
    }

    private func putBack(_ row: Row, in table: String, _ queue: DatabaseQueue) throws {
        try queue.write { database in
            let others = try Row.fetchAll(database, sql: "SELECT * FROM \(table)")
                .filter { RowSumTests.isIntact($0, like: row) }
            try database.execute(sql: "DELETE FROM \(table)")
            for kept in [row] + others {
                let marks = kept.map { _ in "?" }.joined(separator: ",")
                try database.execute(
                    sql: "INSERT INTO \(table) VALUES (\(marks))",
                    arguments: StatementArguments(Array(kept.databaseValues)))
            }
        }
    }

    /// Whether a row is one of the others of the table.
    private static func isIntact(_ row: Row, like damaged: Row) -> Bool {
        zip(row.databaseValues, damaged.databaseValues).count { $0 != $1 } > 1
    }
}
