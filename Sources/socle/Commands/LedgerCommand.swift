import ArgumentParser
import MQTTSession
import SeriesQuery
import SeriesStore
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
    @Option(help: "table · csv")
    var format: String?

    func run() throws {
        let balances = try store.snapshot { snapshot -> Bool in
            let day = try number(ofDay: day, snapshot.zone)
            let ledger = try snapshot.ledger(day: day).sorted {
                ($0.key.day, name($0.key, snapshot)) < ($1.key.day, name($1.key, snapshot))
            }
            let rows = ledger.map { ($0.key.day, name($0.key, snapshot), $0.value) }
            switch format ?? (Terminal.isOutput ? "table" : "csv") {
            case "csv": printCSV(rows)
            case "table": printTable(rows)
            case let name:
                throw Failure(noFormat: name, known: "table csv")
            }
            for fault in try snapshot.ledgerDamage() {
                complain("socle: \(Failure.text(of: fault))")
            }
            return ledger.allSatisfy {
                $0.value.messagesUnaccounted == 0 && $0.value.readingsUnaccounted == 0
            }
        }
        if !balances {
            throw Failure(
                .no,
                say("the ledger does not balance", "le bilan de réception ne tombe pas juste"))
        }
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

    private func name(_ key: LedgerKey, _ snapshot: StoreSnapshot) -> String {
        let devices = snapshot.catalogue.devices
        return key.device < devices.count ? devices[Int(key.device)] : "#\(key.device)"
    }

    /// - Parameter unplaced: stands for the day of what arrived while the clock was not set.
    private func dayText(_ day: Int32, unplaced: String) -> String {
        if day == LedgerKey.unplacedDay { return unplaced }
        let text = String(day)
        return text.count == 8
            ? "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))" : text
    }

    private func printCSV(_ rows: [(day: Int32, device: String, counts: LedgerCounts)]) {
        Terminal.write(
            "day,device," + LedgerCounter.allCases.map { "\($0)".snakeCased }.joined(separator: ",")
                + ",balances\n")
        for row in rows {
            let counts = LedgerCounter.allCases.map { String(row.counts[$0]) }
            let balances =
                row.counts.messagesUnaccounted == 0 && row.counts.readingsUnaccounted == 0
            Terminal.write(
                ([dayText(row.day, unplaced: "unplaced"), csvField(row.device)] + counts
                    + [balances ? "yes" : "no"]).joined(separator: ",") + "\n")
        }
    }

    private func printTable(_ rows: [(day: Int32, device: String, counts: LedgerCounts)]) {
        let unplaced = say("unplaced", "sans date")
        // Most boards never have any of these.
        let rare = [
            (unplaced, LedgerCounter.readingsUnplaced),
            (say("missing", "manquants"), .messagesMissing),
            (say("broker drops", "pertes du courtier"), .messagesDroppedByBroker),
            (say("rows damaged", "lignes abîmées"), .rowsDamaged),
            (say("readings damaged", "relevés abîmés"), .readingsDamaged),
        ].filter { column in rows.contains { $0.counts[column.1] != 0 } }
        let columns: [(String, Table.Alignment)] = [
            (say("day", "jour"), .left), (say("device", "appareil"), .name),
            (say("received", "reçus"), .right), (say("decoded", "décodés"), .right),
            (say("duplicate", "doublons"), .right), (say("quarantined", "quarantaine"), .right),
            (say("msgs refused", "messages refusés"), .right),
            (say("readings", "relevés"), .right),
            (say("stored", "gardés"), .right), (say("late", "tardifs"), .right),
            (say("readings refused", "relevés refusés"), .right),
        ]
        var table = Table(
            columns + rare.map { ($0.0, .right) } + [(say("balance", "solde"), .right)])
        func cells(_ counts: LedgerCounts) -> [String] {
            self.cells(counts, rare: rare.map(\.1))
        }
        var total = LedgerCounts()
        for row in rows {
            total.add(row.counts)
            table.add([dayText(row.day, unplaced: unplaced), row.device] + cells(row.counts))
        }
        if rows.count > 1 { table.add(["", say("total", "total")] + cells(total)) }
        Terminal.write(table.text(width: Terminal.width))
    }

    private func cells(_ counts: LedgerCounts, rare: [LedgerCounter]) -> [String] {
        let refused =
            counts[.readingsDecoded] - counts[.readingsStored] - counts[.readingsUnplaced]
            - counts.readingsUnaccounted
        let balance = counts.messagesUnaccounted + counts.readingsUnaccounted
        return [
            counts[.messagesReceived], counts[.messagesDecoded], counts[.messagesDuplicate],
            counts[.messagesQuarantined], counts[.messagesRefused] + counts[.messagesRetained],
            counts[.readingsDecoded],
            counts[.readingsStored], counts[.readingsLate], refused,
        ].map { grouped(String($0)) } + rare.map { grouped(String(counts[$0])) }
            + [balance == 0 ? "ok" : grouped(String(balance))]
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
