import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Windows

/// Holds a replacement against the readings around it and the journal: a wrong date or a swapped
/// index would become a consumption.
struct MeterIndexCheck {
    private let replacement: MeterReplacement
    private let descriptor: SeriesDescriptor
    private let neighbours: MeterNeighbours
    private let others: [MeterEntry]
    private let zone: CivilZone

    init(
        _ replacement: MeterReplacement, of series: SeriesID, _ neighbours: MeterNeighbours,
        _ snapshot: StoreSnapshot
    ) throws {
        self.replacement = replacement
        self.neighbours = neighbours
        descriptor = snapshot.catalogue.entries[Int(series)].descriptor
        zone = snapshot.zone
        let journal = try snapshot.meterJournal()
        let inForce = journal.inForce
        others = journal.entries.filter { $0.series == series && inForce.contains($0.id) }
    }

    /// - Parameter isForced: leaves out what is only improbable.
    /// - Throws: ``Failure`` that names what contradicts.
    func run(isForced: Bool) throws {
        try checkModulus()
        try checkIndexes()
        if isForced { return }
        try checkBeginning()
        try checkOthers()
        try checkContinuation()
        try checkFault()
    }

    private func checkModulus() throws {
        guard let modulus = descriptor.modulus else { return }
        for (option, index) in [
            ("--old", replacement.oldIndex), ("--new", replacement.newIndex),
        ] where !(index < modulus) {
            throw refusal(
                "\(option) \(index): the meter begins again at \(modulus)",
                "\(option) \(index) : le compteur repart de zéro à \(modulus)")
        }
    }

    private func checkIndexes() throws {
        if let before = neighbours.before, replacement.oldIndex < before.value {
            throw refusal(
                "--old \(replacement.oldIndex) is below the last reading before, "
                    + "\(said(before)): check the index, and the date",
                "--old \(replacement.oldIndex) est sous le dernier relevé d'avant, "
                    + "\(said(before)) : vérifiez l'index et la date")
        }
        if let after = neighbours.after, after.value < replacement.newIndex {
            throw refusal(
                "--new \(replacement.newIndex) is above the first reading after, "
                    + "\(said(after)): check the index, and the date",
                "--new \(replacement.newIndex) dépasse le premier relevé d'après, "
                    + "\(said(after)) : vérifiez l'index et la date")
        }
    }

    private func checkBeginning() throws {
        guard neighbours.before == nil else { return }
        throw refusal(
            "--at: there is no reading before that; check the date, or --force",
            "--at : aucun relevé avant cette date ; vérifiez-la, ou --force")
    }

    /// Two meters between two readings happen, but a date that was corrected is likelier.
    private func checkOthers() throws {
        let replacements = others.compactMap { entry -> (id: Int64, time: Int64)? in
            guard case .replacement(let other, _) = entry.statement else { return nil }
            return (entry.id, other.time)
        }
        // An entry that takes the place of another adds no meter.
        if replacements.contains(where: { $0.time == replacement.time }) { return }
        for other in replacements {
            guard other.time > neighbours.before?.time ?? .min,
                other.time <= neighbours.after?.time ?? .max
            else { continue }
            let time = wallClockText(other.time, zone: zone)
            throw refusal(
                "entry \(other.id) already has a new meter there, at \(time): withdraw it first "
                    + "(socle meter withdraw \(other.id)), or --force for a second one",
                "la saisie \(other.id) y donne déjà un nouveau compteur, à \(time) : annulez-la "
                    + "d'abord (socle meter withdraw \(other.id)), ou --force pour un second")
        }
    }

    /// A reading that goes on where the old meter was is most likely still the old meter's, or the
    /// new one's already.
    private func checkContinuation() throws {
        guard let before = neighbours.before, let after = neighbours.after,
            before.value <= after.value, replacement.newIndex < before.value
        else { return }
        let fall = neighbours.fall.map { wallClockText($0.time, zone: zone) }
        throw refusal(
            "--at: the reading \(said(after)) goes on where that before was: "
                + (fall.map { "the index falls at \($0), is that it? " } ?? "check the date; ")
                + "--force where it is right",
            "--at : le relevé \(said(after)) prolonge celui d'avant : "
                + (fall.map { "l'index retombe le \($0), est-ce cela ? " }
                    ?? "vérifiez la date ; ") + "--force si elle est juste")
    }

    /// A fall that the next reading undoes is a fault, which counts for nothing already.
    private func checkFault() throws {
        try checkFault(neighbours.before, neighbours.after, neighbours.following)
        try checkFault(neighbours.preceding, neighbours.before, neighbours.after)
    }

    private func checkFault(
        _ first: MeterNeighbours.Neighbour?, _ second: MeterNeighbours.Neighbour?,
        _ third: MeterNeighbours.Neighbour?
    ) throws {
        guard let first, let second, let third, second.value < first.value,
            first.value <= third.value
        else { return }
        throw refusal(
            "--at: the reading \(said(second)) is a fault, which counts for nothing: the next one, "
                + "\(said(third)), goes on where the index was; --force if it was a new meter",
            "--at : le relevé \(said(second)) est une erreur, qui ne compte pas : le suivant, "
                + "\(said(third)), prolonge l'index d'avant ; --force si c'est bien un nouveau "
                + "compteur")
    }

    private func refusal(_ english: String, _ french: French) -> Failure {
        Failure(.badInput, say(english, french))
    }

    private func said(_ neighbour: MeterNeighbours.Neighbour) -> String {
        neighbour.value.description + unitSuffix(descriptor.unit)
            + " (\(wallClockText(neighbour.time, zone: zone)))"
    }
}

/// A unit behind a number; a pure number has none.
func unitSuffix(_ unit: String) -> String { unit == "1" ? "" : " " + unit }
