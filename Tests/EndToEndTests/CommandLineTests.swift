import Foundation
import PrivateBroker
import Testing

extension EndToEnd {
    /// What scripts rely on: exit codes, one-line messages, formats.
    struct CommandLineTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
        }

        // MARK: - Failures

        /// A command line, its exit code, and its last line on standard error in both languages.
        struct Refusal: CustomTestStringConvertible {
            let command: String
            let code: Int32
            let english: String
            let french: String

            var testDescription: String { command }

            init(_ command: String, _ code: Int32, _ english: String, _ french: String) {
                self.command = command
                self.code = code
                self.english = english
                self.french = french
            }
        }

        private static let refusals = [
            Refusal(
                "query active_power --every 1q --store @town.sqlite", 64,
                "--every: '1q' is no step; write 15m, 1h, 1d, 1w, 1mo, 1y or 1d@06:00",
                "--every : « 1q » n'est pas un pas ; écrivez 15m, 1h, 1d, 1w, 1mo, 1y "
                    + "ou 1d@06:00"),
            Refusal(
                "query active_power --stat increase --store @town.sqlite", 64,
                "active_power is a gauge and has no increase; "
                    + "it has mean min max sum last count revision late",
                "active_power est de genre gauge et n'a pas increase ; "
                    + "elle a mean min max sum last count revision late"),
            Refusal(
                "query active_power --from 2026-01-15 --to 2026-01-14 --store @town.sqlite", 64,
                "the range ends before it begins", "la période finit avant de commencer"),
            Refusal(
                "query active_power --last 1 --store @town.sqlite", 64,
                "--last: '1' is no duration; write 36h, 7d, 2mo or 1y",
                "--last : « 1 » n'est pas une durée ; écrivez 36h, 7d, 2mo ou 1y"),
            Refusal(
                "query active_power --last -1h --store @town.sqlite", 64,
                "--last: '-1h' is no duration", "--last : « -1h » n'est pas une durée"),
            Refusal(
                "query active_power --from -1h --store @town.sqlite", 64,
                "--from: '-1h' is no time", "--from : « -1h » n'est pas une date"),
            Refusal(
                "query active_power --limit -1 --store @town.sqlite", 64,
                "--limit: -1 is less than 0", "--limit : -1 est moins que 0"),
            Refusal(
                "query active_power --tier 15m --last 1h --store @town.sqlite", 64,
                "tier 15m does not fit the question: give --every 15m or a multiple, and",
                "le palier 15m ne convient pas à la question : donnez --every 15m ou un multiple"),
            Refusal(
                "query active_power --every raw --store @town.sqlite", 64,
                #"active_power{site="mairie"} does not keep its readings: write --every 1m; "#,
                #"active_power{site="mairie"} ne garde pas ses relevés : écrivez --every 1m ; "#),
            Refusal(
                "query active_power --every raw --tier 1h --store @town.sqlite", 64,
                "--tier goes with windows: leave it out with --every raw",
                "--tier vaut pour des fenêtres : omettez-le avec --every raw"),
            Refusal(
                "query active_power --format xml --store @town.sqlite", 64,
                "no format 'xml': table csv json ndjson chart openmetrics",
                "pas de format « xml » : table csv json ndjson chart openmetrics"),
            Refusal(
                "query active_power --store @readings.csv", 65,
                "readings.csv is not a Socle store", "readings.csv n'est pas une base Socle"),
            Refusal(
                "devices decode --topic nobody/knows --devices @devices", 65,
                "no profile names the topic nobody/knows; see socle devices list",
                "aucun profil ne nomme le sujet nobody/knows ; voyez socle devices list"),
            Refusal(
                "query active_powr --store @town.sqlite", 66,
                "no series matches active_powr; did you mean active_power?",
                "aucune série ne correspond à active_powr ; vouliez-vous active_power ?"),
            Refusal(
                "query active_power --store @nowhere.sqlite", 66, "no store at nowhere.sqlite",
                "aucune base à nowhere.sqlite : vérifiez --store ou la configuration"),
            Refusal(
                "import @nowhere.csv --store @town.sqlite", 66, "cannot read nowhere.csv",
                "impossible de lire nowhere.csv"),
            Refusal(
                "import @more.csv --kind counter --store @town.sqlite", 78,
                #"active_power{site="mairie"} is stored as gauge 1 60s, asked for was "#
                    + "counter 1 60s: leave --kind, --unit and --step out",
                #"active_power{site="mairie"} est enregistrée comme gauge 1 60s, il est "#
                    + "demandé counter 1 60s : omettez --kind, --unit et --step"),
            Refusal(
                "import @bad.csv --store @town.sqlite", 65, "bad.csv:2: 'x' is no number",
                "bad.csv:2 : « x » n'est pas un nombre"),
            Refusal(
                "import @more.csv --unit é --store @town.sqlite", 64,
                "--unit: 'é' is no UCUM code", "--unit : « é » n'est pas un code UCUM"),
            Refusal(
                "replay @readings.csv --port 1", 69,
                "cannot reach the MQTT broker at 127.0.0.1:1: Connection refused; start it, or",
                "courtier MQTT injoignable à 127.0.0.1:1 : Connection refused ; démarrez-le"),
            Refusal(
                "simulate --days 1 --port 1", 69,
                "cannot reach the MQTT broker at 127.0.0.1:1: Connection refused",
                "courtier MQTT injoignable à 127.0.0.1:1 : "),
            Refusal(
                "probe --port 1", 69,
                "cannot reach the MQTT broker at 127.0.0.1:1: Connection refused",
                "courtier MQTT injoignable à 127.0.0.1:1 : "),
            Refusal(
                "replay @readings.csv --port 1 --topic a/#", 64,
                "--topic: 'a/#' is no topic to publish to", "--topic : « a/# » n'est pas un sujet"),
            Refusal("import @readings.csv --store @nowhere/town.sqlite", 73, "cannot create", ""),
            Refusal(
                "query active_power{site=mairie} --store @town.sqlite", 64,
                "bad selector active_power{site=mairie}: the value of site is not quoted",
                "sélecteur active_power{site=mairie} incorrect : la valeur de site n'est pas "
                    + "entre guillemets"),
            Refusal(
                "check --config @nowhere.yaml", 78, "nowhere.yaml: cannot be opened",
                "nowhere.yaml : ne peut pas être ouvert ; vérifiez qu'il existe et peut être lu"),
        ]

        @Test(arguments: refusals)
        func refusesInOneLine(refusal: Refusal) throws {
            try makeStore()
            try folder.write(#""active_power{site=""mairie""}",1768354200000,7"#, to: "more.csv")
            try folder.write("a,0,1\na,60000,x\n", to: "bad.csv")
            for (locale, expected) in [
                ("C.UTF-8", refusal.english), ("fr_FR.UTF-8", typeset(refusal.french)),
            ] {
                let outcome = try socle(refusal.command, locale: locale)
                #expect(outcome.code == refusal.code)
                #expect(outcome.output.isEmpty)
                #expect(outcome.messages.count == 1, "\(outcome.errors)")
                // Names of files are given with the test's folder.
                let message = outcome.errors.replacing(folder.path + "/", with: "")
                #expect(message.hasPrefix("socle: " + expected), "\(locale): \(message)")
            }
        }

        @Test func unknownOptionIsAUsageError() throws {
            let outcome = try socle("query active_power --evry 1h")
            #expect(outcome.code == 64)
            #expect(outcome.errors.contains("--evry"))
        }

        @Test func badRowIsNamedByFileAndLine() throws {
            try folder.write("series,time,value\na,0,1\na,60000,x\n", to: "bad.csv")
            let outcome = try socle("import @bad.csv --store @new.sqlite")
            #expect(outcome.code == 65)
            #expect(outcome.messages == ["socle: \(folder.path("bad.csv")):3: 'x' is no number"])
        }

        /// The hour that clocks show twice, without offsets: what is not kept is no silent loss.
        @Test func whatIsNotKeptOfARecordingIsSaid() throws {
            let rows = ["02:15,1", "02:15,1", "02:45,2", "02:45,3"].map { "a,2026-10-25 \($0)\n" }
            try folder.write("series,time,value\n" + rows.joined(), to: "twice.csv")
            let outcome = try socle("import @twice.csv --store @new.sqlite")
            #expect(outcome.code == 0 && outcome.output == "4 readings imported\n")
            #expect(
                outcome.messages == [
                    "socle: readings that were there already, and are kept once: 1",
                    "socle: readings with another value for an instant that has one, not kept: 1; "
                        + "clocks that go back show an hour twice: write offsets",
                ])
        }

        @Test func everyFaultOfAConfigurationIsNamedByFileAndLine() throws {
            try folder.write(
                "devices: devices\nzone: Europe/Pari\nbroker:\n  port: 99999\n  hots: x\n",
                to: "socle.yaml")
            let outcome = try socle("check --config @socle.yaml")
            #expect(outcome.code == 78)
            let path = folder.path("socle.yaml")
            let places = outcome.messages.compactMap {
                $0.firstMatch(of: #/^socle: (.*?:\d+): /#)?.1
            }
            #expect(
                places == ["\(path):1", "\(path):2", "\(path):4", "\(path):5"],
                "\(outcome.errors)")
        }

        /// What a check finds wrong, and says with exit code 1.
        @Test(
            .enabled(if: Surroundings.program("python3") != nil, "python3 is not installed"),
            arguments: [
                ("UPDATE blocks SET block = zeroblob(length(block))", "store verify"),
                // Five messages that were received and of which nothing became.
                (
                    "INSERT INTO ledger(day, device, counter, count) VALUES (20260114, 1, 10, 5)",
                    "ledger"
                ),
            ])
        func faultsAreFound(statement: String, check: String) throws {
            try makeStore()
            #expect(try socle("\(check) --store @town.sqlite").code == 0)
            try changeStore(statement)
            let outcome = try socle("\(check) --store @town.sqlite")
            #expect(outcome.code == 1, "\(outcome.errors)")
            #expect(outcome.errors.hasPrefix("socle: "))
        }

        private func changeStore(_ statement: String) throws {
            let script = """
                import sqlite3, sys
                store = sqlite3.connect(sys.argv[1])
                with store:
                    assert store.execute(sys.argv[2]).rowcount > 0
                """
            let change = try run(
                "/usr/bin/env", ["python3", "-c", script, folder.path("town.sqlite"), statement],
                in: folder)
            try #require(change.code == 0, "\(change.errors)")
        }

        /// What has no time yet stands on a day without a date, and balances; the word for it is
        /// the language's in tables only.
        @Test(.enabled(if: Surroundings.program("python3") != nil, "python3 is not installed"))
        func theLedgerShowsWhatHasNoTime() throws {
            try makeStore()
            try changeStore(
                "INSERT INTO ledger(day, device, counter, count) VALUES (0, 1, 20, 7), (0, 1, 28, 7)"
            )
            for (locale, word) in [("C.UTF-8", "unplaced"), ("fr_FR.UTF-8", "sans date")] {
                let table = try socle("ledger --format table --store @town.sqlite", locale: locale)
                #expect(table.code == 0)
                #expect(table.output.contains(word), "\(table.output)")
                let answer = try socle("ledger --store @town.sqlite", locale: locale)
                let ledger = try CSVTable(answer.output)
                #expect(try ledger.column("day").first == "unplaced")
                #expect(try ledger.column("readings_unplaced") == ["7", "0"])
                #expect(try ledger.column("balances") == ["yes", "yes"])
            }
        }

        /// However much occurred, no two columns have the same title.
        @Test(
            .enabled(if: Surroundings.program("python3") != nil, "python3 is not installed"),
            arguments: ["C.UTF-8", "fr_FR.UTF-8"])
        func columnsOfTheLedgerAreToldApart(locale: String) throws {
            try makeStore()
            // Something of everything that the table knows.
            let counters = Array(10...15) + Array(17...31)
            try changeStore(
                "INSERT INTO ledger(day, device, counter, count) VALUES "
                    + counters.map { "(20260101, 1, \($0), \(1000 + $0))" }
                    .joined(separator: ", "))
            let table = try runSocle(
                ["ledger", "--format", "table", "--store", folder.path("town.sqlite")], in: folder,
                locale: locale, columns: 400)
            let header = try #require(table.output.split(separator: "\n").first)
            let titles = header.split(separator: #/ {2,}/#)
            #expect(titles.count == counters.count + 3, "\(header)")
            #expect(Set(titles).count == titles.count, "\(header)")
        }

        /// Why readings and messages were refused is said where some were, and only there.
        @Test(.enabled(if: Surroundings.program("python3") != nil, "python3 is not installed"))
        func theLedgerNamesTheReasons() throws {
            try makeStore()
            let command = "ledger --format table --store @town.sqlite"
            let before = try folder.socle(command, locale: "fr_FR.UTF-8", columns: 200).output
            #expect(!before.contains("illisibles") && !before.contains("sujet inconnu"))
            let day = 20_260_101
            try changeStore(
                "INSERT INTO ledger(day, device, counter, count) VALUES (\(day), 1, 20, 3),"
                    + " (\(day), 1, 25, 3), (\(day), 1, 10, 2), (\(day), 1, 14, 2)")
            let after = try folder.socle(command, locale: "fr_FR.UTF-8", columns: 200).output
            for title in ["illisibles", "sujet inconnu"] { #expect(after.contains(title)) }
            #expect(!after.contains("invraisemblables"))
        }

        /// A clock that is behind what the store holds is none to write by: nothing changes.
        @Test(
            .enabled(if: Surroundings.program("python3") != nil, "python3 is not installed"),
            arguments: [
                "import @more.csv", "store compact",
                "meter replace active_power --at now --old 2 --new 1", "meter withdraw 1",
            ])
        func aClockThatCannotBeRightIsRefused(command: String) throws {
            try makeStore()
            try folder.write(#""active_power{site=""mairie""}",1768354200000,7"#, to: "more.csv")
            try folder.write("store: town.sqlite\nclock: trusted\n", to: "trusted.yaml")
            try changeStore("UPDATE commits SET time = time + 7200000")
            let content = FileManager.default.contents(atPath: folder.path("town.sqlite"))
            for (locale, text) in [
                ("C.UTF-8", ", before the newest commit of the store, "),
                ("fr_FR.UTF-8", ", avant le dernier enregistrement de la base, "),
            ] {
                let outcome = try socle(command + " --store @town.sqlite", locale: locale)
                #expect(outcome.code == 69 && outcome.output.isEmpty)
                #expect(outcome.messages.count == 1)
                #expect(outcome.errors.contains(text), "\(outcome.errors)")
            }
            #expect(content == FileManager.default.contents(atPath: folder.path("town.sqlite")))
            let trusted = try socle(command + " --config @trusted.yaml")
            #expect(trusted.code != 69, "\(trusted.errors)")
        }

        // MARK: - Answers

        /// A time that the clocks showed twice, or never, is answered, and what was taken is said.
        @Test func aTimeWithoutOffsetIsTakenAndSaid() throws {
            try makeStore()
            for (range, taken) in [
                (
                    "--from 2025-10-26T02:30",
                    "--from: the clocks showed '2025-10-26T02:30' twice; taken is "
                        + "2025-10-26T02:30:00+02:00, not 2025-10-26T02:30:00+01:00"
                ),
                (
                    "--to 2026-03-29T02:30",
                    "--to: the clocks were set forward past '2026-03-29T02:30'; taken is "
                        + "2026-03-29T03:00:00+02:00"
                ),
            ] {
                let answer = try socle("query active_power \(range) --store @town.sqlite")
                #expect(answer.code == 0)
                #expect(answer.messages == ["socle: " + taken])
                #expect(answer.output.split(separator: "\n").count == 2)
            }
            let exact = try socle(
                "query active_power --from 2025-10-26T02:30:00+01:00 --store @town.sqlite")
            #expect(exact.errors.isEmpty)
        }

        @Test func aPipeGetsCSVWhateverTheLanguage() throws {
            try makeStore()
            for locale in ["C.UTF-8", "fr_FR.UTF-8"] {
                let answer = try socle(
                    "query active_power --every 1h --stat mean,count --store @town.sqlite",
                    locale: locale)
                #expect(answer.errors.isEmpty)
                #expect(
                    answer.output == """
                        time,series,unit,mean,count
                        2026-01-14T01:00:00+01:00,"active_power{site=""mairie""}",1,150.25,2
                        2026-01-14T02:00:00+01:00,"active_power{site=""mairie""}",1,-3,1

                        """)
            }
        }

        /// Digit for digit, of the series that keep them; `*` passes over the others.
        @Test func readingsThatAreKeptComeAsTheyCame() throws {
            try makeStore()
            try folder.write(
                """
                series,time,value
                door,1768348800250,1
                door,1768348800750,0.10
                door,1768352400000,21.5

                """, to: "raw.csv")
            #expect(try socle("import @raw.csv --step raw --store @town.sqlite").code == 0)
            let named = try socle("query door --every raw --store @town.sqlite")
            #expect(
                named.output == """
                    time,series,unit,last
                    2026-01-14T01:00:00.25+01:00,door,1,1
                    2026-01-14T01:00:00.75+01:00,door,1,0.1
                    2026-01-14T02:00:00+01:00,door,1,21.5

                    """)
            let all = try socle(
                "query * --every raw --to 2026-01-14T01:30 --limit 1 --store @town.sqlite")
            #expect(all.output.hasSuffix("last\n2026-01-14T01:00:00.25+01:00,door,1,1\n"))
        }

        /// No rows because none were wanted is no lack of readings.
        @Test func aLimitOfNothingIsTheHeadAlone() throws {
            try makeStore()
            let none = try socle(
                "query active_power --every 1h --stat mean --limit 0 --store @town.sqlite")
            #expect(none.code == 0 && none.errors.isEmpty)
            #expect(none.output == "time,series,unit,mean\n")
            let early = try socle("query active_power --to 2020-01-01 --store @town.sqlite")
            #expect(early.errors.contains("no readings"))
        }

        @Test func jsonIsJSON() throws {
            try makeStore()
            let answer = try socle(
                "query active_power --every 1h --stat sum --format json --store @town.sqlite")
            let rows = try #require(
                JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [[String: Any]])
            #expect(rows.map { $0["sum"] as? Double } == [300.5, -3])
            #expect(rows.first?["series"] as? String == "active_power{site=\"mairie\"}")

            let lines = try socle(
                "query active_power --every 1h --stat sum --format ndjson --store @town.sqlite")
            for line in lines.output.split(separator: "\n") {
                #expect(throws: Never.self) {
                    try JSONSerialization.jsonObject(with: Data(line.utf8))
                }
            }
        }

        @Test func tablesSpeakTheReadersLanguage() throws {
            try makeStore()
            let command = "query active_power --every 1h --stat mean --format table"
            let english = try socle(command + " --store @town.sqlite").output
            #expect(english.hasPrefix("time "))
            #expect(english.contains("150.2"))
            let french = try socle(command + " --store @town.sqlite", locale: "fr_FR.UTF-8").output
            #expect(french.hasPrefix("date "))
            #expect(french.contains("moyenne"))
            #expect(french.contains("150,2"))
        }

        @Test func chartsFitTheTerminal() throws {
            try makeStore()
            let chart = try socle(
                "query active_power --every 15m --stat max --format chart --store @town.sqlite")
            let lines = chart.output.split(separator: "\n")
            #expect(lines.first == "active_power{site=\"mairie\"} max")
            #expect(lines.allSatisfy { $0.count <= 80 })
            #expect(chart.output.contains("█"))
            try folder.write(
                #""t{room=""library"",site=""school"",device=""d1""}",0,1"#, to: "r.csv")
            #expect(try socle("import @r.csv --store @town.sqlite").code == 0)
            let narrow = try folder.socle(
                "query t --format chart --store @town.sqlite", locale: "fr_FR.UTF-8", columns: 40)
            let heading = try #require(narrow.output.split(separator: "\n").first)
            #expect(heading.hasPrefix("t{…") && heading.hasSuffix(#"site="school"} moyenne"#))
            #expect(heading.count == 40)
        }

        /// The zone is the store's, and a new store's that of the configuration.
        @Test func importReadsTheTownsClocks() throws {
            try folder.write("a,2026-07-01 08:00,1\n", to: "first.csv")
            try folder.write("a,2026-07-01,2\n", to: "second.csv")
            try folder.write("zone: Indian/Reunion\nstore: reunion.sqlite\n", to: "socle.yaml")
            for (place, offset) in [
                ("--store @paris.sqlite", "+02:00"), ("--config @socle.yaml", "+04:00"),
                ("--store @reunion.sqlite", "+04:00"),
            ] {
                for file in ["first.csv", "second.csv"] {
                    let outcome = try socle("import @\(file) \(place)")
                    #expect(outcome.code == 0, "\(outcome.errors)")
                }
                let answer = try socle("query a --every 1h --stat max \(place)")
                #expect(
                    answer.output == """
                        time,series,unit,max
                        2026-07-01T00:00:00\(offset),a,1,2
                        2026-07-01T08:00:00\(offset),a,1,1

                        """)
            }
        }

        // MARK: - Profiles and versions

        @Test func decodePrintsALineAReading() throws {
            try folder.write(#"{"time":1768348800000,"value":21.50}"#, to: "payload")
            let outcome = try socle(
                "devices decode --topic replay/hall @payload --devices @devices")
            #expect(outcome.code == 0)
            #expect(
                outcome.output == #"{"metric":"value","labels":{"series":"hall"},"unit":"1","#
                    + #""kind":"gauge","time":"2026-01-14T00:00:00Z","value":21.5}"# + "\n")
            let hex = try socle(
                "devices decode --topic replay/hall --hex 7b2274696d65223a --devices @devices")
            #expect(hex.code == 65)
            #expect(hex.output.isEmpty)
            #expect(hex.messages.count == 1)
            #expect(
                hex.messages == [
                    "socle: quarantined by profile socle-replay: bad_json: "
                        + "the JSON ends after byte 8, before it is complete"
                ])
        }

        /// Which reading, where it should stand, what came, and what was expected.
        @Test(arguments: [
            (
                "C.UTF-8",
                "reading value from $.value: found the text 'high', expected a number"
            ),
            (
                "fr_FR.UTF-8",
                "relevé value, de $.value : reçu le texte « high », attendu un nombre"
            ),
        ])
        func decodeNamesWhatItRefuses(locale: String, text: String) throws {
            try folder.write(#"{"time":1768348800000,"value":"high"}"#, to: "payload")
            let outcome = try socle(
                "devices decode --topic replay/hall @payload --devices @devices", locale: locale)
            #expect(outcome.code == 0 && outcome.output.isEmpty)
            let expected = locale == "C.UTF-8" ? text : typeset(text)
            #expect(outcome.messages == ["socle: socle-replay: " + expected])
        }

        @Test func shippedProfilesPassTheirExamples() throws {
            let outcome = try socle("devices test --devices @devices")
            #expect(outcome.code == 0, "\(outcome.errors)")
            let list = try socle("devices list --devices @devices")
            #expect(list.output.contains("socle-replay"))
        }

        @Test func aProfileWhoseExampleFailsIsNotTaken() throws {
            try folder.write(
                """
                profile: bad
                match: { topic: "bad/{device}" }
                decode: json
                readings:
                  - { metric: level, from: $.level, unit: "1", kind: gauge }
                tests:
                  - topic: bad/one
                    payload: '{"level":1}'
                    expect: { level: 2 }

                """, to: "own/bad.yaml")
            let outcome = try socle("devices test --devices @own")
            #expect(outcome.code == 78)
            #expect(outcome.errors.contains("own/bad.yaml:"))
        }

        @Test func versionNamesWhatItWasBuiltOn() throws {
            let lines = try socle("version").output.split(separator: "\n").map {
                $0.prefix(upTo: $0.lastIndex(of: " ") ?? $0.startIndex)
            }
            #expect(
                lines == [
                    "socle", "commit", "libmosquitto", "sqlite", "store format", "block format",
                ])
        }

        /// A commit, with `+` where files were changed after it, or a plain word where the build was
        /// not told.
        @Test func versionNamesItsCommit() throws {
            let lines = try socle("version").output.split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("commit ") })
            #expect(line.firstMatch(of: /^commit ([0-9a-f]{12}\+?|unknown)$/) != nil, "\(line)")
        }

        // MARK: -

        private func socle(_ command: String, locale: String = "C.UTF-8") throws -> Outcome {
            try folder.socle(command, locale: locale)
        }

        private func makeStore() throws { try folder.makeStore() }
    }
}
