import GRDB
import StoredSeries
import Telemetry

extension SeriesCatalogue {
    /// The number of a series, given now if it is new.
    ///
    /// - Throws: ``StoreError/redefined(series:stored:wanted:)`` where the series stands in the
    ///   file with another kind, unit or step: the two would not be one series.
    public mutating func intern(
        _ descriptor: SeriesDescriptor, device: DeviceID
    ) throws(StoreError) -> SeriesID {
        if let restored = restore(descriptor, device: device) { return restored }
        if let known = series(descriptor.key) {
            let stored = entries[Int(known)].descriptor
            guard stored.isCompatible(with: descriptor) else {
                throw .redefined(
                    series: descriptor.key.description, stored: stored.definition,
                    wanted: descriptor.definition)
            }
            // How long to wait and where a counter begins again may change with the profile.
            entries[Int(known)].descriptor.horizon = descriptor.horizon
            if stored.modulus != descriptor.modulus {
                entries[Int(known)].descriptor.modulus = descriptor.modulus
                if known < committedSeriesCount { changed.insert(known) }
            }
            return known
        }
        return append(Entry(descriptor: descriptor, device: device))
    }

    /// Writes the names and moduli that the file does not have yet.
    func insertChanges(_ database: Database) throws {
        for id in committedDeviceCount..<devices.count {
            try database.write([id, devices[id]], to: "devices")
        }
        for id in committedSeriesCount..<entries.count {
            try database.write(row(id, entries[id]), to: "series")
        }
        for id in committedSequenceCount..<sequences.count {
            try database.write(
                [id, Int64(sequences[id].device), sequences[id].source]
                    + repeatElement(0, count: 6), to: "sequences")
        }
        for id in changed.sorted() where entries[Int(id)].damagedSum == nil {
            try database.write(row(Int(id), entries[Int(id)]), to: "series", replaces: true)
        }
        try indexNames(database)
    }

    /// Writes the index of names anew once it lacks an eighth of them, so that each name is
    /// written some nine times in all, and where a row says something else than before.
    private func indexNames(_ database: Database) throws {
        guard entries.count >= NameIndex.seriesMin,
            entries.count > committedSeriesCount || !changed.isEmpty
        else { return }
        let known = try NameIndex(DatabaseRows(database))?.count ?? 0
        guard !changed.isEmpty || entries.count - known > known / 8 else { return }
        try setMetadata(NameIndex.key, NameIndex(of: entries).value, database)
    }

    private func row(_ id: Int, _ entry: Entry) -> [DatabaseValue] {
        let descriptor = entry.descriptor
        return [
            id.databaseValue, descriptor.key.description.databaseValue,
            Int64(entry.device).databaseValue, Int64(descriptor.kind.rawValue).databaseValue,
            descriptor.unit.databaseValue, descriptor.step.databaseValue,
            (descriptor.horizon ?? -1).databaseValue, descriptor.statesText.databaseValue,
            descriptor.modulus?.description.databaseValue ?? .null,
        ]
    }

    /// The damaged row of the file that this series had, by its checksum, or by its values where
    /// the checksum itself is damaged. The series is that again, and its row is written anew.
    mutating func restore(_ descriptor: SeriesDescriptor, device: DeviceID) -> SeriesID? {
        var entry = Entry(descriptor: descriptor, device: device)
        for id in damaged.sorted().map({ Int($0) }) {
            guard let sum = entries[id].damagedSum else { continue }
            let row = row(id, entry)
            guard RowSum.of(row) == sum || row == self.row(id, entries[id]) else { continue }
            (entry.replacements, entry.hasDerivedTiers) =
                (entries[id].replacements, entries[id].hasDerivedTiers)
            setEntry(entry, of: SeriesID(id))
            return SeriesID(id)
        }
        return nil
    }

    /// Reads the names of the sequences, which only a writer needs.
    mutating func readSequences(_ database: Database) throws {
        let rows = try Row.fetchCursor(
            database, sql: "SELECT id, device, source FROM sequences ORDER BY id")
        while let row = try rows.next() {
            let id = try row.location(in: "sequences").row
            let device: Int64? = try? row.value("device", of: "sequences")
            let source: String? = try? row.value("source", of: "sequences")
            let key = SequenceKey(
                device: DeviceID(truncatingIfNeeded: device ?? 0), source: source ?? "#\(id)")
            guard Int64(append(key)) == id else {
                throw StoreError.damaged(table: "sequences", row: id, reason: "numbers have a gap")
            }
        }
        committedSequenceCount = sequences.count
    }
}
