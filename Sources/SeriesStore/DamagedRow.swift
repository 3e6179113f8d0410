import GRDB
import StoredSeries
import Telemetry

/// A row that does not read back, and what was in it as far as anything tells.
public struct DamagedRow: Sendable, Equatable {
    /// ``StoreError/damaged(table:row:reason:)`` or ``StoreError/setAside(table:row:reason:)``, or
    /// what SQLite says of the file.
    public var error: StoreError
    /// The series of which it may have held something, sorted; none where nobody knows.
    public var series: [SeriesKey] = []
    /// Of windows, nil for other rows.
    public var tier: Tier?
    /// The half-open range of times that it was about, milliseconds since 1970 UTC; nil where
    /// nobody knows.
    public var times: Range<Int64>?

    public init(_ error: StoreError) { self.error = error }
}

extension StoreSnapshot {
    /// The rows whose contents are missing in what was read from this snapshot so far.
    public var lostRows: [DamagedRow] { damageMet.lost.map(place) }

    /// The damaged rows of which nothing is missing: what was in them was derived from others.
    public var derivedRows: [DamagedRow] { damageMet.derived.map(place) }

    /// What a damaged row held, by what stands beside its block.
    public func place(of error: StoreError) -> DamagedRow {
        var place = DamagedRow(error)
        guard let (table, columns) = try? columns(of: error) else { return place }
        let numbers = seriesNumbers(of: table, columns)
        place.series = numbers.map { catalogue.entries[$0].descriptor.key }.sorted()
        if table == "blocks" { place.tier = columns["tier"].flatMap(Tier.init(rawValue:)) }
        let first = columns["first_start"] ?? columns["first_time"] ?? columns["time"]
        let last = columns["last_start"] ?? columns["last_time"] ?? first
        if let first, let last, first <= last, last < .max - 86_400_000 * 2 {
            let step = columns["series"].flatMap(entry)?.descriptor.step ?? 0
            let end = place.tier?.windowEnd(from: last, step: step, zone: zone)
            place.times = first..<(end ?? last + 1)
        }
        return place
    }

    /// The numbers in the row that an error names.
    private func columns(
        of error: StoreError
    ) throws -> (table: String, columns: [String: Int64])? {
        switch error {
        case .damaged(let table, let id, _):
            guard try database.tableExists(table),
                try database.primaryKey(table).rowIDColumn == "id"
            else { return nil }
            return (table, try numbers(ofRow: id, in: table))
        case .setAside(let table, let id, _):
            let statement = try String.fetchOne(
                database,
                sql: """
                    SELECT statement FROM damaged
                    WHERE source = \(sqlLiteral(table)) AND source_id = \(id)
                    """)
            return statement.map { (table, Self.numbers(in: $0)) }
        default: return nil
        }
    }

    private func numbers(ofRow id: Int64, in table: String) throws -> [String: Int64] {
        do {
            return try numbers(in: series.file.row(id, of: table))
        } catch is StoreError where table == "blocks" {
            // The index has what tells one block from another, and lies on other pages. It ends
            // before the next one, or with the newest that was stored.
            let fetched = try Row.fetchOne(
                database,
                sql: """
                    SELECT id, series, tier, first_start, max(first_start, ifnull((
                        SELECT min(first_start) - 1 FROM blocks AS next
                        WHERE next.series = blocks.series AND next.tier = blocks.tier
                            AND next.first_start > blocks.first_start),
                        (SELECT max(time) FROM commits))) AS last_start
                    FROM blocks INDEXED BY blocks_place WHERE +id = \(id)
                    """)
            return fetched.map { numbers(in: StoredRow($0)) } ?? [:]
        }
    }

    private func numbers(in row: StoredRow) -> [String: Int64] {
        let numbers = zip(row.columns, row.values).compactMap { name, value in
            if case .integer(let number) = value { (name, number) } else { nil }
        }
        return Dictionary(numbers, uniquingKeysWith: { first, _ in first })
    }

    /// The numbers that a statement of the table `damaged` puts back, by column. Of its values only
    /// a text in quotes could hold a comma, and there is none.
    private static func numbers(in statement: String) -> [String: Int64] {
        guard let match = statement.firstMatch(of: /\((?<names>[^)]*)\) VALUES \((?<values>.*)\)/)
        else { return [:] }
        let names = match.names.split(separator: ", ").map(String.init)
        let values = match.values.split(separator: ", ")
        let pairs = zip(names, values).compactMap { name, value in
            Int64(value).map { (name, $0) }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private func entry(_ number: Int64) -> SeriesCatalogue.Entry? {
        catalogue.entries.indices.contains(Int(clamping: number))
            ? catalogue.entries[Int(clamping: number)] : nil
    }

    /// The series that a row can be about.
    private func seriesNumbers(of table: String, _ columns: [String: Int64]) -> [Int] {
        let all = catalogue.known.map { Int($0) }
        switch table {
        case "blocks", "meter_entries":
            return all.filter { Int64($0) == columns["series"] }
        case "series":
            return all.filter { Int64($0) == columns["id"] }
        case "batches":
            guard let first = columns["first_series"], let last = columns["last_series"] else {
                return []
            }
            return all.filter {
                $0 >= first && $0 <= last
                    && columns["kind"] == Int64(catalogue.entries[$0].descriptor.kind.rawValue)
            }
        case "segments":
            return all.filter {
                let descriptor = catalogue.entries[$0].descriptor
                return columns["step"] == descriptor.step
                    && columns["horizon"] == descriptor.horizon ?? -1
            }
        default: return []
        }
    }
}
