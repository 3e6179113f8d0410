import ArgumentParser
import MQTTSession
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// `socle ledger`
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: say(
            "What was received and what became of it.",
            "Le bilan de réception : ce qui a été reçu et ce qu'il en est advenu."))

    @OptionGroup var store: StoreOptions
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("Only this civil day.", "Seulement ce jour civil.")))
    var day: String?
    @Flag(
        help: ArgumentHelp(
            say(
                "Instead, the messages that no profile could read: the newest of each topic.",
                "À la place, les messages illisibles : les derniers de chaque sujet.")))
    var quarantine = false
    @Option(help: "table · csv · json · ndjson")
    var format: String?

    func run() throws {
        let balances = try store.snapshot { snapshot -> Bool in
            let day = try number(ofDay: day, snapshot.zone)
            let format = format ?? (Terminal.isOutput ? "table" : "csv")
            if quarantine {
                let list = QuarantineList(
                    messages: try snapshot.quarantine(), zone: snapshot.zone, day: day)
                try write(list.machineTable, list.table, as: format)
                return true
            }
            let rows = try snapshot.ledger(day: day)
                .map { ($0.key.day, snapshot.catalogue.deviceName($0.key.device), $0.value) }
                .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
            try write(machineTable(rows), LedgerTable(rows).table, as: format)
            for fault in try snapshot.ledgerDamage() {
                complain("socle: \(Failure.text(of: fault))")
            }
            return rows.allSatisfy { _, _, counts in
                counts.messagesUnaccounted == 0 && counts.readingsUnaccounted == 0
            }
        }
        if !balances {
            throw Failure(
                .no,
                say("the ledger does not balance", "le bilan de réception ne tombe pas juste"))
        }
    }

    private func write(
        _ rows: @autoclosure () -> MachineTable, _ table: @autoclosure () -> Table,
        as format: String
    ) throws {
        guard
            let text = format == "table"
                ? table().text(width: Terminal.width) : rows().text(as: format)
        else { throw Failure(noFormat: format, known: "table csv json ndjson") }
        Terminal.write(text)
    }

    private func number(ofDay text: String?, _ zone: CivilZone) throws -> Int32? {
        guard let text else { return nil }
        guard let instant = TimeExpression.instant(text, now: clockMilliseconds(), zone: zone)
        else {
            throw Failure(
                .usage,
                say("--day: '\(text)' is no day", "--day : « \(text) » n'est pas un jour")
                    + " (2026-03-29, today, yesterday)")
        }
        return civilDayNumber(zone.date(at: instant))
    }

    private func machineTable(_ rows: [LedgerRow]) -> MachineTable {
        var table = MachineTable(
            ["day", "device"] + LedgerCounter.allCases.map { "\($0)".snakeCased } + ["balances"])
        for row in rows {
            let balances =
                row.counts.messagesUnaccounted == 0 && row.counts.readingsUnaccounted == 0
            table.add(
                [.text(dayText(row.day, unplaced: "unplaced")), .text(row.device)]
                    + LedgerCounter.allCases.map { .number(row.counts[$0]) }
                    + [.text(balances ? "yes" : "no")])
        }
        return table
    }
}

extension String {
    /// `messagesReceived` as `messages_received`.
    fileprivate var snakeCased: String {
        reduce(into: "") { text, character in
            text += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
    }
}
