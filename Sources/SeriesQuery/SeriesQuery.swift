import StoredSeries
import Telemetry
import Windows

/// A question to a store: which series, when, how finely, what of them.
public struct SeriesQuery: Sendable {
    public var selectors: [Selector]
    /// Half-open range, milliseconds since 1970 UTC; nil: from the first, to the last.
    public var from: Int64?
    public var to: Int64?
    /// nil: the whole range is one interval.
    public var step: CivilStep?
    /// Whether the answer has a row for each reading, of series that are kept as they came, and no
    /// intervals.
    public var isOfReadings = false
    /// Empty: what is usual for each kind.
    public var statistics: [Statistic]
    /// nil: the coarsest that answers exactly.
    public var tier: Tier?
    /// Now: a state does not hold into the future.
    public var now: Int64

    public init(
        selectors: [Selector], from: Int64? = nil, to: Int64? = nil, step: CivilStep? = nil,
        statistics: [Statistic] = [], tier: Tier? = nil, now: Int64
    ) {
        self.selectors = selectors
        self.from = from
        self.to = to
        self.step = step
        self.statistics = statistics
        self.tier = tier
        self.now = now
    }

    /// The columns of an answer, and the series that it will have.
    public struct Plan: Sendable {
        public let series: [SeriesID]
        public let statistics: [Statistic]
        let tiers: [SeriesID: Tier]

        /// - Parameter tiers: of each of the series the tier that is read; its windows must not
        ///   cross an edge of the intervals.
        package init(series: [SeriesID], statistics: [Statistic], tiers: [SeriesID: Tier]) {
            self.series = series
            self.statistics = statistics
            self.tiers = tiers
        }

        /// Likewise for some of the series, and with other columns.
        package func limited(to series: [SeriesID], _ statistics: [Statistic]) -> Plan {
            Plan(series: series, statistics: statistics, tiers: tiers)
        }
    }

    /// Chooses series, columns and tiers.
    public func plan(_ stored: StoredSeries) throws -> Plan {
        if let from, let to, from >= to { throw QueryError.emptyRange }
        let selected = try Self.select(selectors, stored)
        let series = isOfReadings ? try rawSeries(selected, stored.catalogue) : selected
        let statistics = try columns(series, stored.catalogue)
        if isOfReadings { return Plan(series: series, statistics: statistics, tiers: [:]) }
        var tiers: [SeriesID: Tier] = [:]
        let grain = edgeGrain(stored.zone)
        for id in series {
            tiers[id] = try chooseTier(
                stored.catalogue.entries[Int(id)].descriptor, stored.zone, grain: grain)
        }
        return Plan(series: series, statistics: statistics, tiers: tiers)
    }

    /// Answers row by row, series by series, in order of time.
    public func run(
        _ plan: Plan, _ stored: StoredSeries, _ body: (borrowing QueryRow) throws -> Void
    ) throws {
        if isOfReadings { return try runOfReadings(plan, stored, body) }
        let range = (from ?? .min)..<(to ?? .max)
        let needsPreceding = plan.series.contains {
            stored.catalogue.entries[Int($0)].descriptor.kind.dependsOnOrder
        }
        let recent = try stored.recentWindows(
            of: plan.series, from: needsPreceding ? nil : range.lowerBound, to: range.upperBound)
        for id in plan.series {
            let entry = stored.catalogue.entries[Int(id)]
            let kind = entry.descriptor.kind
            var folder = IntervalFolder(
                rule: entry.rule, step: step, zone: stored.zone, range: range, now: now)
            var row = QueryRow(id, entry.descriptor, plan.statistics)
            try stored.forEachWindow(
                of: id, plan.tiers[id] ?? .base, from: range.lowerBound, to: range.upperBound,
                withPreceding: kind.dependsOnOrder, row.fields, recent
            ) { window in
                try folder.add(window) { interval in
                    row.answer(interval)
                    try body(row)
                }
            }
            try folder.finish { interval in
                row.answer(interval)
                try body(row)
            }
        }
    }

    // MARK: - Planning

    /// The series that any of the selectors matches, sorted by key.
    static func select(_ selectors: [Selector], _ stored: StoredSeries) throws -> [SeriesID] {
        var unmatched = selectors.indices.map(\.self)
        let found = stored.catalogue.sorted { descriptor in
            let matching = selectors.indices.filter { selectors[$0].matches(descriptor.key) }
            unmatched.removeAll(where: matching.contains)
            return !matching.isEmpty
        }
        if let index = unmatched.first {
            throw QueryError.noSuchSeries(
                selector: selectors[index].text,
                nearest: nearest(selectors[index].metric, in: try stored.metrics()))
        }
        return found
    }

    private func columns(
        _ series: [SeriesID], _ catalogue: SeriesCatalogue
    ) throws(QueryError) -> [Statistic] {
        let descriptors = series.map { catalogue.entries[Int($0)].descriptor }
        if statistics.isEmpty {
            let wanted = Set(
                descriptors.flatMap {
                    isOfReadings
                        ? [Statistic.ofReading($0.kind)] : Statistic.standard(for: $0.kind)
                })
            return Statistic.allCases.filter(wanted.contains)
        }
        let named = Set(selectors.compactMap(\.metric))
        for statistic in statistics {
            for descriptor in descriptors where named.contains(descriptor.key.metric) {
                let available = Statistic.available(for: descriptor.kind)
                guard available.contains(statistic) else {
                    throw .noSuchStatistic(
                        statistic: statistic.rawValue, metric: descriptor.key.metric,
                        kind: descriptor.kind.name, available: available.map(\.rawValue))
                }
            }
        }
        return statistics
    }

    /// The coarsest tier whose windows do not cross an edge of the answer's intervals.
    private func chooseTier(
        _ descriptor: SeriesDescriptor, _ zone: CivilZone, grain: Int64
    ) throws(QueryError) -> Tier {
        if case .fixed(let step) = step, descriptor.step > 0, step % descriptor.step != 0 {
            throw .stepTooFine(
                series: descriptor.key.description, finest: durationText(descriptor.step))
        }
        let tiers = [.base] + Tier.above(step: descriptor.step)
        if let tier {
            guard tiers.contains(tier) else {
                throw .noSuchTier(
                    tier: tier.name, series: descriptor.key.description,
                    available: tiers.map(\.name))
            }
            guard isAligned(tier, descriptor, zone, grain: grain) else {
                throw .unalignedTier(tier: tier.name)
            }
            return tier
        }
        return tiers.last { isAligned($0, descriptor, zone, grain: grain) } ?? .base
    }

    /// The length of which all edges of the answer's intervals are multiples, an hour at most.
    ///
    /// Tiers of less than a day are counted in UTC. Where clocks differ from it by a part of an
    /// hour at any time of the range, or days begin at a part of one, hours cross the edges of
    /// civil intervals.
    private func edgeGrain(_ zone: CivilZone) -> Int64 {
        let hour: Int64 = 3_600_000
        switch step {
        case nil: return hour
        case .fixed(let length) where length <= hour: return length
        case .some(let step):
            // From 1970 where nothing is said, and not before standard time, nor long after now:
            // what lies there has no readings.
            let start = min(max(from ?? 0, -2_208_988_800_000), now)
            let end = min(to ?? now, now + 31_536_000_000)
            let grain = zone.offsetGrain(from: start, to: max(start, end))
            return [900_000, 60_000].reduce(grain) { grain, finer in
                step.wallClockStart % grain == 0 ? grain : min(grain, finer)
            }
        }
    }

    private func isAligned(
        _ tier: Tier, _ descriptor: SeriesDescriptor, _ zone: CivilZone, grain: Int64
    ) -> Bool {
        switch tier {
        case .base: return true
        case .quarterHour, .hour:
            if grain % tier.rawValue != 0 { return false }
        case .day:
            if case .fixed = step { return false }
            if let step, step.wallClockStart != 0 { return false }
        }
        return [from, to.flatMap { $0 >= now ? nil : $0 }].allSatisfy { edge in
            guard let edge else { return true }
            return tier.windowStart(of: edge, step: descriptor.step, zone: zone) == edge
        }
    }
}

extension Selector {
    /// What the keys have that it matches.
    public var pattern: KeyPattern {
        KeyPattern(
            metric: metric,
            labels: matchers.filter { $0.comparison == .equal }.map { ($0.label, $0.value) })
    }

    /// The selector as it is written.
    public var text: String {
        let list = matchers.map {
            "\($0.label)\($0.comparison.rawValue)\"\(escapedLabelValue($0.value))\""
        }
        return (metric ?? "*") + (list.isEmpty ? "" : "{\(list.joined(separator: ","))}")
    }
}

/// A length as the options write it: `30s`, `15m`, `1h`.
func durationText(_ milliseconds: Int64) -> String {
    let units: [(length: Int64, name: String)] = [(3_600_000, "h"), (60_000, "m")]
    for unit in units where milliseconds % unit.length == 0 {
        return "\(milliseconds / unit.length)\(unit.name)"
    }
    return "\(milliseconds / 1000)s"
}

/// The names nearest to one that nobody has.
private func nearest(_ metric: String?, in metrics: Set<String>) -> [String] {
    guard let metric else { return [] }
    return metrics.map { (name: $0, distance: editDistance(metric, $0)) }
        .filter { $0.distance <= max(2, metric.count / 3) || $0.name.contains(metric) }
        .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        .prefix(3).map(\.name)
}

/// Insertions, deletions and substitutions that turn one text into another.
private func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let substituted = diagonal + (right[column] == character ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}
