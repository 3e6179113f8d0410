import Foundation
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// `socle sql`
    struct SQLCommandTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            try folder.makeStore()
        }

        private func sql(
            _ statement: String, format: String = "csv", locale: String = "C.UTF-8"
        ) throws -> Outcome {
            try runSocle(
                ["sql", statement, "--store", folder.path("town.sqlite"), "--format", format],
                in: folder, locale: locale)
        }

        @Test func eachFormatIsWhatItIs() throws {
            let statement =
                "SELECT start, mean, first, labels FROM windows WHERE site = 'mairie' LIMIT 1"
            #expect(
                try sql(statement).output == """
                    start,mean,first,labels
                    2026-01-14T01:00:00+01:00,100,,"{""site"":""mairie""}"

                    """)
            let object =
                #"{"start":"2026-01-14T01:00:00+01:00","mean":100,"first":null,"#
                + #""labels":"{\"site\":\"mairie\"}"}"#
            #expect(try sql(statement, format: "ndjson").output == object + "\n")
            #expect(try sql(statement, format: "json").output == "[\n\(object)\n]\n")
            #expect(
                try sql("SELECT x'0aff' AS b, 1.5 AS c WHERE 0", format: "json").output == "[]\n")
            #expect(
                try sql("SELECT x'0aff' AS b, 10 AS c", format: "table").output == """
                    b      c
                    ----  --
                    0aff  10

                    """)
        }

        /// Nothing is written, whatever is asked; and each refusal is one line.
        @Test(arguments: [
            ("DELETE FROM blocks", 64, "only reads", "ne fait que lire"),
            ("PRAGMA user_version = 9", 64, "only reads", "ne fait que lire"),
            ("VACUUM INTO 'copy.sqlite'", 64, "only reads", "ne fait que lire"),
            ("ATTACH 'copy.sqlite' AS c", 64, "only reads", "ne fait que lire"),
            ("INSERT INTO windows(series) VALUES ('x')", 64, "cannot be", "ne peut"),
            ("SELECT 1; SELECT 2", 64, "one statement", "une seule"),
            ("SELECT", 64, "cannot be answered: incomplete", "ne peut aboutir : incomplete"),
            ("SELECT * FROM resample('nix')", 64, "no series matches nix", "no series matches"),
        ])
        func whatIsNoQuestionIsRefused(
            statement: String, code: Int, english: String, french: String
        ) throws {
            let before = try Data(contentsOf: URL(filePath: folder.path("town.sqlite")))
            for (locale, expected) in [("C.UTF-8", english), ("fr_FR.UTF-8", typeset(french))] {
                let outcome = try sql(statement, locale: locale)
                #expect(outcome.code == Int32(code))
                #expect(outcome.output.isEmpty)
                #expect(outcome.messages.count == 1)
                #expect(outcome.errors.contains(expected), "\(outcome.errors)")
            }
            #expect(try Data(contentsOf: URL(filePath: folder.path("town.sqlite"))) == before)
            #expect(!FileManager.default.fileExists(atPath: folder.path("copy.sqlite")))
        }

        @Test func aStoreOfAConfigurationIsRead() throws {
            try folder.write("store: town.sqlite\ndevices: .\nbroker: {}\n", to: "socle.yaml")
            let outcome = try runSocle(
                ["sql", "SELECT count(*) AS n FROM windows", "--config"]
                    + [folder.path("socle.yaml")], in: folder)
            #expect(outcome.output == "n\n3\n", "\(outcome.errors)")
            #expect(try folder.socle("sql x --store @none.sqlite").code == 66)
            #expect(try folder.socle("sql x --store @town.sqlite --format xml").code == 64)
        }

        /// Readings whose window may still change are readings and windows already.
        @Test func whatWaitsIsSeen() throws {
            let folder = try TemporaryFolder()
            try folder.write(
                """
                profile: lamp
                title: { en: Lamp, fr: Lampe }
                source: this test
                match: { topic: "lamp/{device}" }
                decode: json
                readings:
                  - { metric: level, from: $.level, unit: "%", kind: gauge }
                tests:
                  - { topic: lamp/l1, payload: '{"level":3}', expect: { level: 3 } }

                """, to: "devices/lamp.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            try station.start()
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "lamps"
            let lamps = try MQTTPublisher(configuration)
            for level in 1...3 {
                try lamps.publish(
                    topic: "lamp/l\(level)", payload: Array(#"{"level":\#(level)}"#.utf8))
            }
            try lamps.flush()
            try station.awaitStored(3)
            let answer = try station.socle(
                "sql", "SELECT device, value FROM readings ORDER BY device", "--format", "csv")
            #expect(answer.output == "device,value\nl1,1\nl2,2\nl3,3\n", "\(answer.errors)")
            let windows = try station.socle(
                "sql", "SELECT sum(count), sum(max) FROM windows", "--format", "csv")
            #expect(lines(windows.output).last == "3,6", "\(windows.errors)")
            #expect(try station.stop() == 0)
        }
    }
}
