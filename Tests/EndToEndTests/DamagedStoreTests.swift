import Foundation
import GRDB
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// A card that has changed bytes of the store while nobody looked.
    struct DamagedStoreTests {
        /// Readings of years ago: their windows are over when they come.
        private static let profile = """
            profile: lamp
            title: { en: Lamp, fr: Lampe }
            source: this test
            match: { topic: "lamp/{device}" }
            decode: json
            time: { from: $.t, epoch: ms }
            readings:
              - { metric: level, from: $.level, unit: "%", kind: gauge }
            tests:
              - { topic: lamp/l1, payload: '{"level":3}', expect: { level: 3 } }

            """
        private static let batch = 300
        private let station: Station

        init() throws {
            let folder = try TemporaryFolder()
            try folder.write(Self.profile, to: "devices/lamp.yaml")
            station = try Station(devices: folder.path("devices"), folder: folder)
        }

        private func publish(_ batch: Int) throws {
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "lamps"
            let lamps = try MQTTPublisher(configuration)
            for number in batch * Self.batch..<(batch + 1) * Self.batch {
                let time = 1_768_348_800_000 + number * 10_000
                try lamps.publish(
                    topic: "lamp/l1", payload: Array(#"{"level":1,"t":\#(time)}"#.utf8))
            }
            try lamps.flush()
        }

        private func storedCount() throws -> Int {
            let answer = try station.socle("query", "level", "--stat", "count")
            return try Int(CSVTable(answer.output).column("count").first ?? "") ?? -1
        }

        /// Changes the database beside a gateway that is not there.
        private func change<T>(_ body: (Database) throws -> T) throws -> T {
            try DatabaseQueue(path: station.store).write(body)
        }

        /// The gateway goes on without two damaged rows; what was in them is counted as missing,
        /// everything else counts once, and the damage is named in both languages.
        @Test func theGatewayGoesOnWithoutDamagedRows() throws {
            // What comes first is settled at once, what follows waits for the next minute.
            try station.start()
            try publish(0)
            try station.awaitStored(Self.batch)
            try publish(1)
            try station.awaitStored(2 * Self.batch)
            #expect(try station.stop() == 0)
            let lost = try change { database in
                try database.execute(
                    sql: """
                        UPDATE commits SET messages = zeroblob(length(messages))
                        WHERE id = (SELECT max(id) FROM commits)
                        """)
                let rows = database.changesCount
                try database.execute(sql: "UPDATE segments SET block = zeroblob(length(block))")
                let readings = try Int.fetchOne(database, sql: "SELECT sum(readings) FROM segments")
                return (rows: rows + database.changesCount, readings: readings ?? 0)
            }
            try #require(lost.readings > 0)

            try station.start()
            try publish(2)
            try station.awaitStored(3 * Self.batch)
            try station.awaitLog("of table segments was damaged and is set aside")
            #expect(station.log.contains("of table commits was damaged and is set aside"))
            #expect(try station.stop() == 0)

            #expect(try storedCount() == 3 * Self.batch - lost.readings)
            #expect(try station.ledgerTotal("rows_damaged") == lost.rows)
            #expect(try station.ledgerTotal("readings_damaged") == lost.readings)
            #expect(try station.socle("ledger").code == 0)
            try expectNamed(rows: lost.rows)
        }

        private func expectNamed(rows: Int) throws {
            for (locale, word) in [("C.UTF-8", "set aside"), ("fr_FR.UTF-8", "mise de côté")] {
                let verification = try station.socle("store", "verify", locale: locale)
                #expect(verification.code == 1)
                #expect(verification.messages.count == rows + 1, "\(verification.errors)")
                #expect(verification.errors.contains(word), "\(verification.errors)")
                #expect(try station.socle("doctor", locale: locale).output.contains("damage"))
                let answer = try station.socle("query", "level", locale: locale)
                #expect(answer.code == 0)
                #expect(answer.messages.count == 1 && answer.errors.contains("store verify"))
            }
        }

        /// Where SQLite itself finds the file damaged the gateway writes no more: it says so once,
        /// ends, and has acknowledged nothing that is not stored.
        @Test func aDamagedFileEndsTheGateway() throws {
            try station.start()
            try publish(0)
            try station.awaitStored(Self.batch)
            #expect(try station.stop() == 0)
            // The first page of a table that is written first and not read before.
            let (page, size) = try change { database in
                let page = try Int.fetchOne(
                    database,
                    sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'segments'")
                return (try #require(page), 1_024)
            }
            // All of it is in the file now, and nothing in the write-ahead log.
            let intact = try Data(contentsOf: URL(filePath: station.store))
            var damaged = intact
            damaged.replaceSubrange(
                (page - 1) * size..<page * size, with: repeatElement(0x55, count: size))
            try damaged.write(to: URL(filePath: station.store))

            try station.start()
            try publish(1)
            let code = try station.daemon?.waitForExit(within: .seconds(60))
            #expect(code == 65)
            let lines = station.log.split(separator: "\n").filter { $0.contains("is damaged") }
            #expect(lines.count == 1 && lines[0].hasPrefix("socle: "), "\(station.log)")
            #expect(lines[0].contains("socle store restore"))
            // What does not lie there is read as ever.
            #expect(try station.ledgerTotal("readings_stored") == Self.batch)
            #expect(try station.socle("store", "verify").code == 1)

            try intact.write(to: URL(filePath: station.store))
            for suffix in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: station.store + suffix)
            }
            try station.start()
            try station.awaitStored(2 * Self.batch)
            #expect(try station.stop() == 0)
            #expect(try storedCount() == 2 * Self.batch)
        }
    }
}
