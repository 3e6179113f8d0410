extension Doctor {
    /// The file system of the store: whether it keeps what it is given, and for how long it has
    /// room.
    static func volumeFindings(_ facts: StationFacts) -> [Finding] {
        guard let volume = facts.volume else { return [] }
        return [kindFinding(volume, facts.storePath), roomFinding(volume, facts)]
    }

    private static func kindFinding(_ volume: StationFacts.Volume, _ path: String) -> Finding {
        let kind = volume.kind
        guard let reason = weakness(of: kind) else {
            return Finding(
                .ok, "file_system", at: path,
                Wording(
                    "\(kind) keeps what was synced", "\(kind) garde ce qui a été synchronisé"))
        }
        return Finding(
            .fault, "file_system", at: path,
            Wording("\(kind): \(reason.english)", "\(kind) : \(reason.french)"),
            remedy: Wording(
                "put the store on a local ext4 or another journalling file system",
                "mettez la base sur un ext4 local ou un autre système de fichiers journalisé"))
    }

    /// Why a kind of file system loses what was synced; nil where it does not.
    static func weakness(of kind: String) -> Wording? {
        switch kind {
        case "tmpfs", "ramfs":
            Wording("memory, gone with the power", "en mémoire, perdu avec le courant")
        case "overlay", "aufs":
            Wording(
                "a layer that may be gone with the next start or container",
                "une couche qui peut disparaître au prochain démarrage ou conteneur")
        case "vfat", "msdos", "exfat":
            Wording(
                "no journal and no file modes: a power cut may take the folder with it",
                "ni journal ni droits : une coupure de courant peut emporter le dossier")
        case "9p", "ceph", "cifs", "smb3", "afs", "fuse.sshfs", "virtiofs",
            _ where kind.hasPrefix("nfs") || kind.hasPrefix("smb"):
            Wording(
                "a network's: a write-ahead log needs memory shared by all processes",
                "en réseau : un journal d'écriture veut une mémoire commune aux processus")
        default: nil
        }
    }

    /// LIMIT: days of room below which somebody must come at once, or should plan to.
    private static let (roomFault, roomWarning) = (7, 60)

    private static func roomFinding(
        _ volume: StationFacts.Volume, _ facts: StationFacts
    ) -> Finding {
        let free = Wording.megabytes(volume.freeBytes)
        guard let days = daysOfRoom(volume, facts) else {
            return Finding(
                .ok, "room", at: facts.storePath,
                Wording("\(free.english) free", "\(free.french) libres"))
        }
        let length = Wording.duration(seconds: min(days, 36_500) * 86_400)
        let mark: Finding.Mark = days < roomFault ? .fault : days < roomWarning ? .warning : .ok
        return Finding(
            mark, "room", at: facts.storePath,
            Wording(
                "\(free.english) free, at the last days' rate for \(length.english)",
                "\(free.french) libres, au rythme des derniers jours pour \(length.french)"),
            remedy: mark == .ok
                ? nil
                : Wording(
                    "make room or move the store; on a full disk nothing is acknowledged",
                    "faites de la place ou déplacez la base ; disque plein, rien n'est acquitté"))
    }

    /// Days until the file system is full, when each reading takes as much as those that are there
    /// and as many come a day as in the last days; nil where there is nothing to go by.
    static func daysOfRoom(_ volume: StationFacts.Volume, _ facts: StationFacts) -> Int? {
        guard let store = facts.store, let ledger = facts.ledger, ledger.days > 0,
            ledger.readingsStored > 0, ledger.readingsStoredEver > 0
        else { return nil }
        let bytes = Double(store.bytes) / Double(ledger.readingsStoredEver)
        let perDay = bytes * Double(ledger.readingsStored) / Double(ledger.days)
        return Int(min(Double(volume.freeBytes) / max(perDay, 1), 1e9))
    }
}
