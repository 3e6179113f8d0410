import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// What is damaged in a file, in words and for machines: where it is and what was in it.
struct DamageReport {
    let file: String
    let zone: CivilZone

    /// LIMIT: series that a line names; a row of many may hold any of them.
    private static let namesMax = 3

    /// `town.sqlite: damaged row 7 of table blocks: …; it held co2{site="ecole"}, tier 1h, from …`
    func line(_ row: DamagedRow) -> String {
        let held = held(row)
        let place = held.isEmpty ? "" : say("; it held ", " ; elle contenait ") + held
        return "\(file): \(Failure.text(of: row.error))" + place
    }

    /// What was in a row, as far as anything tells.
    private func held(_ row: DamagedRow) -> String {
        var parts: [String] = []
        if !row.series.isEmpty {
            let names = row.series.prefix(Self.namesMax).map(\.description).joined(separator: ", ")
            let rest = row.series.count - Self.namesMax
            parts.append(
                names
                    + (rest > 0
                        ? say(" or \(rest) others", " ou \(rest) autres") : ""))
        }
        if let tier = row.tier { parts.append(say("tier ", "palier ") + tier.name) }
        if let times = row.times {
            let first = wallClockText(times.lowerBound, zone: zone)
            let end = wallClockText(times.upperBound, zone: zone)
            parts.append(say("from \(first) to \(end)", "de \(first) à \(end)"))
        }
        return parts.joined(separator: ", ")
    }

    /// An array of objects, one for each row; `[]` where all is well.
    func json(_ rows: [DamagedRow]) -> String {
        let objects = rows.map(object)
        return objects.isEmpty ? "[]\n" : "[\n" + objects.joined(separator: ",\n") + "\n]\n"
    }

    private func object(_ row: DamagedRow) -> String {
        var (table, number, reason, isSetAside) = ("", Int64(0), row.error.description, false)
        switch row.error {
        case .damaged(let place, let id, let why): (table, number, reason) = (place, id, why)
        case .setAside(let place, let id, let why):
            (table, number, reason, isSetAside) = (place, id, why, true)
        default: break
        }
        func time(_ instant: Int64?) -> String {
            instant.map { jsonString(rfc3339($0, zone: zone)) } ?? "null"
        }
        let series = row.series.map { jsonString($0.description) }.joined(separator: ",")
        return "{\"file\":\(jsonString(file)),\"table\":\(jsonString(table)),\"row\":\(number),"
            + "\"set_aside\":\(isSetAside),\"reason\":\(jsonString(reason)),"
            + "\"series\":[\(series)],"
            + "\"tier\":\(row.tier.map { jsonString($0.name) } ?? "null"),"
            + "\"from\":\(time(row.times?.lowerBound)),\"to\":\(time(row.times?.upperBound))}"
    }

    /// Tells what reading a snapshot tripped over.
    ///
    /// - Throws: a ``Failure`` where something is missing in what was read.
    func tell(what snapshot: StoreSnapshot) throws {
        for row in snapshot.derivedRows {
            complain(
                "socle: " + line(row)
                    + say(
                        "; these windows were derived from finer ones",
                        " ; ces fenêtres ont été dérivées de plus fines"))
        }
        let lost = snapshot.lostRows
        if lost.isEmpty { return }
        for row in lost { complain("socle: " + line(row)) }
        throw Failure(
            .badInput,
            say(
                "what was in these rows is missing in the answer: ",
                "ce que contenaient ces lignes manque dans la réponse : ") + String(lost.count))
    }
}
