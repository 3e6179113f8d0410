import ArgumentParser
import SeriesStore
import StoredSeries
import Telemetry

/// `socle store verify`
struct StoreVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: say("Reads everything back.", "Relit tout le fichier."),
        discussion: say(
            """
            Names each row that does not read back, the series and the times that were in it, and
            ends with 1. Also for a backup.
            Examples: socle store verify --store town.sqlite
                      socle store verify --store town.sqlite --format json
            """,
            """
            Nomme chaque ligne qui ne se relit pas, les séries et les dates qu'elle contenait, et
            finit par 1. Aussi pour une sauvegarde.
            Exemples : socle store verify --store town.sqlite
                       socle store verify --store town.sqlite --format json
            """))
    @OptionGroup var store: StoreOptions
    @Option(help: "table · json")
    var format: String?

    func run() throws {
        guard ["table", "json"].contains(format ?? "table") else {
            throw Failure(noFormat: format ?? "", known: "table json")
        }
        let path = try store.path()
        var faults: [DamagedRow]
        var zone = CivilZone.paris
        do {
            (faults, zone) = try StoreReader(path: path).snapshot { snapshot in
                (try snapshot.verify().map(snapshot.place), snapshot.zone)
            }
        } catch let error as StoreError {
            switch error {
            case .damaged, .corrupt: faults = [DamagedRow(error)]
            default: throw error
            }
        }
        let report = DamageReport(file: path, zone: zone)
        if format == "json" { Terminal.write(report.json(faults)) }
        if faults.isEmpty {
            if format != "json" {
                Terminal.write(say("ok: everything reads back\n", "ok : tout se relit\n"))
            }
            return
        }
        if format != "json" {
            for fault in faults { complain("socle: " + report.line(fault)) }
        }
        throw Failure(
            .no,
            counted(
                faults.count, ("fault found", "faults found"),
                ("défaut trouvé", "défauts trouvés"))
                + say(
                    ": put the store back by socle store restore, or save what can be read: socle "
                        + "export '*' --store \(path) --format sqlite --output FILE",
                    " : remettez la base par socle store restore, ou sauvez ce qui se lit : socle "
                        + "export '*' --store \(path) --format sqlite --output FICHIER"))
    }
}
