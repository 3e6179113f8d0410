import Glibc
import SeriesQuery
import StoredSeries
import Telemetry
import Windows

/// Series that are read together, and how.
struct ScanPart {
    var query: SeriesQuery
    var plan: SeriesQuery.Plan

    /// What is left from an interval of one of its series on.
    func rest(from series: SeriesID, _ time: Int64) -> ArraySlice<ScanPart> {
        let others = Array(plan.series.drop { $0 != series }.dropFirst())
        var begun = self
        // The first interval of a range may begin before it.
        begun.query.from = max(time, query.from ?? .min)
        begun.plan = plan.limited(to: [series], plan.statistics)
        var rest = self
        rest.plan = plan.limited(to: others, plan.statistics)
        return others.isEmpty ? [begun] : [begun, rest]
    }
}

/// Chooses what one scan reads: the series, blocks and columns that the host's constraints leave.
struct ScanPlanner {
    let table: SeriesTable
    let scan: TableScan
    let stored: StoredSeries

    /// LIMIT: windows of several series that are read together.
    private static let windowsMax: Int64 = 30_000
    /// LIMIT: windows of one series that are read together, and of one block more.
    private static let rangeMax: Int64 = 15_000
    /// LIMIT: series that are read together.
    private static let seriesMax = 256

    func parts() throws -> [ScanPart] {
        switch table {
        case .windows: try windowParts()
        case .resample: try resampledParts()
        case .readings: try readingParts()
        }
    }

    private var zone: CivilZone { stored.zone }
    private var entries: [SeriesCatalogue.Entry] { stored.catalogue.entries }

    /// Of windows, the base unless a tier was asked for; nil for one that nobody knows.
    var tier: Tier? {
        guard table == .windows else { return nil }
        guard scan.value(.tier) != .null else { return .base }
        return Tier.allCases.first { $0.name == scan.text(.tier) }
    }

    /// The statistics whose columns are used.
    var statistics: [Statistic] {
        table.columns.enumerated().compactMap { index, column in
            guard case .statistic(let statistic) = column, scan.isUsed(index) else { return nil }
            return statistic
        }
    }

    /// The series that the host's constraints leave, in order of their text.
    private func chosenSeries(where isWanted: (SeriesDescriptor) -> Bool) -> [SeriesID] {
        let metric = scan.value(.metric) == .null ? nil : scan.text(.metric) ?? ""
        let series = scan.value(.series) == .null ? nil : scan.text(.series) ?? ""
        return stored.catalogue.sorted { descriptor in
            if let metric, descriptor.key.metric != metric { return false }
            if let series, descriptor.key.description != series { return false }
            return isWanted(descriptor)
        }
    }

    private func windowParts() throws -> [ScanPart] {
        guard let tier else { return [] }
        // The windows of raw series are their readings, which have a table of their own.
        let series = chosenSeries { descriptor in
            tier == .base
                ? descriptor.step > 0 : Tier.above(step: descriptor.step).contains(tier)
        }
        let bySteps = Dictionary(grouping: series) { id in
            tier == .base ? entries[Int(id)].descriptor.step : tier.rawValue
        }
        return try bySteps.sorted { $0.key < $1.key }.flatMap { step, series in
            let civil = tier == .day ? CivilStep.days(1) : .fixed(step)
            // A window is whole where the range ends with it, and SQLite leaves out one before.
            let query = SeriesQuery(
                selectors: [], from: scan.from,
                to: scan.through.map { end in
                    civil.end(from: civil.start(of: end, zone: zone), zone: zone)
                },
                step: civil, tier: tier, now: now())
            if let from = query.from, let to = query.to, from >= to { return [ScanPart]() }
            return try groups(of: series, tier).flatMap { group in
                let tiers = Dictionary(uniqueKeysWithValues: group.map { ($0, tier) })
                let plan = SeriesQuery.Plan(series: group, statistics: statistics, tiers: tiers)
                return try ranges(of: group, tier, query, civil).map {
                    ScanPart(query: $0, plan: plan)
                }
            }
        }
    }

    /// The question in parts, one after another, where a single series has many windows.
    private func ranges(
        of group: [SeriesID], _ tier: Tier, _ query: SeriesQuery, _ step: CivilStep
    ) throws -> [SeriesQuery] {
        guard let series = group.first, group.count == 1 else { return [query] }
        var edges: [Int64] = []
        var count: Int64 = 0
        let sql = BlockPlaces.overlapQuery("first_start, windows")
        let end = query.to.map { $0 - 1 } ?? .max
        let read = try stored.readableTier(of: series, for: tier)
        let arguments = [Int64(series), read.rawValue, query.from ?? .min, end]
        try stored.file.forEachRow(sql, arguments) { row in
            let edge = step.start(of: try row.instant("first_start", of: "blocks"), zone: zone)
            if count >= Self.rangeMax, edge > edges.last ?? query.from ?? .min {
                edges.append(edge)
                count = 0
            }
            count += min(max(0, try row.integer("windows", of: "blocks")), Self.rangeMax)
            return true
        }
        return zip([query.from] + edges, edges + [query.to]).map { from, to in
            var part = query
            (part.from, part.to) = (from, to)
            return part
        }
    }

    private func resampledParts() throws -> [ScanPart] {
        let now = now()
        guard let selector = scan.text(.selector) else { throw TableError.noSelector }
        var step: CivilStep?
        if let text = scan.text(.step) {
            step = CivilStep(parsing: text)
            if step == nil { throw TableError.badStep(text) }
        } else if scan.value(.step) != .null {
            throw TableError.badStep("")
        }
        let query = SeriesQuery(
            selectors: [try Selector(parsing: selector)], from: try time(.since, now: now),
            to: try time(.until, now: now), step: step, now: now)
        let plan = try query.plan(stored)
        return try groups(of: plan.series, .base).flatMap { group in
            let queries = try step.map { try ranges(of: group, .base, query, $0) } ?? [query]
            let plan = plan.limited(to: group, statistics)
            return queries.map { ScanPart(query: $0, plan: plan) }
        }
    }

    /// An argument as `--from` and `--to` take it.
    private func time(_ argument: TableScan.Constraint, now: Int64) throws -> Int64? {
        switch scan.value(argument) {
        case .null: return nil
        case .integer(let number) where calendarInstants.contains(number): return number
        case .text(let text):
            if let time = TimeExpression.instant(text, now: now, zone: zone) { return time }
            throw TableError.badTime(text)
        default: throw TableError.badTime("")
        }
    }

    private func readingParts() throws -> [ScanPart] {
        let series = chosenSeries { $0.step == SeriesDescriptor.rawStep }
        let query = SeriesQuery(
            selectors: [], from: scan.from, to: scan.through.map { $0 + 1 }, now: 0)
        return try groups(of: series, .base).flatMap { group in
            let plan = SeriesQuery.Plan(series: group, statistics: [], tiers: [:])
            // A raw series has a window for each instant.
            return try ranges(of: group, .base, query, .fixed(1))
                .map { ScanPart(query: $0, plan: plan) }
        }
    }

    /// The readings of other series, as long as their windows are not settled; none for the tables
    /// of windows.
    func waitingReadings() throws -> [TableRow] {
        guard table == .readings else { return [] }
        let series = Set(chosenSeries { $0.step != SeriesDescriptor.rawStep })
        let range = (scan.from ?? .min)...max(scan.from ?? .min, scan.through ?? .max)
        var found: [TableRow] = []
        try stored.forEachWaitingSeries { id, time in
            series.contains(id) && range.contains(time)
        } _: { id, readings in
            let descriptor = entries[Int(id)].descriptor
            for reading in readings {
                found.append(
                    TableRow(
                        descriptor: descriptor, time: reading.time, reading: reading.value.double,
                        state: reading.bits))
            }
        }
        return found
    }

    /// Series in groups that have no more windows together than memory bears; base windows where a
    /// series has none of the tier, which is then derived from them.
    private func groups(of series: [SeriesID], _ tier: Tier) throws -> [[SeriesID]] {
        var counts: [SeriesID: Int64] = [:]
        let sql = """
            SELECT series, sum(windows) AS windows FROM blocks
            WHERE tier IN (0, ?1) AND first_start <= ?2 AND last_start >= ?3
            GROUP BY series, tier ORDER BY series, tier
            """
        let arguments = [tier.rawValue, scan.through ?? .max, scan.from ?? .min]
        try stored.file.forEachRow(sql, arguments) { row in
            let id = try row.integer("series", of: "blocks")
            counts[SeriesID(truncatingIfNeeded: id)] = try row.integer("windows", of: "blocks")
            return true
        }
        var groups: [[SeriesID]] = []
        var total: Int64 = 0
        for id in series {
            let count = max(0, min(counts[id] ?? 0, Self.windowsMax))
            total += count
            if let last = groups.indices.last, total <= Self.windowsMax,
                groups[last].count < Self.seriesMax
            {
                groups[last].append(id)
            } else {
                groups.append([id])
                total = count
            }
        }
        return groups
    }
}

/// Milliseconds since 1970 UTC by this host's clock.
private func now() -> Int64 {
    var time = timespec()
    // SAFETY: `time` outlives the call.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
