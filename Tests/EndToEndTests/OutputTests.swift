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
        ])
        func anAnswerThatCannotBeWrittenIsAnError(command: String) throws {
            for (locale, expected) in [
                ("C.UTF-8", "cannot write to standard output: "),
                ("fr_FR.UTF-8", "impossible d'écrire sur la sortie standard : "),
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
    }
}
