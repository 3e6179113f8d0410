import GRDB
import Telemetry

extension SeriesCatalogue {
    /// Writes the names and moduli that the file does not have yet.
    func insertChanges(_ database: Database) throws {
        for id in committedDeviceCount..<devices.count {
            try database.cachedStatement(sql: "INSERT INTO devices(id, name) VALUES (?, ?)")
                .execute(arguments: [id, devices[id]])
        }
        for id in committedSeriesCount..<entries.count {
            let descriptor = entries[id].descriptor
            try database.cachedStatement(
                sql: """
                    INSERT INTO series(id, key, device, kind, unit, step, horizon, states, modulus)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                id, descriptor.key.description, Int64(entries[id].device),
                Int64(descriptor.kind.rawValue), descriptor.unit, descriptor.step,
                descriptor.horizon ?? -1, descriptor.statesText, descriptor.modulusText,
            ])
        }
        for id in committedSequenceCount..<sequences.count {
            try database.cachedStatement(
                sql: """
                    INSERT INTO sequences(id, device, source, commit_id, last, missing)
                    VALUES (?, ?, ?, 0, 0, 0)
                    """
            ).execute(arguments: [id, Int64(sequences[id].device), sequences[id].source])
        }
        for id in changedModuli.sorted() {
            try database.cachedStatement(sql: "UPDATE series SET modulus = ? WHERE id = ?")
                .execute(arguments: [entries[Int(id)].descriptor.modulusText, Int64(id)])
        }
    }

    /// Reads the names of the sequences, which only a writer needs.
    mutating func readSequences(_ database: Database) throws {
        let rows = try Row.fetchCursor(
            database, sql: "SELECT id, device, source FROM sequences ORDER BY id")
        while let row = try rows.next() {
            let id: Int64 = row["id"]
            let device: Int64 = try row.value("device", of: "sequences")
            let found = intern(
                sequenceOf: DeviceID(truncatingIfNeeded: device),
                source: try row.value("source", of: "sequences"))
            guard Int64(found) == id else {
                throw StoreError.damaged(table: "sequences", row: id, reason: "numbers have a gap")
            }
        }
        committedSequenceCount = sequences.count
    }

    /// The file has everything.
    mutating func changesAreCommitted() {
        committedSeriesCount = entries.count
        committedDeviceCount = devices.count
        committedSequenceCount = sequences.count
        changedModuli.removeAll()
    }
}

extension SeriesDescriptor {
    fileprivate var modulusText: String? { modulus?.description }
}
