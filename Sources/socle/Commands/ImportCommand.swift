import ArgumentParser
import Foundation
import Gateway
import Glibc
import MQTTSession
import SeriesStore
import Telemetry

/// `socle import`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: say(
            "Adds a recording to a store.", "Ajoute un enregistrement à une base."),
        discussion: say(
            "The file is CSV: series,time,value. A file that was imported before changes nothing.",
            "Le fichier est un CSV : series,time,value. Un fichier déjà importé ne change rien."))

    @Argument(
        help: ArgumentHelp(
            say("CSV or CSV.gz file, - for standard input.", "Fichier CSV ou CSV.gz, - : entrée."),
            valueName: "file"))
    var file: String
    @OptionGroup var store: StoreOptions
    @Option(help: ArgumentHelp(say("raw, 1m, 15m, 1h.", "raw, 1m, 15m, 1h.")))
    var step = "1m"
    @Option(help: "gauge · counter · amount · state")
    var kind = "gauge"
    @Option(help: ArgumentHelp(say("UCUM code of the unit.", "Code UCUM de l'unité.")))
    var unit = "1"

    func run() throws {
        guard let kind = MetricKind(name: kind) else {
            throw Failure(
                .usage,
                say("no kind '\(kind)'", "pas de genre « \(kind) »")
                    + ": gauge counter amount state")
        }
        let settings = RecordingImport(kind: kind, step: try stepMilliseconds(), unit: unit)
        let spooled = try spool()
        // SAFETY: C takes the path for the length of the call, here and below.
        defer { if spooled != file { unsafe unlink(spooled) } }
        guard unsafe access(spooled, R_OK) == 0 else {
            throw Failure(
                .noInput, say("cannot read \(file)", "impossible de lire \(file)"))
        }
        let isManaged = store.store == nil
        let writer = try StoreWriter(path: store.path(), isManaged: isManaged)
        let outcome: RecordingImport.Outcome
        do {
            outcome = try settings.run(
                Recording(path: spooled), into: writer, now: clockMilliseconds()
            ) { Terminal.progress(say("\($0) readings", "\($0) relevés")) }
        } catch let error as RecordingError {
            throw Failure(.badInput, error.description.replacing(spooled, with: file))
        }
        Terminal.endProgress()
        Terminal.write(
            outcome.wasKnown
                ? say("imported before: nothing changed\n", "déjà importé : rien n'a changé\n")
                : say(
                    "\(outcome.readings) readings imported\n",
                    "\(outcome.readings) relevés importés\n"))
    }

    private func stepMilliseconds() throws -> Int64 {
        if step == "raw" { return SeriesDescriptor.rawStep }
        if let milliseconds = parseDuration(step), milliseconds > 0,
            3_600_000 % milliseconds == 0 || milliseconds == 86_400_000
        {
            return milliseconds
        }
        throw Failure(
            .usage,
            say(
                "--step: '\(step)' does not divide the hour; write raw, 1m, 15m or 1h",
                "--step : « \(step) » ne divise pas l'heure ; écrivez raw, 1m, 15m ou 1h"))
    }

    /// Standard input is read twice, for its digest and for its rows: it goes into a file first.
    private func spool() throws -> String {
        guard file == "-" else { return file }
        let path = NSTemporaryDirectory() + "socle-import-\(UUID().uuidString).csv"
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let output = FileHandle(forWritingAtPath: path)
        else {
            throw Failure(.cannotCreate, say("cannot write \(path)", "impossible d'écrire \(path)"))
        }
        try unsafe Recording(path: "-").forEachChunk { unsafe output.write(Data($0)) }
        try output.close()
        return path
    }
}
