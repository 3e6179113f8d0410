import SeriesQuery
import StoredSeries
import Telemetry
import Windows

/// Finds the rows of one scan, some at a time.
final class RowProducer {
    /// The row that the host is at; nil at the end.
    private(set) var current: TableRow?
    private let zone: CivilZone
    private let scan: TableScan
    private let statistics: [Statistic]
    private let stored: StoredSeries
    private let table: SeriesTable
    private let tier: Tier?
    private var parts: ArraySlice<ScanPart>
    private var rows: [TableRow] = []
    private var next = 0
    private var rowsMax = 2_048

    init(_ table: SeriesTable, _ scan: TableScan, _ file: HostRows) throws {
        try checkIdentity(file)
        stored = try StoredSeries(
            file, coder: BlockCoder(), only: try scan.pattern(of: table).map { [$0] } ?? [])
        let planner = ScanPlanner(table: table, scan: scan, stored: stored)
        self.table = table
        self.scan = scan
        zone = stored.zone
        tier = planner.tier
        statistics = planner.statistics
        parts = try planner.parts()[...]
        rows = try planner.waitingReadings()
        try advance()
    }

    /// Goes on to the next row.
    func advance() throws {
        while next == rows.count, let part = parts.popFirst() {
            rows.removeAll(keepingCapacity: true)
            next = 0
            try read(part)
        }
        current = next < rows.count ? rows[next] : nil
        next += 1
    }

    /// What stands in a column of the current row.
    func cell(_ column: TableColumn) -> StoredValue {
        current?.cell(column, statistics: statistics, zone: zone, scan: scan) ?? .null
    }

    private func read(_ part: ScanPart) throws {
        if table == .readings {
            try readReadings(part)
            return
        }
        do {
            try part.query.run(part.plan, stored) { row in
                if rows.count >= rowsMax {
                    throw Pause(series: row.series, time: row.time)
                }
                rows.append(
                    TableRow(
                        descriptor: row.descriptor, time: row.time, values: row.values,
                        tier: tier))
            }
        } catch let pause as Pause {
            parts = part.rest(from: pause.series, pause.time) + parts
            rowsMax = min(2 * rowsMax, Self.rowsMaxLater)
        }
    }

    /// LIMIT: rows that are held. A value that holds for an hour may fill thousands of them. Few at
    /// first, so that the first comes soon; to go on is to open blocks and batches again.
    private static let rowsMaxLater = 32_768

    /// Enough rows for now: the next one is this.
    private struct Pause: Error {
        let series: SeriesID
        let time: Int64
    }

    private func readReadings(_ part: ScanPart) throws {
        let range = (from: part.query.from ?? .min, to: part.query.to ?? .max)
        let recent = try stored.recentWindows(
            of: part.plan.series, from: range.from, to: range.to)
        for id in part.plan.series {
            let descriptor = stored.catalogue.entries[Int(id)].descriptor
            let isAmount = descriptor.kind == .amount
            try stored.forEachWindow(
                of: id, .base, from: range.from, to: range.to, withPreceding: false,
                isAmount ? .sum : .last, recent
            ) { window in
                rows.append(
                    TableRow(
                        descriptor: descriptor, time: window.start,
                        reading: isAmount ? window.sum.double : window.last.double,
                        state: window.last.bits))
            }
        }
    }
}

/// Refuses what is no store, and what a newer program wrote.
private func checkIdentity(_ file: HostRows) throws {
    var numbers: [StoredValue] = []
    for pragma in ["application_id", "user_version"] {
        try file.forEachRow("PRAGMA \(pragma)", []) { row in
            numbers += row.values
            return false
        }
    }
    guard numbers.count == 2, numbers[0] == .integer(Int64(StoredSeries.applicationID)),
        case .integer(let version) = numbers[1]
    else { throw TableError.notAStore }
    guard version <= StoredSeries.formatVersion else {
        throw StoreError.newerFormat(found: Int(version), newestKnown: StoredSeries.formatVersion)
    }
}
