import Foundation
import GRDB
import StoredSeries
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

    init(_ entries: [MeterEntry]) {
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
    var replacements: [SeriesID: [MeterReplacement]] {
        let inForce = inForce
        var found: [SeriesID: [MeterReplacement]] = [:]
        for entry in entries where inForce.contains(entry.id) {
            guard case .replacement(let replacement, _) = entry.statement else { continue }
            found[entry.series, default: []].append(replacement)
        }
        return found.mapValues { $0.sorted { $0.time < $1.time } }
    }

    /// The series and times that entries later than one are about, withdrawn ones included.
    func places(after id: Int64) -> [(series: SeriesID, time: Int64)] {
        entries.filter { $0.id > id }.flatMap { entry -> [(series: SeriesID, time: Int64)] in
            let subject: MeterEntry? =
                if case .withdrawal(let id) = entry.statement {
                    entries.first { $0.id == id }
                } else { entry }
            guard case .replacement(let replacement, _)? = subject?.statement else { return [] }
            return [(entry.series, replacement.time)]
        }
    }

    /// Adds an entry to a store, beside the gateway that may be writing to it.
    ///
    /// What is read from then on follows it. The tiers are derived anew when the writer next
    /// settles; until then readers derive them themselves.
    ///
    /// - Returns: the entry's number.
    public static func add(_ entry: MeterEntry, toStore path: String) throws(StoreError) -> Int64 {
        try checkFile(path: path, mode: R_OK | W_OK)
        let version = try catchingDatabaseErrors(path: path) {
            try checkIdentity(path: path, isWriter: false)
        }
        if version < SeriesStore.formatVersion {
            // Nobody writes to a file of an older format but to bring it up to date.
            _ = try StoreWriter(path: path, isManaged: true)
        }
        return try catchingDatabaseErrors(path: path) {
            try openForWriting(path: path).write { database in
                try insert(entry, database)
                return database.lastInsertedRowID
            }
        }
    }
}

// MARK: - The table

extension MeterJournal {
    /// The journal of a file; empty where its format has none.
    init(_ database: Database) throws {
        guard try database.tableExists("meter_entries") else {
            self.init([])
            return
        }
        self.init(
            try Row.fetchAll(database, sql: "SELECT * FROM meter_entries ORDER BY id")
                .compactMap { row in
                    do {
                        return try Self.entry(row)
                    } catch {
                        // A damaged one is named elsewhere.
                        if RowSum.error(of: row) == 0 { throw error }
                        return nil
                    }
                })
    }

    private static func entry(_ row: Row) throws -> MeterEntry {
        let id = try row.location(in: "meter_entries").row
        let series: Int64 = try row.value("series", of: "meter_entries")
        let withdrawn: Int64? = try row.value("withdraws", of: "meter_entries")
        var entry = MeterEntry(
            series: SeriesID(truncatingIfNeeded: series),
            statement: .withdrawal(of: withdrawn ?? 0),
            entered: try row.value("entered", of: "meter_entries"),
            enteredBy: try row.value("entered_by", of: "meter_entries"))
        entry.id = id
        if withdrawn == nil {
            entry.statement = .replacement(
                MeterReplacement(
                    time: try row.value("time", of: "meter_entries"),
                    oldIndex: try index(row.value("old_index", of: "meter_entries"), of: id),
                    newIndex: try index(row.value("new_index", of: "meter_entries"), of: id)),
                serial: try row.value("serial", of: "meter_entries"))
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

    private static func insert(_ entry: MeterEntry, _ database: Database) throws {
        let newest = try Int64.fetchOne(database, sql: "SELECT max(id) FROM meter_entries") ?? 0
        var values: [(any DatabaseValueConvertible)?] = [
            newest + 1, Int64(entry.series), entry.entered, entry.enteredBy,
        ]
        switch entry.statement {
        case .replacement(let replacement, let serial):
            values += [
                nil, replacement.time, replacement.oldIndex.description,
                replacement.newIndex.description, serial,
            ]
        case .withdrawal(let id):
            values += [id, nil, nil, nil, nil]
        }
        try database.write(values, to: "meter_entries")
    }

    /// The newest entry that the tiers of a file follow.
    static func derivedUpTo(_ database: Database) throws -> Int64 {
        try metadata("meters_derived", database).flatMap(Int64.init) ?? 0
    }
}

extension StoreSnapshot {
    /// The journal of the meters.
    public func meterJournal() throws -> MeterJournal { try MeterJournal(database) }
}

extension StoreWriter {
    /// Follows what was entered in the journal since the last time: derives the tiers of the
    /// windows that it is about anew.
    func followMeterJournal(_ database: Database) throws {
        let newest =
            try Int64.fetchOne(database, sql: "SELECT max(id) FROM meter_entries") ?? 0
        let derived = try MeterJournal.derivedUpTo(database)
        guard newest > derived else { return }
        let journal = try MeterJournal(database)
        // Not undone where the transaction fails: the journal is in the file already.
        catalogue.follow(journal, derivedUpTo: newest)
        for place in journal.places(after: derived) where place.series < catalogue.entries.count {
            try deriveTiers(from: place.time, through: place.time, of: place.series, database)
        }
        try setMetadata("meters_derived", String(newest), database)
    }
}

extension SeriesCatalogue {
    /// Takes over what the journal of the meters says.
    mutating func follow(_ journal: MeterJournal, derivedUpTo derived: Int64) {
        let stale = Set(journal.places(after: derived).map(\.series))
        let replacements = journal.replacements
        for id in entries.indices {
            setReplacements(
                replacements[SeriesID(id)] ?? [], areDerived: !stale.contains(SeriesID(id)),
                of: id)
        }
    }
}
