import Foundation
import GRDB
import PrivateBroker
import Testing

extension EndToEnd {
    /// What other programs, and we ourselves, read of an export.
    struct ExportTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        /// Readings of every shape that a recording has.
        private func makeReadings() throws {
            let name = #""co2{room=""salle \""A\"", 1er"",site=""école""}""#
            let values = ["0", "-3", "200.50", "0.000000000001", "9007199254740993", "1e-30", "7"]
            let rows = values.enumerated().flatMap { index, value in
                ["\(name),\(1_774_745_999_999 + index * 1_800_000),\(value)\n"]
                    + ["level,2026-10-25T0\(index):30:00.25+02:00,\(value)\n"]
            }
            try folder.write("series,time,value\n" + rows.joined(), to: "readings.csv")
            let outcome = try folder.socle("import @readings.csv --step raw --store @raw.sqlite")
            try #require(outcome.code == 0, "\(outcome.errors)")
        }

        @Test func readingsComeBackTheSame() throws {
            try makeReadings()
            #expect(try folder.socle("export --store @raw.sqlite --output @first.csv").code == 0)
            let again = try folder.socle("import @first.csv --step raw --store @again.sqlite")
            #expect(again.code == 0, "\(again.errors)")
            let second = try folder.socle("export --store @again.sqlite", locale: "fr_FR.UTF-8")
            #expect(second.code == 0 && second.errors.isEmpty)
            #expect(second.output == folder.text(of: "first.csv"))
            let table = try CSVTable(second.output)
            #expect(table.heading == ["series", "time", "value"])
            #expect(
                try Array(table.column("value")[7...])
                    == ["0", "-3", "200.5", "0.000000000001", "9007199254740993", "1e-30", "7"])
            #expect(try table.column("time")[7] == "2026-10-25T00:30:00.25+02:00")
        }

        /// Any client of SQLite finds ordinary tables.
        @Test func aPlainFileIsRead() throws {
            try makeReadings()
            let rest = "--format sqlite --store @raw.sqlite --output @plain.sqlite"
            #expect(try folder.socle("export \(rest)").code == 0)
            try DatabaseQueue(path: folder.path("plain.sqlite")).read { database in
                let rows = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT name, unit, kind, value FROM readings
                        JOIN series ON series.id = series WHERE metric = 'level' ORDER BY time
                        """)
                let nearest = [0, -3, 200.5, 1e-12, 9_007_199_254_740_992, 1e-30, 7]
                #expect(rows.map { $0["value"] as Double } == nearest)
                #expect(rows[0]["kind"] == "gauge" && rows[0]["unit"] == "1")
            }
            #expect(try folder.socle("export --tier 1d \(rest) --replace").code == 0)
            try DatabaseQueue(path: folder.path("plain.sqlite")).read { database in
                let sums = try Double.fetchAll(
                    database, sql: "SELECT max FROM windows WHERE series = 2")
                #expect(sums == [9_007_199_254_740_992])
                #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM readings") == 0)
            }
        }

        @Test func windowsHaveAllStatistics() throws {
            try folder.makeMeters()
            let table = try CSVTable(
                folder.socle("export energy{device=\"hall\"} --store @meters.sqlite").output)
            #expect(
                table.heading == [
                    "time", "series", "unit", "count", "first", "last", "increase", "rate",
                    "resets", "revision", "late",
                ])
            #expect(try table.column("last") == ["4000", "4050", "4100", "1000", "1030"])
            #expect(try table.column("increase") == ["0", "50", "50", "0", "1030"])
            let metrics = try folder.socle(
                "export --format openmetrics --tier 1h --store @meters.sqlite")
            #expect(metrics.output.hasSuffix("# EOF\n"))
            #expect(metrics.output.components(separatedBy: "# TYPE energy_last gauge").count == 2)
        }

        /// One line, the code of its kind, and no file.
        @Test(arguments: [
            ("export --format sqlite", 64, "--output FILE", "--output FICHIER"),
            ("export --format xml", 64, "no format 'xml'", "pas de format « xml »"),
            ("export --tier 2h", 64, "no tier '2h'", "pas de palier « 2h »"),
            ("export --tier raw", 66, "leave out --tier raw", "omettez --tier raw"),
            ("export nothing", 66, "no series matches", "aucune série ne correspond"),
            ("export --from now --to now-1h", 64, "ends before", "finit avant"),
            ("export --output @none/x.csv", 73, "cannot create", "impossible de créer"),
            ("export --output @readings.csv", 73, "is there already", "existe déjà"),
        ])
        func whatCannotBeIsRefused(
            command: String, code: Int32, english: String, french: String
        ) throws {
            try folder.makeStore()
            let names = try files()
            for (locale, expected) in [("C.UTF-8", english), ("fr_FR.UTF-8", typeset(french))] {
                let outcome = try folder.socle(command + " --store @town.sqlite", locale: locale)
                #expect(outcome.code == code)
                #expect(outcome.messages.count == 1 && outcome.output.isEmpty)
                #expect(outcome.errors.contains(expected), "\(outcome.errors)")
            }
            #expect(try files() == names)
        }

        private func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { name in ![".out", ".err", "-shm", "-wal"].contains(where: name.hasSuffix)
                }
                .sorted()
        }

        /// What is damaged is named, in words and for machines; the rest is answered, and the code
        /// says that it is not all.
        @Test func whatIsDamagedIsLeftOutAndNamed() throws {
            try folder.makeStore()
            try folder.makeMeters()
            try folder.write("other,1768348800000,5\n", to: "other.csv")
            _ = try folder.socle("import @other.csv --store @town.sqlite")
            try DatabaseQueue(path: folder.path("town.sqlite")).write { database in
                try database.execute(
                    sql: "UPDATE blocks SET block = x'00' WHERE series = 0 AND tier = 0")
            }
            let name = #"active_power{site="mairie"}"#
            for (locale, words) in [
                ("C.UTF-8", ["from 2026-01-14 01:00 to 2026-01-14 02:01", "tier base"]),
                ("fr_FR.UTF-8", ["de 2026-01-14 01:00 à 2026-01-14 02:01", "palier base"]),
            ] {
                for command in ["store verify", "export", "query * --every 1m"] {
                    let outcome = try folder.socle(
                        command + " --store @town.sqlite", locale: locale)
                    #expect(outcome.code == (command == "store verify" ? 1 : 65), "\(command)")
                    #expect(outcome.messages.count == 2, "\(outcome.errors)")
                    for word in words + [name, "town.sqlite"] {
                        #expect(outcome.messages[0].contains(word), "\(outcome.errors)")
                    }
                    #expect(command == "store verify" || outcome.output.contains("other"))
                }
            }
            let report = try folder.socle("store verify --format json --store @town.sqlite")
            #expect(report.code == 1 && report.messages.count == 1)
            let list = try JSONSerialization.jsonObject(with: Data(report.output.utf8))
            let fault = try #require((list as? [[String: Any]])?.first)
            #expect(fault["table"] as? String == "blocks" && fault["series"] as? [String] == [name])
            #expect(fault["from"] as? String == "2026-01-14T01:00:00+01:00")
            // Nothing is missing in an answer about another series.
            let other = try folder.socle("query other --stat count --store @town.sqlite")
            #expect(other.code == 0 && other.errors.isEmpty, "\(other.errors)")
            #expect(try CSVTable(other.output).column("count") == ["1"])
            let sound = try folder.socle("store verify --format json --store @meters.sqlite")
            #expect(sound.code == 0 && sound.output == "[]\n")
        }
    }
}
