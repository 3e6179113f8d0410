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
        _ plan: Plan, _ stored: StoredSeries, _ body: (QueryRow) throws -> Void
    ) throws {
        let recent = try stored.recentWindows(of: plan.series)
        for id in plan.series {
            let descriptor = stored.catalogue.entries[Int(id)].descriptor
            var row = QueryRow(id, descriptor, plan.statistics)
            try stored.forEachWindow(
                of: id, .base, from: from ?? .min, to: to ?? .max, withPreceding: false,
                row.fields, recent
            ) { window in
                row.answer(
                    Interval(start: window.start, length: nil, window: window, isReading: true))
                try body(row)
            }
        }
    }
}
