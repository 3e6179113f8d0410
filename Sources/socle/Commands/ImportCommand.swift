import ArgumentParser
import Foundation
import Gateway
import Glibc
import MQTTSession
import SeriesStore
import StoredSeries
import Telemetry

/// `socle import`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: say(
            "Adds a recording to a store.", "Ajoute un enregistrement à une base."),
        discussion: say(
            """
            The file is CSV: series,time,value. A file that was imported before changes nothing.
            Times are epoch milliseconds, RFC 3339, or 2026-03-29 [14:00] in the store's zone.
            --step, --kind and --unit are for new series; those of the store must agree with them.
            """,
            """
            Le fichier est un CSV : series,time,value. Un fichier déjà importé ne change rien.
            Les dates sont des millisecondes epoch, RFC 3339, ou 2026-03-29 [14:00] dans le fuseau
            de la base.
            --step, --kind et --unit valent pour les séries nouvelles ; celles de la base doivent
            leur correspondre.
            """))

    @Argument(
        help: ArgumentHelp(
            say("CSV or CSV.gz file, - for standard input.", "Fichier CSV ou CSV.gz, - : entrée."),
            valueName: "file"))
    var file: String
    @OptionGroup var store: StoreOptions
    @Option(
        help: ArgumentHelp(
            say("raw, 1m, 15m, 1h (default: 1m).", "raw, 1m, 15m, 1h (par défaut : 1m).")))
    var step: String?
    @Option(
        help: ArgumentHelp(
            "gauge · counter · amount · state "
                + say("(default: gauge)", "(par défaut : gauge)")))
    var kind: String?
    @Option(
        help: ArgumentHelp(
            say("UCUM code of the unit (default: 1).", "Code UCUM de l'unité (par défaut : 1).")))
    var unit: String?

    func run() throws {
        let settings = try settings()
        let spool = try spool()
        let path = try store.path()
        let isManaged = store.store == nil
        let zone = try zone(of: path)
        let now = try store.timeToWrite(path: path)
        let before = try repeats(in: path)
        let outcome = try settings.run(
            Recording(path: spool?.path ?? file, name: file, zone: zone),
            into: writer(of: path, zone: zone, isManaged: isManaged),
            now: now
        ) {
            Terminal.progress(counted($0, ("reading", "readings"), ("relevé", "relevés")))
        }
        Terminal.endProgress()
        Terminal.write(
            outcome.wasKnown
                ? say("imported before: nothing changed\n", "déjà importé : rien n'a changé\n")
                : counted(
                    outcome.readings, ("reading imported", "readings imported"),
                    ("relevé importé", "relevés importés")) + "\n")
        let after = try repeats(in: path)
        tell(after.duplicates - before.duplicates, after.conflicts - before.conflicts)
    }

    /// What was not kept of a recording is said: who wrote its times may have meant others.
    private func tell(_ duplicates: Int64, _ conflicts: Int64) {
        if duplicates > 0 {
            complain(
                "socle: "
                    + say(
                        "readings that were there already, and are kept once: \(duplicates)",
                        "relevés déjà présents, gardés une seule fois : \(duplicates)"))
        }
        if conflicts > 0 {
            complain(
                "socle: "
                    + say(
                        "readings with another value for an instant that has one, not kept: "
                            + "\(conflicts); clocks that go back show an hour twice: write offsets",
                        "relevés d'une autre valeur pour un instant qui en a une, non gardés : "
                            + "\(conflicts) ; au retour à l'heure d'hiver une heure revient deux "
                            + "fois : écrivez les décalages"))
        }
    }

    /// How many readings of recordings were known, and how many contradicted one that was.
    private func repeats(in path: String) throws -> (duplicates: Int64, conflicts: Int64) {
        do {
            return try StoreReader(path: path).snapshot { snapshot in
                guard
                    let device = snapshot.catalogue.devices.firstIndex(of: RecordingImport.device)
                else { return (0, 0) }
                let sum = try snapshot.ledger(device: DeviceID(device)).values
                    .reduce(into: LedgerCounts()) { $0.add($1) }
                return (sum[.readingsDuplicate], sum[.readingsConflict])
            }
        } catch is StoreError {
            // There is none yet, or what is wrong with it is said by whoever needs it.
            return (0, 0)
        }
    }

    private func writer(of path: String, zone: CivilZone, isManaged: Bool) throws -> StoreWriter {
        let writer = try StoreWriter(path: path, zone: zone, isManaged: isManaged)
        writer.onSetAside = { complain("socle: \(Failure.text(of: $0))") }
        return writer
    }

    /// A store keeps the zone that it was made with; a new one gets that of the configuration.
    private func zone(of path: String) throws -> CivilZone {
        do {
            return try StoreReader(path: path).snapshot(\.zone)
        } catch StoreError.missing, StoreError.notAStore {
            // One whose creation was cut off is no store yet; whoever writes it knows.
            return store.store == nil ? try store.configuration.load().zone : .paris
        }
    }

    /// What the options ask for; those that are not given ask nothing.
    private func settings() throws -> RecordingImport {
        let wanted = try kind.map { name in
            if let kind = MetricKind(name: name) { return kind }
            throw Failure(
                .usage,
                say(
                    "no kind '\(name)': gauge counter amount state",
                    "pas de genre « \(name) » : gauge counter amount state"))
        }
        if let unit, let intended = intendedUnitCode(unit) {
            throw Failure(
                .usage,
                say(
                    "--unit: '\(unit)' is no UCUM code; write \(intended)",
                    "--unit : « \(unit) » n'est pas un code UCUM ; écrivez \(intended)"))
        }
        if let unit, !isUnitCode(unit) {
            throw Failure(
                .usage,
                say(
                    "--unit: '\(unit)' is no UCUM code; write W, kW.h, Cel, %, [ppm] or 1",
                    "--unit : « \(unit) » n'est pas un code UCUM ; écrivez W, kW.h, Cel, %, "
                        + "[ppm] ou 1"))
        }
        return RecordingImport(
            kind: wanted, step: try step.map(stepMilliseconds), unit: unit)
    }

    private func stepMilliseconds(_ step: String) throws -> Int64 {
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

    /// What cannot be read twice, for what it says and for its rows, goes into a file first.
    ///
    /// - Returns: nil where the file itself can be.
    private func spool() throws -> Spool? {
        var status = stat()
        // SAFETY: C takes the path for the length of the call; `status` outlives it.
        guard unsafe file == "-" || stat(file, &status) == 0 && access(file, R_OK) == 0 else {
            throw Failure(
                .noInput, say("cannot read \(file)", "impossible de lire \(file)"))
        }
        if file != "-", status.st_mode & S_IFMT == S_IFREG { return nil }
        let noRoom = Failure(
            .inputOutput,
            say(
                "there is no room for \(file) in a temporary file: name another folder by TMPDIR, "
                    + "or import a file",
                "pas de place pour \(file) dans un fichier temporaire : indiquez un autre dossier "
                    + "par TMPDIR, ou importez un fichier"))
        guard let spool = Spool() else { throw noRoom }
        // SAFETY: the bytes are copied before the next are read.
        try unsafe Recording(path: file).forEachChunk { chunk in
            guard unsafe spool.append(Array(chunk)) else { throw noRoom }
        }
        return spool
    }
}
