import ArgumentParser
import Foundation
import MQTTSession
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Windows

/// `socle query`
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: say("What was measured.", "Ce qui a été mesuré."),
        discussion: say(
            """
            Times: RFC 3339, 2026-03-29, '2026-03-29 14:00', now, today, yesterday, now-36h.
            Steps: 30s, 15m, 1h; civil 1d, 1w, 1mo, 1y; the gas day 1d@06:00.
            Example: socle query 'co2{site="ecole"}' --last 7d --every 1d --stat mean,max
            """,
            """
            Dates : RFC 3339, 2026-03-29, '2026-03-29 14:00', now, today, yesterday, now-36h.
            Pas : 30s, 15m, 1h ; civils 1d, 1w, 1mo, 1y ; journée gazière 1d@06:00.
            Exemple : socle query 'co2{site="ecole"}' --last 7d --every 1d --stat mean,max
            """))

    @Argument(
        help: ArgumentHelp(
            say("Metric name or *, with label matchers.", "Grandeur ou *, avec étiquettes."),
            valueName: "selector"))
    var selectors: [String]

    @OptionGroup var store: StoreOptions

    @OptionGroup var range: RangeOptions
    // Taken as it stands: `--last -1h` is a bad duration and not a missing one.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("The last 36h, 7d, 2mo.", "Les dernières 36h, 7d, 2mo.")))
    var last: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            say(
                "Step: 15m, 1h, 1d, 1mo, 1d@06:00; raw: each reading.",
                "Pas de temps : 15m, 1h, 1d, 1mo, 1d@06:00 ; raw : chaque relevé.")))
    var every: String?
    @Option(
        help: ArgumentHelp(
            say("Statistics, with commas.", "Statistiques, séparées par des virgules.")))
    var stat: String?
    @Option(help: ArgumentHelp(say("Read this tier: base, 15m, 1h, 1d.", "Lire ce palier.")))
    var tier: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(say("At most so many rows.", "Au plus tant de lignes.")))
    var limit: Int?
    @Option(help: "table · csv · json · ndjson · chart · openmetrics")
    var format: String?
    @Flag(help: ArgumentHelp(say("Times as epoch milliseconds.", "Dates en millisecondes epoch.")))
    var epoch = false

    func run() throws {
        let wanted = try selectors.map { try Selector(parsing: $0) }
        try store.snapshot(only: wanted) { snapshot in
            let query = try makeQuery(wanted, snapshot.zone)
            let plan = try query.plan(snapshot.series)
            let name = format ?? (Terminal.isOutput ? "table" : "csv")
            switch name {
            case "table": try printTable(query, plan, snapshot)
            case "chart": try printCharts(query, plan, snapshot)
            default:
                guard let format = AnswerWriter.Format(rawValue: name) else {
                    throw Failure(noFormat: name, known: "table csv json ndjson chart openmetrics")
                }
                try stream(query, plan, snapshot, format)
            }
        }
    }

    // MARK: - The question

    private func makeQuery(_ wanted: [Selector], _ zone: CivilZone) throws -> SeriesQuery {
        let now = clockMilliseconds()
        var edges = try range.instants(zone: zone, now: now)
        if let last {
            guard edges == (nil, nil) else {
                throw Failure(
                    .usage, say("--last excludes --from and --to", "--last exclut --from et --to"))
            }
            guard let begin = TimeExpression.instant("now-" + last, now: now, zone: zone),
                begin < now
            else {
                throw Failure(
                    .usage,
                    say(
                        "--last: '\(last)' is no duration; write 36h, 7d, 2mo or 1y",
                        "--last : « \(last) » n'est pas une durée ; écrivez 36h, 7d, 2mo ou 1y"))
            }
            edges = (begin, now)
        }
        if let limit, limit < 0 {
            throw Failure(
                .usage,
                say("--limit: \(limit) is less than 0", "--limit : \(limit) est moins que 0"))
        }
        var query = SeriesQuery(
            selectors: wanted, from: edges.from, to: edges.to, step: try step(),
            statistics: try statistics(), tier: try readTier(), now: now)
        query.isOfReadings = every == "raw"
        if query.isOfReadings, tier != nil {
            throw Failure(
                .usage,
                say(
                    "--tier goes with windows: leave it out with --every raw",
                    "--tier vaut pour des fenêtres : omettez-le avec --every raw"))
        }
        return query
    }

    /// nil where nothing was asked, and for single readings.
    private func step() throws -> CivilStep? {
        guard let every, every != "raw" else { return nil }
        if let step = CivilStep(parsing: every) { return step }
        throw Failure(
            .usage,
            say(
                "--every: '\(every)' is no step; write 15m, 1h, 1d, 1w, 1mo, 1y or 1d@06:00",
                "--every : « \(every) » n'est pas un pas ; écrivez 15m, 1h, 1d, 1w, 1mo, 1y "
                    + "ou 1d@06:00"))
    }

    private func statistics() throws -> [Statistic] {
        try (stat ?? "").split(separator: ",").map { name in
            if let statistic = Statistic(rawValue: String(name)) { return statistic }
            let known = Statistic.allCases.map(\.rawValue).joined(separator: " ")
            throw Failure(
                .usage,
                say(
                    "no statistic '\(name)'; known are ", "pas de statistique « \(name) » ; il y a "
                )
                    + known)
        }
    }

    private func readTier() throws -> Tier? {
        guard let tier else { return nil }
        if let found = Tier.allCases.first(where: { $0.name == tier }) { return found }
        throw Failure(
            .usage,
            say(
                "no tier '\(tier)': base 15m 1h 1d",
                "pas de palier « \(tier) » : base 15m 1h 1d"))
    }

    // MARK: - The answer

    /// Calls `body` for each row, up to the limit.
    private func forEachRow(
        _ query: SeriesQuery, _ plan: SeriesQuery.Plan, _ snapshot: StoreSnapshot,
        _ body: (borrowing QueryRow) throws -> Void
    ) throws {
        var found = 0
        let limit = limit ?? .max
        try query.run(plan, snapshot.series) { row in
            found += 1
            if found > limit { return }
            try body(row)
        }
        if found == 0 {
            complain(
                say(
                    "socle: no readings of these series in this range",
                    "socle: aucun relevé de ces séries sur cette période"))
        }
    }

    private func stream(
        _ query: SeriesQuery, _ plan: SeriesQuery.Plan, _ snapshot: StoreSnapshot,
        _ format: AnswerWriter.Format
    ) throws {
        var writer = AnswerWriter(
            format, statistics: plan.statistics, zone: snapshot.zone, isEpoch: epoch)
        Terminal.write(writer.head())
        var line: [UInt8] = []
        try forEachRow(query, plan, snapshot) { row in
            line.removeAll(keepingCapacity: true)
            writer.append(row, to: &line)
            Terminal.write(line)
        }
        Terminal.write(writer.tail())
    }

    private func printTable(
        _ query: SeriesQuery, _ plan: SeriesQuery.Plan, _ snapshot: StoreSnapshot
    ) throws {
        var table = Table(
            [(say("time", "date"), .left), (say("series", "série"), .name)]
                + plan.statistics.map { (statisticTitle($0), .right) }
                + [(say("unit", "unité"), .left)])
        try forEachRow(query, plan, snapshot) { row in
            let time =
                epoch ? String(row.time) : wallClockText(row.time, zone: snapshot.zone)
            table.add(
                [time, row.descriptor.key.description] + row.values.map(cell)
                    + [row.descriptor.unit == "1" ? "" : row.descriptor.unit])
        }
        Terminal.write(table.text(width: Terminal.width))
    }

    private func cell(_ value: QueryValue?) -> String {
        switch value {
        case nil: ""
        case .exact(let sum): sum.isDecimal ? grouped(sum.description) : readable(sum.double)
        case .rounded(let number): readable(number)
        case .count(let count): grouped(String(count))
        case .name(let name): name
        case .durations(let list):
            list.map { "\($0.name) \(durationText($0.seconds))" }.joined(separator: ", ")
        }
    }

    private func durationText(_ seconds: Double) -> String {
        let minutes = Int((seconds / 60).rounded())
        if minutes < 60 { return "\(minutes) min" }
        return "\(grouped(String(minutes / 60))) h \(minutes % 60 < 10 ? "0" : "")\(minutes % 60)"
    }

    private func printCharts(
        _ query: SeriesQuery, _ plan: SeriesQuery.Plan, _ snapshot: StoreSnapshot
    ) throws {
        var chart: Chart?
        var key: SeriesKey?
        func show() {
            if let chart, !chart.isEmpty {
                Terminal.write(chart.text(width: Terminal.width) + "\n")
            }
        }
        try forEachRow(query, plan, snapshot) { row in
            let drawn = zip(plan.statistics, row.values).first { $0.1?.number != nil }
            guard let drawn, let number = drawn.1?.number else { return }
            if key != row.descriptor.key {
                show()
                key = row.descriptor.key
                chart = Chart(
                    name: row.descriptor.key.description, statistic: statisticTitle(drawn.0),
                    unit: row.descriptor.unit, zone: snapshot.zone)
            }
            chart?.add(time: row.time, value: number)
        }
        show()
    }
}
