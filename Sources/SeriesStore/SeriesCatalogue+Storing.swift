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
        for id in changedModuli.sorted() {
            try database.cachedStatement(sql: "UPDATE series SET modulus = ? WHERE id = ?")
                .execute(arguments: [entries[Int(id)].descriptor.modulusText, Int64(id)])
        }
    }

    /// The file has everything.
    mutating func changesAreCommitted() {
        committedSeriesCount = entries.count
        committedDeviceCount = devices.count
        changedModuli.removeAll()
    }
}

extension SeriesDescriptor {
    fileprivate var modulusText: String? { modulus?.description }
}
