import ArgumentParser
import Gateway
import QueryAPI

/// `socle status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: say(
            "What the gateway that runs is doing.", "Ce que fait la passerelle qui tourne."),
        discussion: say(
            "Example: socle status --format json", "Exemple : socle status --format json"))

    @OptionGroup var configuration: ConfigurationOptions
    @Option(help: "table · json")
    var format: String?

    func run() throws {
        let format = format ?? (Terminal.isOutput ? "table" : "json")
        guard format == "table" || format == "json" else {
            throw Failure(noFormat: format, known: "table, json")
        }
        let loaded = try configuration.load()
        let (status, json) = try GatewayStatus.ask(at: loaded.socket)
        guard format == "table" else {
            Terminal.write(json)
            return
        }
        writeLines(StatusLines(status, zone: loaded.zone).lines)
    }
}

/// Writes titles and what they have, aligned.
func writeLines(_ lines: [(title: String, text: String)]) {
    let width = lines.map(\.title.count).max() ?? 0
    for (title, text) in lines {
        Terminal.write(title + String(repeating: " ", count: width - title.count + 2) + text + "\n")
    }
}
