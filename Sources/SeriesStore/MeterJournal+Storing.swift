import Foundation
import GRDB
import StoredSeries
import Telemetry
import Windows

extension MeterJournal {
    /// Adds an entry to a store, beside the gateway that may be writing to it.
    ///
    /// What is read from then on follows it. The tiers are derived anew when the writer next
    /// settles; until then readers derive them themselves.
    ///
    /// - Returns: the entry's number.
    public static func add(_ entry: MeterEntry, toStore path: String) throws(StoreError) -> Int64 {
        // A writer completes what was cut off.
        if StoreRestore.isPending(path) { _ = try StoreWriter(path: path, isManaged: true) }
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
}

extension StoreSnapshot {
    /// The journal of the meters.
    public func meterJournal() throws -> MeterJournal { try MeterJournal(DatabaseRows(database)) }
}

extension StoreWriter {
    /// Follows what was entered in the journal since the last time: derives the tiers of the
    /// windows that it is about anew.
    func followMeterJournal(_ database: Database) throws {
        let newest =
            try Int64.fetchOne(database, sql: "SELECT max(id) FROM meter_entries") ?? 0
        let derived = try MeterJournal.derivedUpTo(DatabaseRows(database))
        guard newest > derived else { return }
        let journal = try MeterJournal(DatabaseRows(database))
        // Not undone where the transaction fails: the journal is in the file already.
        catalogue.follow(journal, derivedUpTo: newest)
        for place in journal.places(after: derived) where place.series < catalogue.entries.count {
            try deriveTiers(from: place.time, through: place.time, of: place.series, database)
        }
        try setMetadata("meters_derived", String(newest), database)
    }
}
