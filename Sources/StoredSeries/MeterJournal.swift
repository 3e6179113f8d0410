import Telemetry
import Windows

/// An entry of the journal of the meters. Entries are added and never changed.
public struct MeterEntry: Sendable, Equatable {
    /// What an entry says.
    public enum Statement: Sendable, Equatable {
        /// The series has another meter. Of two entries for one series and time the later holds.
        case replacement(MeterReplacement, serial: String)
        /// That entry does not hold any more.
        case withdrawal(of: Int64)
    }

    /// The entry's number, from 1; given with the entry.
    public var id: Int64 = 0
    public var series: SeriesID
    public var statement: Statement
    /// When it was entered, milliseconds since 1970 UTC.
    public var entered: Int64
    /// By whom, as they call themselves.
    public var enteredBy: String

    public init(series: SeriesID, statement: Statement, entered: Int64, enteredBy: String) {
        self.series = series
        self.statement = statement
        self.entered = entered
        self.enteredBy = enteredBy
    }
}

/// Everything that was ever said of a store's meters, in order.
public struct MeterJournal: Sendable {
    public let entries: [MeterEntry]

    package init(_ entries: [MeterEntry]) {
        self.entries = entries
    }

    /// The numbers of the replacements that hold: those that were not withdrawn, and of several for
    /// one series and time the newest.
    public var inForce: Set<Int64> {
        let withdrawn = Set(
            entries.compactMap { entry -> Int64? in
                if case .withdrawal(let id) = entry.statement { id } else { nil }
            })
        var newest: [Place: Int64] = [:]
        for entry in entries where !withdrawn.contains(entry.id) {
            guard case .replacement(let replacement, _) = entry.statement else { continue }
            newest[Place(series: entry.series, time: replacement.time)] = entry.id
        }
        return Set(newest.values)
    }

    private struct Place: Hashable {
        let series: SeriesID
        let time: Int64
    }

    /// The replacements that hold, by series, in order of time.
    package var replacements: [SeriesID: [MeterReplacement]] {
        let inForce = inForce
        var found: [SeriesID: [MeterReplacement]] = [:]
        for entry in entries where inForce.contains(entry.id) {
            guard case .replacement(let replacement, _) = entry.statement else { continue }
            found[entry.series, default: []].append(replacement)
        }
        return found.mapValues { $0.sorted { $0.time < $1.time } }
    }

    /// The series and times that entries later than one are about, withdrawn ones included.
    package func places(after id: Int64) -> [(series: SeriesID, time: Int64)] {
        entries.filter { $0.id > id }.flatMap { entry -> [(series: SeriesID, time: Int64)] in
            let subject: MeterEntry? =
                if case .withdrawal(let id) = entry.statement {
                    entries.first { $0.id == id }
                } else { entry }
            guard case .replacement(let replacement, _)? = subject?.statement else { return [] }
            return [(entry.series, replacement.time)]
        }
    }
}

// MARK: - The table

extension MeterJournal {
    /// The journal of a file; empty where its format has none.
    package init(_ file: some RowSource, goingRound damage: DamageMet? = nil) throws {
        var entries: [MeterEntry] = []
        if try file.hasTable("meter_entries") {
            try file.forEachRow(of: "meter_entries", goingRound: damage) { row in
                do {
                    entries.append(try Self.entry(row))
                } catch {
                    // A damaged one is named elsewhere.
                    if RowSum.error(of: row) == 0 { throw error }
                }
            }
        }
        self.init(entries)
    }

    private static func entry(_ row: StoredRow) throws -> MeterEntry {
        let id = try row.location(in: "meter_entries").row
        let series = try row.integer("series", of: "meter_entries")
        let withdrawn =
            row.isNull("withdraws") ? nil : try row.integer("withdraws", of: "meter_entries")
        var entry = MeterEntry(
            series: SeriesID(truncatingIfNeeded: series),
            statement: .withdrawal(of: withdrawn ?? 0),
            entered: try row.integer("entered", of: "meter_entries"),
            enteredBy: try row.text("entered_by", of: "meter_entries"))
        entry.id = id
        if withdrawn == nil {
            entry.statement = .replacement(
                MeterReplacement(
                    time: try row.instant("time", of: "meter_entries"),
                    oldIndex: try index(row.text("old_index", of: "meter_entries"), of: id),
                    newIndex: try index(row.text("new_index", of: "meter_entries"), of: id)),
                serial: try row.text("serial", of: "meter_entries"))
        }
        return entry
    }

    private static func index(_ text: String, of id: Int64) throws -> Value {
        guard let value = Value(parsing: Array(text.utf8).span) else {
            throw StoreError.damaged(
                table: "meter_entries", row: id, reason: "unreadable index \(text)")
        }
        return value
    }

    /// The newest entry that the tiers of a file follow.
    package static func derivedUpTo(
        _ file: some RowSource, goingRound damage: DamageMet? = nil
    ) throws -> Int64 {
        try file.metadata("meters_derived", goingRound: damage).flatMap(Int64.init) ?? 0
    }
}

extension SeriesCatalogue {
    /// Takes over what the journal of the meters says.
    package mutating func follow(_ journal: MeterJournal, derivedUpTo derived: Int64) {
        let stale = Set(journal.places(after: derived).map(\.series))
        let replacements = journal.replacements
        for id in entries.indices {
            setReplacements(
                replacements[SeriesID(id)] ?? [], areDerived: !stale.contains(SeriesID(id)),
                of: id)
        }
    }
}
