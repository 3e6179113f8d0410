import PrivateBroker
import Testing

extension EndToEnd {
    /// Where the answer goes: a full disk is an error, a reader that has seen enough is none.
    struct OutputTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            try folder.makeStore()
        }

        @Test(arguments: [
            "query active_power --format csv --store @town.sqlite",
            "query active_power --format table --store @town.sqlite",
            "query active_power --format openmetrics --store @town.sqlite",
            "series --store @town.sqlite", "ledger --store @town.sqlite",
            "store verify --store @town.sqlite", "version",
            "--help", "query --help",
        ])
        func anAnswerThatCannotBeWrittenIsAnError(command: String) throws {
            for (locale, expected) in [
                ("C.UTF-8", "cannot write to standard output: "),
                ("fr_FR.UTF-8", typeset("impossible d'écrire sur la sortie standard : ")),
            ] {
                let outcome = try folder.socle(command, locale: locale, output: "/dev/full")
                #expect(outcome.code == 74)
                #expect(outcome.messages.count == 1)
                #expect(outcome.errors.hasPrefix("socle: " + expected), "\(outcome.errors)")
            }
        }

        /// `socle series | head -1`, whose reader is gone when the answer comes.
        @Test func aReaderThatHasSeenEnoughEndsItQuietly() throws {
            // The fifo ends together with the pipe's reader, and only then the program starts.
            let script = """
                mkfifo gone
                { read -r end <gone; exec "$1" series --store town.sqlite; } | exec >gone
                test "${PIPESTATUS[0]}" = 141
                """
            let outcome = try run(
                "/usr/bin/env",
                ["-C", folder.path, "bash", "-c", script, "bash", Surroundings.socle], in: folder)
            #expect(outcome.code == 0)
            #expect(outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome.errors)")
        }

        // MARK: - Narrow terminals

        private static let town = ["ers-bibliotheque-nord", "ers-bibliotheque-sud"].map {
            #"co2{device="\#($0)",floor="1",site="ecole"}"#
        }

        private func makeTown() throws {
            let rows = Self.town.map {
                "\"\($0.replacing("\"", with: "\"\""))\",1768348800000,1401.25\n"
            }
            try folder.write(rows.joined(), to: "town.csv")
            let outcome = try folder.socle("import @town.csv --store @co2.sqlite")
            try #require(outcome.code == 0, "\(outcome.errors)")
        }

        @Test(arguments: [40, 60, 80, 120])
        func tablesFitTheTerminal(columns: Int) throws {
            try makeTown()
            for command in [
                "query * --every 1h --format table --store @co2.sqlite",
                "series --format table --store @co2.sqlite",
                "ledger --format table --store @co2.sqlite", "store stats --store @co2.sqlite",
                "devices list --devices @devices",
            ] {
                for locale in ["C.UTF-8", "fr_FR.UTF-8"] {
                    let table = try folder.socle(command, locale: locale, columns: columns)
                    #expect(table.code == 0, "\(table.errors)")
                    let lines = table.output.split(separator: "\n")
                    #expect(lines.allSatisfy { $0.count <= columns }, "\(table.output)")
                }
            }
        }

        /// However narrow: each row says its metric, its time and its whole values, and the rows
        /// differ.
        @Test(arguments: [30, 40, 60, 70, 80, 120])
        func narrowTablesTellTheRowsApart(columns: Int) throws {
            try makeTown()
            let table = try folder.socle(
                "query * --every 1h --stat max --format table --store @co2.sqlite",
                columns: columns)
            let names = table.output.matches(of: /co2\{.*?\}/).map { String($0.0) }
            #expect(Set(names).count == 2, "\(table.output)")
            #expect(table.output.matches(of: /2026-01-14 01:00/).count == 2, "\(table.output)")
            #expect(table.output.matches(of: /1,401\.25/).count == 2, "\(table.output)")
            // What all rows share is said once, or in each name where there is room.
            let shared = table.output.matches(of: /site="ecole"/).count
            #expect(shared == (columns == 120 ? 2 : 1), "\(table.output)")
        }
    }
}
