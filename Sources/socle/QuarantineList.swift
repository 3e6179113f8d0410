import SeriesStore
import Telemetry

/// The messages in quarantine: which topics, and why.
struct QuarantineList {
    private let messages: [QuarantinedMessage]
    private let zone: CivilZone

    /// - Parameter day: of arrival, yyyymmdd; nil for all days.
    init(messages: [QuarantinedMessage], zone: CivilZone, day: Int32?) {
        self.zone = zone
        self.messages = messages.filter { message in
            guard let day else { return true }
            return message.time != 0 && civilDayNumber(zone.date(at: message.time)) == day
        }
    }

    var table: Table {
        var table = Table([
            (say("topic", "sujet"), .name), (say("reason", "raison"), .left),
            (say("arrival", "arrivée"), .left), (say("bytes", "octets"), .right),
        ])
        for message in messages {
            let unplaced = say("unplaced", "sans date")
            table.add([
                printable(message.topic), title(message.reason),
                message.time == 0 ? unplaced : wallClockText(message.time, zone: zone),
                grouped(String(message.size)),
            ])
        }
        return table
    }

    var machineTable: MachineTable {
        var table = MachineTable(["time", "topic", "reason", "size", "hash"])
        for message in messages {
            let hash = String(message.hash, radix: 16)
            table.add([
                .text(message.time == 0 ? "unplaced" : rfc3339(message.time, zone: zone)),
                .text(message.topic), .text(message.reason), .number(Int64(message.size)),
                .text(String(repeating: "0", count: 16 - hash.count) + hash),
            ])
        }
        return table
    }

    /// A topic as a terminal may show it: whoever may publish chooses its characters.
    private func printable(_ topic: String) -> String {
        String(
            topic.unicodeScalars.map { scalar in
                scalar.properties.generalCategory == .control ? "\u{FFFD}" : Character(scalar)
            })
    }

    /// The reader's words for a reason.
    private func title(_ reason: String) -> String {
        switch reason {
        case "bad_json": say("not JSON", "pas du JSON")
        case "bad_utf8": say("not UTF-8", "pas de l'UTF-8")
        case "duplicate_key": say("a key twice", "une clé en double")
        case "too_deep": say("nested too deep", "trop imbriqué")
        case "bad_text": say("neither number nor known word", "ni nombre ni mot connu")
        case "too_large": say("too large", "trop grand")
        default: reason
        }
    }
}
