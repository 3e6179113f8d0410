import StoredSeries
import Telemetry
import Windows

/// Readings as they came: each has a row of its own, in memory that is bounded.
extension SeriesQuery {
    /// Those of the series that keep their readings.
    ///
    /// - Throws: ``QueryError/readingsNotKept(series:step:)`` where one of the others was named,
    ///   and where there are no others.
    func rawSeries(
        _ selected: [SeriesID], _ catalogue: SeriesCatalogue
    ) throws(QueryError) -> [SeriesID] {
        let named = Set(selectors.compactMap(\.metric))
        let raw = selected.filter { catalogue.entries[Int($0)].descriptor.isRaw }
        for id in selected {
            let descriptor = catalogue.entries[Int(id)].descriptor
            guard !descriptor.isRaw, raw.isEmpty || named.contains(descriptor.key.metric) else {
                continue
            }
            throw .readingsNotKept(
                series: descriptor.key.description, step: durationText(descriptor.step))
        }
        return raw
    }

    /// Likewise to ``run(_:_:_:)``.
    func runOfReadings(
        _ plan: Plan, _ stored: StoredSeries, _ body: (borrowing QueryRow) throws -> Void
    ) throws {
        let recent = try stored.recentWindows(of: plan.series)
        for id in plan.series {
            try stored.forEachReading(
                of: id, plan.statistics, from: from ?? .min, to: to ?? .max, recent, body)
        }
    }
}

extension StoredSeries {
    /// Hands over each reading of a series that keeps them as a row, in order of time.
    func forEachReading(
        of id: SeriesID, _ statistics: [Statistic], from start: Int64, to end: Int64,
        _ recent: RecentWindows, _ body: (borrowing QueryRow) throws -> Void
    ) throws {
        var row = QueryRow(id, catalogue.entries[Int(id)].descriptor, statistics)
        let rule = WindowRule(row.descriptor.kind)
        var reading = Interval(isReading: true)
        try forEachWindow(
            of: id, .base, from: start, to: end, withPreceding: false, row.fields, recent
        ) { window in
            reading.begin(start: window.start, length: nil)
            reading.window.takeContents(of: window, rule: rule)
            row.answer(reading)
            try body(row)
        }
    }
}
