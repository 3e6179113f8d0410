import ArgumentParser
import Foundation
import MQTTSession
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Windows

/// `socle meter`
struct MeterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meter",
        abstract: say(
            "The journal of meters that were replaced.",
            "Le journal des compteurs remplacés."),
        discussion: say(
            """
            Consumption is the sum over the meters: the old one rises to its last
            index, the new one from its first. What is entered late counts on the
            day on which it happened.
            Example: socle meter replace 'energy{device="hall"}' --at '2026-03-12 14:00' \
            --old 48210.5 --new 0.2
            """,
            """
            La consommation est la somme des compteurs : l'ancien va jusqu'à son
            dernier index, le nouveau part de son premier. Une saisie tardive compte
            au jour du remplacement.
            Exemple : socle meter replace 'energy{device="hall"}' --at '2026-03-12 14:00' \
            --old 48210.5 --new 0.2
            """),
        subcommands: [Replace.self, Withdraw.self, List.self])

    /// Who enters something.
    struct AuthorOptions: ParsableArguments {
        @Option(help: ArgumentHelp(say("Who enters it.", "Qui saisit."), valueName: "name"))
        var by: String?

        /// The name that was given, or else the account's, also behind `sudo`.
        func name() throws -> String {
            try MeterCommand.printable(
                by ?? ProcessInfo.processInfo.environment["SUDO_USER"] ?? NSUserName(), "--by")
        }
    }

    /// A text of one line, which a terminal may show.
    static func printable(_ text: String?, _ option: String) throws -> String {
        let text = text ?? ""
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw Failure(
                .usage,
                say(
                    "\(option): control characters and line ends are not allowed",
                    "\(option) : ni caractères de contrôle ni fins de ligne"))
        }
        return text
    }
}

extension MeterCommand {
    /// `socle meter replace`
    struct Replace: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replace",
            abstract: say("Enters a replacement.", "Saisit un remplacement."))

        @Argument(
            help: ArgumentHelp(say("One counter.", "Un seul compteur."), valueName: "selector"))
        var selector: String
        @OptionGroup var store: StoreOptions
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                say(
                    "When: readings from then on are the new meter's.",
                    "Quand : les relevés suivants sont du nouveau compteur."), valueName: "time"))
        var at: String
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                say("The old meter's last index.", "Dernier index de l'ancien."),
                valueName: "index"))
        var old: String
        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                say("The new meter's first index.", "Premier index du nouveau."),
                valueName: "index"))
        var new: String
        @Option(
            help: ArgumentHelp(
                say("The new meter's serial number.", "Numéro de série du nouveau."),
                valueName: "number"))
        var serial: String?
        @Flag(
            help: ArgumentHelp(
                say(
                    "Though readings go on where the old meter was.",
                    "Même si les relevés prolongent l'ancien compteur.")))
        var force = false
        @OptionGroup var author: AuthorOptions

        func run() throws {
            let path = try store.path()
            let now = try store.timeToWrite(path: path)
            let serial = try MeterCommand.printable(serial, "--serial")
            let name = try author.name()
            let (series, replacement, around, consumption) = try store.snapshot { snapshot in
                let series = try counter(snapshot.catalogue)
                let replacement = MeterReplacement(
                    time: try time(snapshot.zone, now: now), oldIndex: try index(old, "--old"),
                    newIndex: try index(new, "--new"))
                let around = try MeterNeighbours(of: series, at: replacement.time, snapshot.series)
                try MeterIndexCheck(replacement, of: series, around, snapshot)
                    .run(isForced: force)
                return (
                    series, replacement, around,
                    try DailyRise(series, at: replacement.time, around, snapshot)
                )
            }
            let entry = MeterEntry(
                series: series,
                statement: .replacement(replacement, serial: serial), entered: now,
                enteredBy: name)
            let id = try MeterJournal.add(entry, toStore: path)
            try store.snapshot { snapshot in
                Terminal.write(
                    say("entry \(id): ", "saisie \(id) : ")
                        + snapshot.catalogue.entries[Int(series)].descriptor.key.description + "\n"
                        + consumption.text(
                            then: try DailyRise(
                                series, at: replacement.time, around, snapshot)))
            }
        }

        private func counter(_ catalogue: SeriesCatalogue) throws -> SeriesID {
            let wanted = try Selector(parsing: selector)
            let found = catalogue.sorted { wanted.matches($0.key) }
            guard let first = found.first else {
                throw QueryError.noSuchSeries(selector: wanted.text, nearest: [])
            }
            let descriptor = catalogue.entries[Int(first)].descriptor
            let name = descriptor.key.description
            guard found.count == 1 else {
                throw Failure(
                    .usage,
                    say(
                        "\(found.count) series match: name one, as \(name)",
                        "\(found.count) séries correspondent : nommez-en une, ainsi \(name)"))
            }
            guard descriptor.kind == .counter else {
                throw Failure(
                    .usage,
                    say("\(name) is no counter", "\(name) n'est pas un compteur"))
            }
            return first
        }

        private func time(_ zone: CivilZone, now: Int64) throws -> Int64 {
            let time = try TimeOption(name: "--at", text: at, zone: zone).exactInstant(now: now)
            guard time <= now else {
                throw Failure(
                    .usage,
                    say("--at: \(at) is still to come", "--at : \(at) est encore à venir"))
            }
            return time
        }

        private func index(_ text: String, _ option: String) throws -> Value {
            let value = Value(parsing: Array(text.utf8).span)
            if let value, value.isDecimal, Value(0) <= value { return value }
            throw Failure(
                .usage,
                say(
                    "\(option): '\(text)' is no index; write digits and a point: 48210.5",
                    "\(option) : « \(text) » n'est pas un index ; écrivez des chiffres et un "
                        + "point : 48210.5"))
        }
    }
}
