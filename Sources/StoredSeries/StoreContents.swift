import Telemetry

/// What every connection needs to know of a file.
package struct StoreContents {
    package let zone: CivilZone
    package let isManaged: Bool
    package let catalogue: SeriesCatalogue
    package let compactionMark: CompactionMark?

    /// - Parameters:
    ///   - damage: as of ``StoredSeries``.
    ///   - patterns: of the series that are asked for; empty for all, and the devices.
    package init(
        _ file: some RowSource, goingRound damage: DamageMet? = nil,
        only patterns: [KeyPattern] = []
    ) throws {
        let zoneName = try file.metadata("zone", goingRound: damage)
        zone = zoneName.flatMap(CivilZone.init(identifier:)) ?? .paris
        compactionMark = try CompactionMark(file, goingRound: damage)
        let managed = try file.metadata("managed", goingRound: damage)
        // Where nobody can tell, a policy might: damage opens no door.
        isManaged = managed == "1" || damage?.lost.isEmpty == false
        var catalogue = try Self.catalogue(file, damage, only: patterns)
        catalogue.follow(
            try MeterJournal(file, goingRound: damage),
            derivedUpTo: try MeterJournal.derivedUpTo(file, goingRound: damage))
        self.catalogue = catalogue
    }

    private static func catalogue(
        _ file: some RowSource, _ damage: DamageMet?, only patterns: [KeyPattern]
    ) throws -> SeriesCatalogue {
        var catalogue = SeriesCatalogue()
        if patterns.isEmpty { try readDevices(file, damage, into: &catalogue) }
        try readIndexed(file, damage, patterns, into: &catalogue)
        let rest = Int64(catalogue.entries.count)
        try file.forEachRow(of: "series", from: rest, goingRound: damage) { row in
            if damage != nil {
                appendUnreadable(before: try row.location(in: "series").row, to: &catalogue)
            }
            try take(row, patterns, into: &catalogue)
        }
        if damage?.lost.isEmpty == false {
            appendUnreadable(before: try seriesEnd(file), to: &catalogue)
        }
        catalogue.changesAreCommitted()
        return catalogue
    }

    /// Reads the series that the index of names finds; none, where there is no index, or where it
    /// finds so many that to read all is as quick.
    private static func readIndexed(
        _ file: some RowSource, _ damage: DamageMet?, _ patterns: [KeyPattern],
        into catalogue: inout SeriesCatalogue
    ) throws {
        guard !patterns.isEmpty, let index = try nameIndex(file, damage) else { return }
        let found = index.numbers(matching: patterns)
        guard found.count < index.count / 8 else { return }
        for id in found {
            while catalogue.entries.count < id { catalogue.appendUnread() }
            do {
                try take(file.row(id, of: "series"), patterns, into: &catalogue)
            } catch let error as StoreError {
                guard let damage, case .damaged = error else { throw error }
                damage.lose(error)
                appendUnreadable(before: id + 1, to: &catalogue)
            }
        }
        while catalogue.entries.count < index.count { catalogue.appendUnread() }
    }

    /// nil as well where it cannot be reached: all names say what it says.
    private static func nameIndex(
        _ file: some RowSource, _ damage: DamageMet?
    ) throws -> NameIndex? {
        do {
            return try NameIndex(file)
        } catch {
            guard damage != nil, file.reason(ofUnreachableRow: error) != nil else { throw error }
            return nil
        }
    }

    /// Takes the series of a row, whose number is the next one.
    private static func take(
        _ row: StoredRow, _ patterns: [KeyPattern], into catalogue: inout SeriesCatalogue
    ) throws {
        let id = try row.location(in: "series").row
        let isDamaged = RowSum.error(of: row) != 0
        if !isDamaged, !patterns.isEmpty, case .text(let key)? = row["key"],
            !patterns.contains(where: { $0.mayMatch(key) }), Int64(catalogue.entries.count) == id
        {
            catalogue.appendUnread()
            return
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
    }

    /// Gives the series on pages that cannot be reached their numbers: their windows are there.
    private static func appendUnreadable(before id: Int64, to catalogue: inout SeriesCatalogue) {
        while catalogue.entries.count < min(id, seriesMax) {
            var entry = unreadable(Int64(catalogue.entries.count))
            entry.damagedSum = 0
            catalogue.append(entry)
        }
    }

    /// One more than the greatest number that windows in blocks have.
    private static func seriesEnd(_ file: some RowSource) throws -> Int64 {
        var end: Int64 = 0
        do {
            try file.forEachRow("SELECT max(series) AS series FROM blocks", []) { row in
                if case .integer(let newest)? = row["series"] { end = min(newest, seriesMax) + 1 }
                return false
            }
        } catch {
            guard file.reason(ofUnreachableRow: error) != nil else { throw error }
        }
        return end
    }

    private static func readDevices(
        _ file: some RowSource, _ damage: DamageMet?, into catalogue: inout SeriesCatalogue
    ) throws {
        try file.forEachRow(of: "devices", goingRound: damage) { row in
            let id = try row.location(in: "devices").row
            while damage != nil, catalogue.devices.count < min(id, seriesMax) {
                _ = catalogue.append(device: "#\(catalogue.devices.count)")
            }
            let name = try? row.text("name", of: "devices")
            guard Int64(catalogue.append(device: name ?? "#\(id)")) == id else {
                throw StoreError.damaged(table: "devices", row: id, reason: "numbers have a gap")
            }
        }
    }

    /// What stands for a series until its profile says again what it is.
    private static func unreadable(_ id: Int64) -> SeriesCatalogue.Entry {
        SeriesCatalogue.Entry(
            descriptor: SeriesDescriptor(
                key: SeriesKey(metric: "unreadable_\(id)"), kind: .gauge, unit: "1"),
            device: 0)
    }

    /// LIMIT: numbers that are given to what cannot be read, as a damaged number may be any.
    private static let seriesMax: Int64 = 1 << 17
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
