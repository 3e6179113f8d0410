extension Doctor {
    /// The store and its key: that they are there, and who may read them.
    static func fileFindings(_ facts: StationFacts) -> [Finding] {
        guard let store = facts.store else {
            return [
                Finding(
                    .ok, "store", at: facts.storePath,
                    Wording(
                        "not there yet; socle run makes it",
                        "pas encore là ; socle run la crée"))
            ]
        }
        return [
            modeFinding(store, "store_mode", facts.storePath, allowed: 0o640),
            keyFinding(facts),
            logFinding(facts),
            damageFinding(facts.ledger?.rowsDamaged ?? 0, facts.storePath),
        ]
    }

    private static func damageFinding(_ rowCount: Int, _ path: String) -> Finding {
        guard rowCount > 0 else {
            return Finding(
                .ok, "damage", at: path,
                Wording(
                    "nothing damaged in what was read; socle store verify reads everything",
                    "rien d'abîmé dans ce qui a été lu ; socle store verify relit tout"))
        }
        let number = Wording.count(rowCount)
        return Finding(
            .fault, "damage", at: path,
            Wording(
                "damaged rows, which answers may lack or misstate: \(number.english)",
                "lignes abîmées, dont les réponses peuvent manquer ou se ressentir : "
                    + number.french),
            remedy: Wording(
                "socle store verify lists them: put the store back by socle store restore, and "
                    + "replace the card",
                "socle store verify les énumère : remettez la base par socle store restore, et "
                    + "changez la carte"))
    }

    private static func logFinding(_ facts: StationFacts) -> Finding {
        let (log, path) = (facts.log, facts.storePath + "-wal")
        let size = Wording.megabytes(log.bytes)
        guard log.bytes > log.usualBytesMax else {
            return Finding(
                .ok, "log", at: path,
                Wording("\(size.english) to be moved", "\(size.french) à transférer"))
        }
        guard !log.holders.isEmpty else {
            return Finding(
                .warning, "log", at: path,
                Wording(
                    "\(size.english), not emptied for long; who reads the store is not known",
                    "\(size.french), pas vidé depuis longtemps ; on ne sait qui lit la base"),
                remedy: Wording(
                    "end what reads the store; then socle run empties it by itself",
                    "arrêtez ce qui lit la base ; socle run le vide alors de lui-même"))
        }
        let holders = log.holders.joined(separator: ", ")
        return Finding(
            .warning, "log", at: path,
            Wording(
                "\(size.english): it cannot be emptied while process \(holders) reads",
                "\(size.french) : il ne peut être vidé tant que le processus \(holders) lit"),
            remedy: Wording(
                "end that process; the log grows meanwhile and may fill the disk",
                "arrêtez ce processus ; d'ici là le journal grandit et peut remplir le disque"))
    }

    private static func keyFinding(_ facts: StationFacts) -> Finding {
        let path = facts.storePath + ".key"
        guard let key = facts.key else {
            return Finding(
                .warning, "key", at: path,
                Wording(
                    "not there: messages that are delivered again after a crash would count twice",
                    "absente : les messages redélivrés après une panne compteraient deux fois"),
                remedy: Wording(
                    "put it back from the backup; without one, socle run makes a new key",
                    "remettez-la depuis la sauvegarde ; sinon socle run en crée une autre"))
        }
        guard key.bytes >= 16 else {
            return Finding(
                .fault, "key", at: path,
                Wording(
                    "cut short: socle run cannot start",
                    "tronquée : socle run ne peut pas démarrer"),
                remedy: Wording(
                    "put it back from the backup, or remove it",
                    "remettez-la depuis la sauvegarde, ou supprimez-la"))
        }
        return modeFinding(key, "key_mode", path, allowed: 0o600)
    }

    private static func modeFinding(
        _ file: FileFacts, _ check: String, _ path: String, allowed: UInt32
    ) -> Finding {
        let (mode, wanted) = (octal(file.mode), octal(allowed))
        guard file.mode & ~allowed & 0o777 != 0 else {
            return Finding(
                .ok, check, at: path,
                Wording(
                    "mode \(mode): closed to others", "mode \(mode) : fermé aux autres comptes"))
        }
        return Finding(
            .warning, check, at: path,
            Wording(
                "mode \(mode) lets more accounts in than \(wanted)",
                "le mode \(mode) laisse entrer plus de comptes que \(wanted)"),
            remedy: Wording("chmod \(wanted) \(path)", "chmod \(wanted) \(path)"))
    }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
