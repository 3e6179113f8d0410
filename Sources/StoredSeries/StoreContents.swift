import Telemetry

/// What every connection needs to know of a file.
package struct StoreContents {
    package let zone: CivilZone
    package let isManaged: Bool
    package let catalogue: SeriesCatalogue
    package let compactionMark: CompactionMark?

    /// - Parameter patterns: of the series that are asked for; empty for all, and the devices.
    package init(_ file: some RowSource, only patterns: [KeyPattern] = []) throws {
        zone = try file.metadata("zone").flatMap(CivilZone.init(identifier:)) ?? .paris
        isManaged = try file.metadata("managed") == "1"
        compactionMark = try CompactionMark(file)
        var catalogue = try Self.catalogue(file, only: patterns)
        catalogue.follow(
            try MeterJournal(file), derivedUpTo: try MeterJournal.derivedUpTo(file))
        self.catalogue = catalogue
    }

    private static func catalogue(
        _ file: some RowSource, only patterns: [KeyPattern]
    ) throws -> SeriesCatalogue {
        var catalogue = SeriesCatalogue()
        if patterns.isEmpty { try readDevices(file, into: &catalogue) }
        try file.forEachRow("SELECT * FROM series ORDER BY id", []) { row in
            let id = try row.location(in: "series").row
            let isDamaged = RowSum.error(of: row) != 0
            if !isDamaged, !patterns.isEmpty, case .text(let key)? = row["key"],
                !patterns.contains(where: { $0.mayMatch(key) }),
                Int64(catalogue.entries.count) == id
            {
                catalogue.appendUnread()
                return true
            }
            var entry = Self.unreadable(id)
            do throws(StoreError) {
                entry = try Self.entry(row, id: id)
            } catch {
                guard isDamaged else { throw error }
            }
            if isDamaged { entry.damagedSum = (try? row.integer("checksum", of: "series")) ?? 0 }
            guard Int64(catalogue.append(entry)) == id else {
                throw StoreError.damaged(table: "series", row: id, reason: "numbers have a gap")
            }
            return true
        }
        catalogue.changesAreCommitted()
        return catalogue
    }

    private static func readDevices(
        _ file: some RowSource, into catalogue: inout SeriesCatalogue
    ) throws {
        try file.forEachRow("SELECT * FROM devices ORDER BY id", []) { row in
            let id = try row.location(in: "devices").row
            let name = try? row.text("name", of: "devices")
            guard Int64(catalogue.append(device: name ?? "#\(id)")) == id else {
                throw StoreError.damaged(table: "devices", row: id, reason: "numbers have a gap")
            }
            return true
        }
    }

    /// What stands for a series until its profile says again what it is.
    private static func unreadable(_ id: Int64) -> SeriesCatalogue.Entry {
        SeriesCatalogue.Entry(
            descriptor: SeriesDescriptor(
                key: SeriesKey(metric: "unreadable_\(id)"), kind: .gauge, unit: "1"),
            device: 0)
    }

    /// LIMIT: a day, the longest step that windows can be kept of.
    private static let stepMax: Int64 = 86_400_000
    /// LIMIT: some nine years, longer than anything waits for late readings.
    private static let horizonMax: Int64 = 1 << 38

    private static func entry(
        _ row: StoredRow, id: Int64
    ) throws(StoreError) -> SeriesCatalogue.Entry {
        let text = try row.text("key", of: "series")
        let kindNumber = try row.integer("kind", of: "series")
        guard let key = SeriesKey(parsing: text),
            let kind = MetricKind(rawValue: UInt8(truncatingIfNeeded: kindNumber))
        else {
            throw StoreError.damaged(table: "series", row: id, reason: "unreadable \(text)")
        }
        // A file of format 1 has no such column; to a reader it stays as it is.
        let modulusText =
            row.isNull("modulus") ? nil : try row.text("modulus", of: "series")
        let modulus = modulusText.flatMap { Value(parsing: Array($0.utf8).span) }
        guard (modulusText == nil) == (modulus == nil) else {
            throw StoreError.damaged(table: "series", row: id, reason: "unreadable modulus")
        }
        let horizon = try row.integer("horizon", of: "series")
        let step = try row.integer("step", of: "series")
        guard 0...stepMax ~= step, horizon < horizonMax else {
            throw StoreError.damaged(table: "series", row: id, reason: "impossible step or horizon")
        }
        let device = try row.integer("device", of: "series")
        return SeriesCatalogue.Entry(
            descriptor: SeriesDescriptor(
                key: key, kind: kind, unit: try row.text("unit", of: "series"),
                step: step,
                horizon: horizon < 0 ? nil : horizon,
                states: SeriesDescriptor.states(parsing: try row.text("states", of: "series")),
                modulus: modulus),
            device: DeviceID(truncatingIfNeeded: device))
    }
}
