import ArgumentParser
import MQTTSession
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Windows

extension MeterCommand {
    /// `socle meter withdraw`
    struct Withdraw: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "withdraw",
            abstract: say(
                "Withdraws an entry; it stays in the journal.",
                "Annule une saisie ; elle reste au journal."))

        @Argument(
            help: ArgumentHelp(
                say("The entry's number, as list shows it.", "Le numéro, tel que list le montre."),
                valueName: "entry"))
        var number: Int64
        @OptionGroup var store: StoreOptions
        @OptionGroup var author: AuthorOptions

        func run() throws {
            let path = try store.path()
            let now = try store.timeToWrite(path: path)
            let (series, time, around, consumption) = try store.snapshot { snapshot in
                let journal = try snapshot.meterJournal()
                let entry = journal.entries.first { $0.id == number }
                guard case .replacement(let replacement, _)? = entry?.statement, let entry else {
                    throw Failure(
                        .noInput,
                        say(
                            "no replacement has the number \(number): see socle meter list",
                            "aucun remplacement n'a le numéro \(number) : voir socle meter list"))
                }
                guard journal.inForce.contains(number) else {
                    throw Failure(
                        .badInput,
                        say(
                            "entry \(number) does not hold any more: see socle meter list",
                            "la saisie \(number) ne vaut déjà plus : voir socle meter list"))
                }
                let time = replacement.time
                let around = try MeterNeighbours(of: entry.series, at: time, snapshot.series)
                return (
                    entry.series, time, around,
                    try DailyRise(entry.series, at: time, around, snapshot)
                )
            }
            let id = try MeterJournal.add(
                MeterEntry(
                    series: series, statement: .withdrawal(of: number),
                    entered: now, enteredBy: try author.name()), toStore: path)
            try store.snapshot { snapshot in
                Terminal.write(
                    say(
                        "entry \(id): entry \(number) withdrawn\n",
                        "saisie \(id) : saisie \(number) annulée\n")
                        + again(try snapshot.meterJournal(), series, time)
                        + consumption.text(
                            then: try DailyRise(series, at: time, around, snapshot)))
            }
        }

        /// Which earlier entry holds again.
        private func again(_ journal: MeterJournal, _ series: SeriesID, _ time: Int64) -> String {
            let inForce = journal.inForce
            let entry = journal.entries.first { entry in
                guard case .replacement(let other, _) = entry.statement else { return false }
                return entry.series == series && other.time == time && inForce.contains(entry.id)
            }
            guard let entry else { return "" }
            return say(
                "entry \(entry.id) holds again\n", "la saisie \(entry.id) vaut de nouveau\n")
        }
    }
}
