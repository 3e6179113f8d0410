import MQTTSession
import SeriesQuery
import SeriesStore
import Telemetry
import Windows

/// Holds the indexes of a replacement against the readings around it: a wrong date or a swapped
/// index would become a consumption.
struct MeterIndexCheck {
    private let replacement: MeterReplacement
    private let descriptor: SeriesDescriptor
    private let neighbours: MeterNeighbours
    private let zone: CivilZone
    private let isForced: Bool

    /// - Parameter isForced: whether readings may go on where the old meter was.
    init(
        _ replacement: MeterReplacement, of series: SeriesID, isForced: Bool,
        _ snapshot: StoreSnapshot
    ) throws {
        self.isForced = isForced
        self.replacement = replacement
        descriptor = snapshot.catalogue.entries[Int(series)].descriptor
        neighbours = try MeterNeighbours(of: series, at: replacement.time, snapshot)
        zone = snapshot.zone
    }

    /// - Throws: ``Failure`` that names the reading which contradicts.
    func run() throws {
        if let before = neighbours.before, replacement.oldIndex < before.value {
            throw Failure(
                .badInput,
                say(
                    "--old \(replacement.oldIndex) is below the last reading before, "
                        + "\(said(before)): check the index, and the date",
                    "--old \(replacement.oldIndex) est sous le dernier relevé d'avant, "
                        + "\(said(before)) : vérifiez l'index et la date"))
        }
        if let after = neighbours.after, after.value < replacement.newIndex {
            throw Failure(
                .badInput,
                say(
                    "--new \(replacement.newIndex) is above the first reading after, "
                        + "\(said(after)): check the index, and the date",
                    "--new \(replacement.newIndex) dépasse le premier relevé d'après, "
                        + "\(said(after)) : vérifiez l'index et la date"))
        }
        guard let before = neighbours.before, let after = neighbours.after else { return }
        // A reading that goes on where the old meter was is most likely still the old meter's.
        if !isForced, before.value <= after.value, replacement.newIndex < before.value {
            throw Failure(
                .badInput,
                say(
                    "--at: the reading \(said(after)) goes on where the old meter was: give a "
                        + "later time, or --force where it is the new one's",
                    "--at : le relevé \(said(after)) prolonge l'ancien compteur : indiquez une "
                        + "date plus tardive, ou --force s'il est du nouveau"))
        }
    }

    private func said(_ neighbour: MeterNeighbours.Neighbour) -> String {
        neighbour.value.description + unitSuffix(descriptor.unit)
            + " (\(wallClockText(neighbour.time, zone: zone)))"
    }
}

/// What a counter rose on the civil day of an instant.
struct DayRise {
    private let day: String
    private let unit: String
    private let increase: String?

    init(_ series: SeriesID, _ time: Int64, _ snapshot: StoreSnapshot) throws {
        let descriptor = snapshot.catalogue.entries[Int(series)].descriptor
        let start = snapshot.zone.startOfDay(time)
        let query = SeriesQuery(
            selectors: [try Selector(parsing: descriptor.key.description)], from: start,
            to: Tier.day.windowEnd(from: start, step: 0, zone: snapshot.zone), step: nil,
            statistics: [.increase], now: clockMilliseconds())
        var increase: String?
        try query.run(query.plan(snapshot), snapshot) { row in
            if row.descriptor.key == descriptor.key { increase = row.values.first??.text }
        }
        (self.increase, unit) = (increase, descriptor.unit)
        day = String(wallClockText(start, zone: snapshot.zone).prefix(10))
    }

    /// The day before and after something was entered.
    func text(then later: DayRise) -> String {
        guard let increase, let new = later.increase else {
            return say("no readings on that day yet\n", "pas encore de relevé ce jour-là\n")
        }
        return say(
            "\(day): \(grouped(new)) instead of \(grouped(increase))\(unitSuffix(unit))\n",
            "\(day) : \(grouped(new)) au lieu de \(grouped(increase))\(unitSuffix(unit))\n")
    }
}

/// A unit behind a number; a pure number has none.
private func unitSuffix(_ unit: String) -> String { unit == "1" ? "" : " " + unit }
