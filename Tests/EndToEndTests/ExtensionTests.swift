import Foundation
import PrivateBroker
import Testing

extension EndToEnd {
    /// The loadable library, in the hosts that people use.
    struct ExtensionTests {
        private let town: SQLTown

        init() throws { town = try SQLTown() }

        private func table(_ lines: [String]) throws -> [[String]] {
            try CSVTable((["series,start,count,increase,labels"] + lines).joined(separator: "\n"))
                .rows
        }

        private static let statistics =
            "count mean min max sum first last integral coverage increase rate resets transitions "
            + "revision late"

        /// Rows of series, time and the statistics, sorted. The sqlite3 shell prints 15 digits.
        private func rows(_ lines: [String]) throws -> Set<String> {
            let names = Self.statistics.split(separator: " ").joined(separator: ",")
            return Set(
                try CSVTable((["series,time,\(names)"] + lines).joined(separator: "\n")).rows
                    .map { row in
                        row.map { field in
                            Double(field).map { String(format: "%.13g", $0) } ?? field
                        }.joined(separator: "|")
                    })
        }

        /// The same of `socle query` and of a table.
        private func expectEqual(_ options: [String], _ table: String) throws {
            let names = Self.statistics.split(separator: " ").joined(separator: ",")
            let outcome = try runSocle(
                ["query", "*", "--epoch", "--format", "csv", "--stat", names, "--store"]
                    + [town.folder.path("town.sqlite")] + options, in: town.folder)
            try #require(outcome.code == 0, "\(outcome.errors)")
            let expected = try CSVTable(outcome.output).rows.map { row in
                let name = row[1].replacing("\"", with: "\"\"")
                return "\"\(name)\",\(row[0])," + row.dropFirst(3).joined(separator: ",")
            }
            let columns = names.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ",")
            let found = try town.shell("SELECT series, time, \(columns) FROM \(table)")
            try #require(found.code == 0, "\(found.errors)")
            #expect(!expected.isEmpty)
            #expect(lines(found.output).count == expected.count, "\(table)")
            #expect(try rows(lines(found.output)) == rows(expected), "\(table)")
        }

        @Test func aResampleIsTheQuery() throws {
            for step in ["1h", "1d", "1w", "1mo", "1d@06:00"] {
                try expectEqual(["--every", step], "resample('*', '\(step)')")
            }
            try expectEqual(
                ["--every", "6h", "--from", "2026-01-15 06:00", "--to", "2026-01-17"],
                "resample('*', '6h', '2026-01-15 06:00', '2026-01-17')")
            try expectEqual(["--from", "2026-01-15"], "resample('*', NULL, '2026-01-15')")
        }

        @Test func windowsAreThoseOfTheQuery() throws {
            for tier in ["15m", "1h", "1d"] {
                try expectEqual(
                    ["--every", tier, "--tier", tier], "windows WHERE tier = '\(tier)'")
            }
        }

        /// A series is read in parts; what lies on both sides of their edges is as in one piece.
        /// Falls near the edges of blocks need the readings before.
        @Test func manyWindowsAreThoseOfTheQuery() throws {
            let begin = 1_768_348_800_000
            var text = ""
            var total = 0
            for index in 0..<40_000 {
                total = index % 2_047 < 3 ? total / 3 : total + index % 13
                text += "total,\(begin + index * 60_000),\(total)\n"
            }
            try town.folder.write(text, to: "total.csv")
            let outcome = try town.folder.socle(
                "import @total.csv --store @many.sqlite --kind counter")
            try #require(outcome.code == 0, "\(outcome.errors)")
            let query = try town.folder.socle(
                "query total --every 1m --tier base --stat increase,resets --epoch --format csv "
                    + "--store @many.sqlite")
            let expected = lines(query.output).dropFirst().map { line in
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                return "\(fields[0]),\(fields[3]),\(fields[4])"
            }
            #expect(expected.count == 40_000)
            for table in ["windows", "resample('total', '1m')"] {
                let found = try town.shell(
                    "SELECT time, CAST(increase AS INTEGER), resets FROM \(table)",
                    store: "many.sqlite")
                #expect(lines(found.output) == expected, "\(table)")
            }
        }

        /// A state that holds fills as many rows as an hour has steps: they are found some at a
        /// time, and none twice or left out where the next ones begin.
        @Test func whatHoldsIsFoundPieceByPiece() throws {
            var text = ""
            for name in ["a", "b", "c"] {
                for hour in 0..<20 {
                    text += "door_\(name),\(1_768_348_800_000 + hour * 3_600_000),\(hour % 3)\n"
                }
            }
            try town.folder.write(text, to: "doors.csv")
            let outcome = try town.folder.socle(
                "import @doors.csv --store @doors.sqlite --kind state --step 1s")
            try #require(outcome.code == 0, "\(outcome.errors)")
            let query = try town.folder.socle(
                "query * --every 1s --stat coverage,last --epoch --format csv --store @doors.sqlite"
            )
            let expected = lines(query.output).dropFirst().map { line in
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                return "\(fields[1]),\(fields[0]),\(fields[3]),\(fields[4])"
            }
            #expect(expected.count > 3 * 19 * 3_600)
            for table in ["windows", "resample('*', '1s')"] {
                let found = try town.shell(
                    "SELECT series, time, CAST(coverage AS INTEGER), last FROM \(table)",
                    store: "doors.sqlite")
                #expect(lines(found.output) == expected, "\(table)")
            }
        }

        /// Where an answer goes on with the first interval of a series, the range begins where it
        /// began.
        @Test func aRangeBeginsWithinAnInterval() throws {
            let begin = 1_768_348_800_000
            var text = ""
            for name in ["a", "b"] {
                for index in 0..<6_300 {
                    text += "level_\(name),\(begin + index * 300_000),\(index % 97)\n"
                }
            }
            try town.folder.write(text, to: "levels.csv")
            let outcome = try town.folder.socle("import @levels.csv --store @levels.sqlite")
            try #require(outcome.code == 0, "\(outcome.errors)")
            // 2,048 intervals, of which the first lacks its first two readings.
            let range = "\(begin + 420_000), \(begin + 2_048 * 900_000)"
            let found = try town.shell(
                "SELECT series, count(*), sum(count), sum(CASE time WHEN \(begin) THEN count END) "
                    + "FROM resample('*', '15m', \(range)) GROUP BY series",
                store: "levels.sqlite")
            #expect(lines(found.output) == ["level_a,2048,6142,1", "level_b,2048,6142,1"])
        }

        /// What SQLite leaves to a table must not take a row away, wherever a range begins.
        @Test(arguments: ["base", "1d"])
        func aRangeIsAPartOfTheWhole(tier: String) throws {
            let columns = "series, metric, time, count, mean, increase, coverage, seconds"
            let whole = "SELECT \(columns) FROM windows WHERE tier = '\(tier)'"
            let from = 1_768_348_800_000 + 5_000_000
            for condition in [
                "time >= \(from)", "time > \(from) AND time < \(from + 180_000_001)",
                "time BETWEEN \(from) AND \(from + 86_400_000)", "time = 1768521600000",
                "time >= 1e12 AND time <= 9e30", "metric = 'energy'", "metric = 'ENERGY'",
                "metric = 'ENERGY' COLLATE NOCASE", "series IN (SELECT key FROM series LIMIT 2)",
                "metric IN ('co2', 'pulses') AND time > \(from)", "time > 'a'", "metric IS NULL",
            ] {
                let asked = try town.shell("\(whole) AND \(condition) ORDER BY series, time")
                // A subquery that is kept apart has no condition to hand down.
                let filtered = try town.shell(
                    "WITH w AS MATERIALIZED (\(whole)) SELECT * FROM w WHERE \(condition) "
                        + "ORDER BY series, time")
                try #require(asked.code == 0 && filtered.code == 0, "\(asked.errors)")
                #expect(asked.output == filtered.output, "\(condition)")
                if condition.contains("NOCASE") { #expect(!asked.output.isEmpty) }
            }
        }

        @Test func readingsOfRawSeriesAreAsTheyCame() throws {
            let outcome = try town.shell(
                "SELECT count(*), min(time), max(time), round(sum(value), 6) FROM readings "
                    + "WHERE metric = 'raw_power'",
                "SELECT count(*) FROM windows WHERE metric = 'raw_power'",
                "SELECT sum(count) FROM windows WHERE metric = 'raw_power' AND tier = '1d'")
            // Four days of half hours, and two shifted ones.
            #expect(lines(outcome.output).last == "288")
            #expect(outcome.output.hasPrefix("288,1768348800000,"), "\(outcome.output)")
            #expect(lines(outcome.output)[1] == "0")
        }

        @Test func everyHostHasTheSameRows() throws {
            let statement =
                "SELECT series, start, count, increase, labels FROM windows "
                + "WHERE tier = '1d' AND metric = 'energy' ORDER BY series, time"
            let shell = try town.shell(statement)
            try #require(shell.code == 0, "\(shell.errors)")
            let rows = try table(lines(shell.output))
            #expect(rows.count == 12)
            #expect(rows.first?[4] == #"{"device":"m1","site":"mairie"}"#)

            let sql = try table(town.sql(statement))
            #expect(sql.map { $0[0] + $0[1] + $0[2] } == rows.map { $0[0] + $0[1] + $0[2] })

            let python = try town.python(
                """
                import sqlite3
                connection = sqlite3.connect("file:town.sqlite?mode=ro", uri=True)
                connection.enable_load_extension(True)
                connection.load_extension("./socle")
                for row in connection.execute(\"\"\"\(statement)\"\"\"):
                    print(row[0] + row[1] + str(row[2]))
                """)
            #expect(python.code == 0, "\(python.errors)")
            #expect(lines(python.output) == rows.map { $0[0] + $0[1] + $0[2] })
        }

        @Test(.enabled(if: Surroundings.datasette != nil, "datasette is not installed"))
        func datasetteShowsWindows() throws {
            let program = try #require(Surroundings.datasette)
            let query =
                "/town.json?_shape=array&sql=select+start,increase+from+windows"
                + "+where+tier='1d'+and+device='m1'"
            let outcome = try run(
                "/usr/bin/env",
                ["-C", town.folder.path, program, "town.sqlite", "--load-extension", "./socle.so"]
                    + ["--get", query], in: town.folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix(#"[{"start": "2026-01-14T00:00:00+01:00", "#))
            #expect(outcome.output.matches(of: /"increase"/).count == 6, "\(outcome.output)")
        }

        @Test func whatIsNoStoreIsSaid() throws {
            let outcome = try town.shell("SELECT * FROM windows", "SELECT 7", store: "other.sqlite")
            #expect(outcome.errors.contains("this database is no Socle store"))
            for (call, expected) in [
                ("resample('nothing')", "no series matches nothing"),
                ("resample('co2{')", "bad selector"), ("resample('co2', '7')", "is no step"),
                ("resample('co2', '1h', 'then')", "'then' is no time"),
                ("resample", "resample needs a selector"),
            ] {
                let outcome = try town.shell("SELECT * FROM \(call)")
                #expect(outcome.code != 0)
                #expect(outcome.errors.contains(expected), "\(outcome.errors)")
            }
        }
    }
}
