import SeriesStore
import StoredSeries

/// What became of what one device sent on one day.
typealias LedgerRow = (day: Int32, device: String, counts: LedgerCounts)

/// The ledger for people: what every device has, and of what few have only what occurred.
struct LedgerTable {
    private let rows: [LedgerRow]
    private let counters: [LedgerCounter]

    init(_ rows: [LedgerRow]) {
        self.rows = rows
        counters = Self.columns.filter { counter in
            Self.usual.contains(counter) || rows.contains { $0.counts[counter] != 0 }
        }
    }

    private static let usual: Set<LedgerCounter> = [
        .messagesReceived, .messagesDecoded, .messagesDuplicate, .messagesQuarantined,
        .readingsDecoded, .readingsStored, .readingsLate,
    ]

    /// In the order in which they add up: messages, then readings, then what is suspected.
    private static let columns: [LedgerCounter] = [
        .messagesReceived, .messagesDecoded, .messagesDuplicate, .messagesQuarantined,
        .messagesRefused, .messagesRetained,
        .readingsDecoded, .readingsStored, .readingsLate, .readingsDuplicate, .readingsConflict,
        .readingsImplausible, .readingsUnreadable, .readingsTooLate, .readingsRedefined,
        .readingsUnplaced, .readingsAbandoned,
        .messagesMissing, .messagesDroppedByBroker, .rowsDamaged, .readingsDamaged,
    ]

    /// The table, with a total where there are several rows.
    var table: Table {
        var table = Table(
            [(say("day", "jour"), .left), (say("device", "appareil"), .name)]
                + counters.map { (ledgerTitle($0), .right) } + [(say("balance", "solde"), .right)])
        var total = LedgerCounts()
        let unplaced = ledgerTitle(.readingsUnplaced)
        for row in rows {
            total.add(row.counts)
            table.add([dayText(row.day, unplaced: unplaced), row.device] + cells(row.counts))
        }
        if rows.count > 1 { table.add(["", say("total", "total")] + cells(total)) }
        return table
    }

    private func cells(_ counts: LedgerCounts) -> [String] {
        let balance = counts.messagesUnaccounted + counts.readingsUnaccounted
        return counters.map { grouped(String(counts[$0])) }
            + [balance == 0 ? "ok" : grouped(String(balance))]
    }
}

/// A day of the ledger.
///
/// - Parameter unplaced: stands for the day of what arrived while the clock was not set.
func dayText(_ day: Int32, unplaced: String) -> String {
    if day == LedgerKey.unplacedDay { return unplaced }
    let text = String(day)
    return text.count == 8
        ? "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))" : text
}

/// The reader's word for a count of the ledger.
private func ledgerTitle(_ counter: LedgerCounter) -> String {
    switch counter {
    case .messagesReceived: say("received", "reçus")
    case .messagesDecoded: say("decoded", "décodés")
    case .messagesDuplicate: say("duplicate", "doublons")
    case .messagesQuarantined: say("quarantined", "quarantaine")
    case .messagesRefused: say("unknown topic", "sujet inconnu")
    case .messagesRetained: say("retained", "retenus")
    case .messagesAtMostOnce: say("QoS 0", "QoS 0")
    case .messagesMissing: say("missing", "manquants")
    case .messagesDroppedByBroker: say("broker drops", "pertes du courtier")
    case .readingsDecoded: say("readings", "relevés")
    case .readingsStored: say("stored", "gardés")
    case .readingsLate: say("late", "tardifs")
    case .readingsDuplicate: say("repeated", "répétés")
    case .readingsConflict: say("contradictory", "contradictoires")
    case .readingsImplausible: say("implausible", "invraisemblables")
    case .readingsUnreadable: say("unreadable", "illisibles")
    case .readingsTooLate: say("too late", "trop tardifs")
    case .readingsRedefined: say("other kind or unit", "autre genre ou unité")
    case .readingsUnplaced: say("unplaced", "sans date")
    case .readingsAbandoned: say("abandoned", "abandonnés")
    case .rowsDamaged: say("rows damaged", "lignes abîmées")
    case .readingsDamaged: say("readings damaged", "relevés abîmés")
    }
}
