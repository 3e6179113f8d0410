import ArgumentParser
import MQTTSession
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// `socle export`
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: say(
            "Writes everything of some series in a standard format.",
            "Écrit tout de séries choisies dans un format courant."),
        discussion: say(
            """
            Series that are kept as they came become series,time,value, which socle import takes
            back. Others become windows with all their statistics. What is damaged is left out and
            named (65).
            Examples: socle export --output town.csv
                      socle export 'co2{site="ecole"}' --tier 1d --format sqlite --output co2.db
            """,
            """
            Les séries gardées telles quelles deviennent series,time,value, que socle import
            reprend. Les autres deviennent des fenêtres avec toutes leurs statistiques. Ce qui est
            abîmé est laissé de côté et nommé (65).
            Exemples : socle export --output ville.csv
                       socle export 'co2{site="ecole"}' --tier 1d --format sqlite --output co2.db
            """))

    @Argument(
        help: ArgumentHelp(
            say("Metric name or *, with label matchers.", "Grandeur ou *, avec étiquettes."),
            valueName: "selector"))
    var selectors: [String] = ["*"]
    @OptionGroup var store: StoreOptions
    @OptionGroup var range: RangeOptions
    @Option(
        help: ArgumentHelp(
            say(
                "raw: readings as they came; base, 15m, 1h, 1d: windows.",
                "raw : relevés tels quels ; base, 15m, 1h, 1d : fenêtres.")))
    var tier: String?
    @Option(
        help: ArgumentHelp(
            say("The file to write, - for standard output.", "Le fichier à écrire, - : sortie."),
            valueName: "file"))
    var output = "-"
    @Flag(
        help: ArgumentHelp(
            say("Though the file is there.", "Même si le fichier existe.")))
    var replace = false
    @Option(help: "csv · openmetrics · sqlite")
    var format = Format.csv.rawValue
    @Flag(help: ArgumentHelp(say("Times as epoch milliseconds.", "Dates en millisecondes epoch.")))
    var epoch = false

    private enum Format: String { case csv, openmetrics, sqlite }

    func run() throws {
        guard let format = Format(rawValue: format) else {
            throw Failure(noFormat: self.format, known: "csv openmetrics sqlite")
        }
        if format == .sqlite, output == "-" {
            throw Failure(
                .usage,
                say(
                    "--format sqlite writes a file: name it with --output FILE",
                    "--format sqlite écrit un fichier : indiquez-le par --output FICHIER"))
        }
        let extent = try extent()
        let selectors = try selectors.map { try Selector(parsing: $0) }
        // A file of plain tables has the devices too.
        try store.snapshot(only: format == .sqlite ? [] : selectors) { snapshot in
            let export = try SeriesExport(
                selectors, extent, range: halfOpenRange(snapshot.zone), now: clockMilliseconds(),
                snapshot.series)
            if export.series.isEmpty {
                throw Failure(
                    .noInput,
                    say(
                        "none of these series is kept as it came: leave out --tier raw",
                        "aucune de ces séries n'est gardée telle quelle : omettez --tier raw"))
            }
            let sink = try ExportOutput(output, replaces: replace)
            switch format {
            case .csv where export.extent == .readings: try writeReadings(export, snapshot, sink)
            case .csv: try writeWindows(export, snapshot, sink)
            case .openmetrics:
                try export.writeOpenMetrics(progress: showProgress, sink.write)
            case .sqlite:
                try PlainTables.write(to: sink.draftPath) {
                    try export.fill($0, progress: showProgress)
                }
            }
            Terminal.endProgress()
            try sink.finish()
        }
    }

    private func writeReadings(
        _ export: SeriesExport, _ snapshot: StoreSnapshot, _ sink: ExportOutput
    ) throws {
        var hidden = 0
        try sink.write("series,time,value\n")
        for (index, id) in export.series.enumerated() {
            let name = csvField(snapshot.catalogue.entries[Int(id)].descriptor.key.description)
            try export.forEachReading(of: id) { time, value, count in
                hidden += Int(count) - 1
                let text = epoch ? String(time) : rfc3339(time, zone: snapshot.zone)
                try sink.write("\(name),\(text),\(value)\n")
            }
            showProgress(index + 1, export.series.count)
        }
        guard hidden > 0 else { return }
        complain(
            "socle: "
                + say(
                    "readings that share their millisecond with one in the file, and are not in "
                        + "it: \(hidden); --tier base counts them",
                    "relevés de la même milliseconde qu'un autre, absents du fichier : "
                        + "\(hidden) ; --tier base les compte"))
    }

    private func writeWindows(
        _ export: SeriesExport, _ snapshot: StoreSnapshot, _ sink: ExportOutput
    ) throws {
        var writer = AnswerWriter(
            .csv, statistics: export.statistics, zone: snapshot.zone, isEpoch: epoch)
        try sink.write(writer.head())
        var line: [UInt8] = []
        for (index, id) in export.series.enumerated() {
            try export.forEachRow(of: id) { row in
                line.removeAll(keepingCapacity: true)
                writer.append(row, to: &line)
                try sink.write(line)
            }
            showProgress(index + 1, export.series.count)
        }
    }

    private func showProgress(_ done: Int, _ all: Int) {
        if output != "-" { Terminal.progress("\(done) / \(all)") }
    }

    private func halfOpenRange(_ zone: CivilZone) throws -> Range<Int64> {
        let edges = try range.instants(zone: zone, now: clockMilliseconds())
        guard edges.from ?? .min < edges.to ?? .max else { throw QueryError.emptyRange }
        return (edges.from ?? .min)..<(edges.to ?? .max)
    }

    private func extent() throws -> SeriesExport.Extent? {
        guard let tier else { return nil }
        if tier == "raw" { return .readings }
        if let found = Tier.allCases.first(where: { $0.name == tier }) { return .windows(found) }
        throw Failure(
            .usage,
            say(
                "no tier '\(tier)': raw base 15m 1h 1d",
                "pas de palier « \(tier) » : raw base 15m 1h 1d"))
    }
}

/// Where an export goes: standard output, or a file that is there whole or not at all.
private final class ExportOutput {
    private let draft: DraftFile?
    private var pending: [UInt8] = []
    /// LIMIT: bytes that wait for one large write.
    private static let pendingMax = 65_536

    init(_ path: String, replaces: Bool) throws {
        draft = path == "-" ? nil : try DraftFile(for: path, replaces: replaces)
    }

    /// The file that becomes it.
    var draftPath: String { draft?.draftPath ?? "" }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        guard let draft else { return Terminal.write(bytes) }
        pending += bytes
        if pending.count >= Self.pendingMax {
            try draft.write(pending)
            pending.removeAll(keepingCapacity: true)
        }
    }

    func finish() throws {
        guard let draft else { return }
        try draft.write(pending)
        pending.removeAll()
        try draft.putInPlace()
    }
}
