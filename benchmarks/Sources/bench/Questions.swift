import SeriesQuery
import SeriesStore
import Telemetry

/// Q01 to Q03: what `peers` asks Socle and its peers, here in process of a store with readings as
/// they came: `reading{name="…"}`, gauges of step raw.
///
/// The one series is the longest. Prints the median of fifteen runs after one that warms up, as
/// the peers have it. Every value becomes its text or a double within the run.
///
/// - Parameter only: the beginning of a question's name; nil asks all.
func benchmarkQuestions(_ path: String, only: String?) throws {
    let reader = try StoreReader(path: path)
    let (key, end) = try reader.snapshot { snapshot in
        let all = try snapshot.summaries(of: snapshot.catalogue.entries.indices.map(SeriesID.init))
        guard let longest = all.max(by: { $0.windowCount < $1.windowCount }),
            let last = longest.lastStart
        else { preconditionFailure("\(path) has no readings") }
        return (longest.descriptor.key, last + 1)
    }
    let one = try Selector(parsing: key.description)
    let all = try Selector(parsing: "*")
    let questions: [(name: String, query: SeriesQuery)] = [
        ("Q01 hourly mean of one series", question(one, .fixed(3_600_000), .mean)),
        ("Q02 daily max of all series", question(all, .days(1), .max)),
        (
            "Q03 last 24 hours as they came",
            question(one, nil, .last, from: end - 86_400_000, to: end)
        ),
    ]
    for (name, query) in questions where only.map(name.hasPrefix) ?? true {
        var rows = 0
        var times: [UInt64] = []
        for _ in 0...15 {
            rows = 0
            let start = nanoseconds()
            var hash: UInt64 = 0
            try reader.snapshot(only: query.selectors.map(\.pattern)) { snapshot in
                let plan = try query.plan(snapshot.series)
                try query.run(plan, snapshot.series) { row in
                    rows += 1
                    hash = mix(hash, (row.values[0]?.number ?? .nan).bitPattern)
                }
            }
            times.append(nanoseconds() - start)
            precondition(hash != 0, "nothing was read")
        }
        let median = times.dropFirst().sorted()[7]
        print("\(name): \(Double(median / 1_000) / 1_000) ms, \(rows) rows")
    }
}

private func question(
    _ selector: Selector, _ step: CivilStep?, _ statistic: Statistic, from: Int64? = nil,
    to: Int64? = nil
) -> SeriesQuery {
    var query = SeriesQuery(
        selectors: [selector], from: from, to: to, step: step, statistics: [statistic],
        now: 1_800_000_000_000)
    query.isOfReadings = step == nil
    return query
}
