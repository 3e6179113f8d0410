import ArgumentParser
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// `socle series`
struct SeriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "series",
        abstract: say("What series there are.", "Les séries enregistrées."))

    @Argument(help: ArgumentHelp(say("Metric name or *.", "Grandeur ou *."), valueName: "selector"))
    var selector = "*"
    @OptionGroup var store: StoreOptions
    @Option(help: "table · csv · ndjson")
    var format: String?

    func run() throws {
        let selector = try Selector(parsing: selector)
        try store.snapshot { snapshot in
            let wanted = snapshot.catalogue.sorted { selector.matches($0.key) }
            if wanted.isEmpty {
                throw QueryError.noSuchSeries(selector: selector.text, nearest: [])
            }
            let summaries = try snapshot.summaries(of: wanted)
            switch format ?? (Terminal.isOutput ? "table" : "csv") {
            case "table": printTable(summaries, zone: snapshot.zone)
            case "csv": printCSV(summaries, zone: snapshot.zone)
            case "ndjson": printObjects(summaries, zone: snapshot.zone)
            case let name:
                throw Failure(noFormat: name, known: "table csv ndjson")
            }
        }
    }

    private func printTable(_ summaries: [SeriesSummary], zone: CivilZone) {
        var table = Table([
            (say("series", "série"), .name), (say("kind", "genre"), .left),
            (say("unit", "unité"), .left), (say("first", "première"), .left),
            (say("last", "dernière"), .left), (say("windows", "fenêtres"), .right),
            (say("bytes", "octets"), .right),
        ])
        for summary in summaries {
            table.add([
                summary.descriptor.key.description, kindTitle(summary.descriptor.kind),
                summary.descriptor.unit,
                summary.firstStart.map { wallClockText($0, zone: zone) } ?? "",
                summary.lastStart.map { wallClockText($0, zone: zone) } ?? "",
                grouped(String(summary.windowCount)), grouped(String(summary.blockBytes)),
            ])
        }
        Terminal.write(table.text(width: Terminal.width))
    }

    private func printCSV(_ summaries: [SeriesSummary], zone: CivilZone) {
        Terminal.write("series,kind,unit,step_ms,device,first,last,windows,bytes\n")
        for summary in summaries {
            Terminal.write(
                [
                    csvField(summary.descriptor.key.description), summary.descriptor.kind.name,
                    csvField(summary.descriptor.unit), String(summary.descriptor.step),
                    csvField(summary.device), stamp(summary.firstStart, zone),
                    stamp(summary.lastStart, zone), String(summary.windowCount),
                    String(summary.blockBytes),
                ].joined(separator: ",") + "\n")
        }
    }

    private func printObjects(_ summaries: [SeriesSummary], zone: CivilZone) {
        for summary in summaries {
            Terminal.write(
                "{\"series\":\(jsonString(summary.descriptor.key.description)),"
                    + "\"kind\":\(jsonString(summary.descriptor.kind.name)),"
                    + "\"unit\":\(jsonString(summary.descriptor.unit)),"
                    + "\"step_ms\":\(summary.descriptor.step),"
                    + "\"device\":\(jsonString(summary.device)),"
                    + "\"first\":\(jsonString(stamp(summary.firstStart, zone))),"
                    + "\"last\":\(jsonString(stamp(summary.lastStart, zone))),"
                    + "\"windows\":\(summary.windowCount),\"bytes\":\(summary.blockBytes)}\n")
        }
    }

    private func stamp(_ instant: Int64?, _ zone: CivilZone) -> String {
        instant.map { rfc3339($0, zone: zone) } ?? ""
    }
}
