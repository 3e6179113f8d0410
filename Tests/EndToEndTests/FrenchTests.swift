import Foundation
import PrivateBroker
import Testing

/// An expected French text with the blanks that French typography wants.
func typeset(_ text: String) -> String {
    text.replacing("« ", with: "«\u{A0}").replacing(" »", with: "\u{A0}»")
        .replacing(" :", with: "\u{A0}:").replacing(" ;", with: "\u{202F};")
        .replacing(" !", with: "\u{202F}!").replacing(" ?", with: "\u{202F}?")
}

extension EndToEnd {
    /// French texts on narrow and wide terminals.
    struct FrenchTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            try folder.makeStore()
        }

        /// Every command by its path, as the help of each names those below it.
        private func commands(below path: [String] = []) throws -> [[String]] {
            let help = try help(path, columns: 200)
            let list = help.split(separator: typeset("\nSOUS-COMMANDES :\n"))
            guard list.count == 2 else { return [path] }
            let names = list[1].matches(of: #/(?m)^  ([a-z]+) /#).map { String($0.1) }
            return try [path] + names.flatMap { try commands(below: path + [$0]) }
        }

        private func help(_ path: [String], columns: Int) throws -> String {
            let outcome = try runSocle(
                path + ["--help"], in: folder, locale: "fr_FR.UTF-8", columns: columns)
            #expect(outcome.code == 0)
            return outcome.output
        }

        /// Where a line might end that must not.
        private func breakable(_ text: String) -> [String] {
            text.matches(of: #/\S*(?: [:;!?»]|« )\S*/#).map { String($0.0) }
        }

        @Test func noHelpHasABreakableBlank() throws {
            let commands = try commands()
            #expect(commands.count > 25, "\(commands)")
            for command in commands {
                let help = try help(command, columns: 40)
                #expect(breakable(help).isEmpty, "\(command): \(breakable(help))")
            }
        }

        /// The frame of a help and what is wrong with arguments are the parser's texts.
        @Test(arguments: [
            ("query --help", 0 as Int32, ""), ("--help", 0, ""), ("meter", 0, ""),
            (
                "query a --evry 2", 64,
                "Erreur : option inconnue « --evry » ; vouliez-vous « --every » ?"
            ),
            ("query a --zzzzzz", 64, "Erreur : option inconnue « --zzzzzz »"),
            ("query", 64, "Erreur : il manque l'argument « <selector> ... »"),
            ("query a --from", 64, "Erreur : il manque la valeur de « --from <from> »"),
            (
                "query a --limit y", 64,
                "Erreur : la valeur « y » ne convient pas à « --limit <limit> »"
            ),
            ("import a b", 64, "Erreur : argument inattendu « b »"),
            ("import a b c", 64, "Erreur : 2 arguments inattendus : 'b', 'c'"),
            ("nothing", 64, "Erreur : argument inattendu « nothing »"),
        ])
        func theParserSpeaksFrench(command: String, code: Int32, text: String) throws {
            let outcome = try folder.socle(command, locale: "fr_FR.UTF-8", columns: 100)
            #expect(outcome.code == code)
            #expect((code == 0 ? outcome.errors : outcome.output).isEmpty)
            let lines = (outcome.output + outcome.errors).split(separator: "\n")
            #expect(code == 0 || lines.first.map { String($0) } == typeset(text), "\(lines)")
            for word in ["OVERVIEW", "Show help", "SUBCOMMANDS", "See '", "Error", "Usage: "] {
                #expect(!lines.contains { $0.contains(word) }, "\(lines)")
            }
        }

        /// Mistakes of every kind, and what the doctor finds.
        @Test(arguments: [
            "query", "query nothing", "query a{", "query active_power --from noon",
            "query active_power --format xml", "query active_power --tier 2h",
            "query active_power --stat rate", "query active_power --every 7q", "ledger --day x",
            "import @nowhere.csv", "import @town.sqlite", "import @readings.csv --kind gage",
            "import @readings.csv --unit é", "import @readings.csv --kind counter",
            "meter replace active_power --at now --old 1 --new 2", "meter withdraw 4",
            "store stats", "store verify", "store compact", "series", "doctor", "check",
            "devices test", "devices decode --topic x", "run", "simulate --days 0",
            "simulate --from noon", "doctor broker --port 1", "probe --port 1",
        ])
        func noMessageHasABreakableBlank(command: String) throws {
            try folder.write("", to: "devices/empty.yaml")
            try folder.write("store: town.sqlite\nzone: x\nclok: y\n", to: "socle.yaml")
            let takesStore = ["query", "ledger", "import", "meter", "store", "series"]
                .contains { command.hasPrefix($0) }
            let place = takesStore ? "--store @town.sqlite" : "--config @socle.yaml"
            let isPublishing = command.contains("--port") || command.hasPrefix("simulate")
            let outcome = try folder.socle(
                isPublishing ? command : command + " " + place, locale: "fr_FR.UTF-8", columns: 40)
            let text = outcome.output + outcome.errors
            #expect(!text.isEmpty)
            #expect(breakable(text).isEmpty, "\(breakable(text))")
        }
    }
}
