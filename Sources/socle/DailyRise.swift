import MQTTSession
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// What a counter rose on the civil days around an instant, from the reading before it to the one
/// after: the days that a replaced meter may change.
struct DailyRise {
    private let unit: String
    private let zone: CivilZone
    private var days: [(start: Int64, increase: String)] = []

    init(
        _ series: SeriesID, at time: Int64, _ neighbours: MeterNeighbours,
        _ snapshot: StoreSnapshot
    ) throws {
        let descriptor = snapshot.catalogue.entries[Int(series)].descriptor
        (unit, zone) = (descriptor.unit, snapshot.zone)
        let last = zone.startOfDay(neighbours.after?.time ?? time)
        let query = SeriesQuery(
            selectors: [try Selector(parsing: descriptor.key.description)],
            from: zone.startOfDay(neighbours.before?.time ?? time),
            to: Tier.day.windowEnd(from: last, step: 0, zone: zone),
            step: CivilStep(parsing: "1d"), statistics: [.increase], now: clockMilliseconds())
        var days: [(start: Int64, increase: String)] = []
        try query.run(query.plan(snapshot.series), snapshot.series) { row in
            guard row.descriptor.key == descriptor.key, let increase = row.values[0] else { return }
            days.append((row.time, increase.text))
        }
        self.days = days
    }

    /// A line for each day that is another now.
    func text(then later: DailyRise) -> String {
        let earlier = Dictionary(uniqueKeysWithValues: days.map { ($0.start, $0.increase) })
        let lines = later.days.compactMap { day -> String? in
            guard let old = earlier[day.start], old != day.increase else { return nil }
            let date = String(wallClockText(day.start, zone: zone).prefix(10))
            let unit = unitSuffix(unit)
            return say(
                "\(date): \(grouped(day.increase)) instead of \(grouped(old))\(unit)\n",
                "\(date) : \(grouped(day.increase)) au lieu de \(grouped(old))\(unit)\n")
        }
        return lines.isEmpty
            ? say(
                "no day changes; the next reading counts by it\n",
                "aucun jour ne change ; le relevé suivant en tient compte\n") : lines.joined()
    }
}
