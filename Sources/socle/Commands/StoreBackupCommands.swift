import ArgumentParser
import MQTTSession
import SeriesStore
import StoredSeries
import Telemetry

/// `socle store backup`
struct StoreBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: say(
            "Copies the store, also beside a gateway, and reads the copy back.",
            "Copie la base, même à côté d'une passerelle, et relit la copie."),
        discussion: say(
            """
            The key of the records goes into FILE.key: keep the two together.
            Examples: socle store backup /media/usb/town-2026-03-29.sqlite
                      socle store backup /media/usb/town.sqlite --replace
            """,
            """
            La clé des registres va dans FICHIER.key : gardez les deux ensemble.
            Exemples : socle store backup /media/usb/ville-2026-03-29.sqlite
                       socle store backup /media/usb/ville.sqlite --replace
            """))

    @Argument(
        help: ArgumentHelp(
            say("The file to write.", "Le fichier à écrire."), valueName: "file"))
    var file: String
    @OptionGroup var store: StoreOptions
    @Flag(
        help: ArgumentHelp(
            say(
                "Though the file is there: a sound copy takes its place.",
                "Même si le fichier existe : une copie intacte prend sa place.")))
    var replace = false
    @Flag(
        name: .customLong("no-key"),
        help: ArgumentHelp(say("Leave the key out.", "Sans la clé.")))
    var withoutKey = false

    func run() throws {
        let path = try store.path()
        let backup = try StoreBackup(
            of: path, to: file, replaces: replace, withKey: !withoutKey, progress: showProgress)
        Terminal.endProgress()
        let zone = try StoreReader(path: file).snapshot(\.zone)
        let report = DamageReport(file: file, zone: zone)
        for fault in backup.faults { complain("socle: " + report.line(fault)) }
        let size = grouped(String(backup.byteCount))
        Terminal.write(
            say("\(file): \(size) bytes", "\(file) : \(size) octets") + state(backup, zone) + "\n")
        if backup.faults.isEmpty { return }
        throw Failure(
            .no,
            say(
                "the copy is as damaged as the store: \(backup.faults.count)",
                "la copie est aussi abîmée que la base : \(backup.faults.count)"))
    }
}

/// `socle store restore`
struct StoreRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: say(
            "Puts a backup in the place of the store.",
            "Met une sauvegarde à la place de la base."),
        discussion: say(
            """
            Stop the gateway before. The file that was there is kept under another name. What was
            acknowledged since the backup is not in it: the broker does not deliver that again.
            Examples: socle store restore /media/usb/town.sqlite --config socle.yaml
                      socle store restore town-2026-03-29.sqlite --store town.sqlite
            """,
            """
            Arrêtez la passerelle d'abord. Le fichier en place est gardé sous un autre nom. Ce qui
            a été acquitté depuis la sauvegarde n'y est pas : le courtier ne le redélivre pas.
            Exemples : socle store restore /media/usb/ville.sqlite --config socle.yaml
                       socle store restore ville-2026-03-29.sqlite --store town.sqlite
            """))

    @Argument(
        help: ArgumentHelp(say("The backup.", "La sauvegarde."), valueName: "file"))
    var file: String
    @OptionGroup var store: StoreOptions
    @Flag(
        help: ArgumentHelp(
            say(
                "Also a backup in which rows are damaged.",
                "Même une sauvegarde dont des lignes sont abîmées.")))
    var damaged = false

    func run() throws {
        let path = try store.path()
        let restore = try StoreRestore(
            of: file, to: path, acceptsDamage: damaged, now: Int(clockMilliseconds() / 1_000),
            progress: showProgress)
        Terminal.endProgress()
        let zone = try StoreReader(path: path).snapshot(\.zone)
        Terminal.write(
            say("\(path): restored", "\(path) : restaurée") + state(restore.backup, zone) + "\n")
        if let kept = restore.kept {
            Terminal.write(
                say("the file until now: \(kept)\n", "le fichier d'avant : \(kept)\n"))
        }
        complain(
            say(
                "socle: what was acknowledged since then is not in the store, and the broker does "
                    + "not deliver it again",
                "socle: ce qui a été acquitté depuis n'est pas dans la base, et le courtier ne le "
                    + "redélivre pas"))
    }
}

/// `, state of 2026-03-29 14:00`
private func state(_ backup: StoreBackup, _ zone: CivilZone) -> String {
    guard let time = backup.newestCommitTime else { return "" }
    let text = wallClockText(time, zone: zone)
    return say(", state of \(text)", ", état du \(text)")
}

private func showProgress(_ stage: StoreBackup.Stage) {
    switch stage {
    case .copying: Terminal.progress(say("copying", "copie"))
    case .verifying: Terminal.progress(say("reading back", "relecture"))
    }
}
