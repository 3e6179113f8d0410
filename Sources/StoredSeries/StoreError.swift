/// Why the store refused.
public enum StoreError: Error, Equatable, Sendable {
    /// No file there.
    case missing(path: String)
    /// The file is no Socle store.
    case notAStore(path: String)
    /// A newer program wrote it.
    case newerFormat(found: Int, newestKnown: Int)
    /// The operating system does not let this process open it.
    case notAllowed(path: String, reason: String)
    /// Another process writes to it.
    case inUse(path: String)
    /// The path cannot be written.
    case cannotCreate(path: String, reason: String)
    /// A file is there that was not to be replaced.
    case isThere(path: String)
    /// A path is that of a store, where another file is wanted.
    case isStore(path: String)
    /// A copy in which rows are damaged would take the place of one that may be sound.
    case wouldReplaceSound(path: String, faults: Int)
    /// A backup does not read back as a whole.
    case damagedBackup(path: String, faults: Int)
    /// The disk is full; nothing was changed.
    case diskFull
    /// SQLite failed; nothing was changed.
    case database(code: Int, message: String)
    /// A row does not read back.
    case damaged(table: String, row: Int64, reason: String)
    /// A row did not read back, and stands unchanged in the table `damaged` since.
    case setAside(table: String, row: Int64, reason: String)
    /// SQLite cannot follow the file's pages any more; nothing was changed.
    case corrupt(path: String, reason: String)
    /// A series exists with another kind, unit or step.
    case redefined(series: String, stored: String, wanted: String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let path):
            "no store at \(path)"
        case .notAStore(let path):
            "\(path) is not a Socle store"
        case .newerFormat(let found, let newest):
            "the store has format \(found), this program knows up to \(newest): use a newer socle"
        case .notAllowed(let path, let reason):
            "not allowed to open \(path): \(reason); run socle as the user who owns it, or grant "
                + "access to the file and its folder"
        case .inUse(let path):
            "another process writes to \(path): stop it first, or use the running gateway"
        case .cannotCreate(let path, let reason):
            "cannot create \(path): \(reason)"
        case .isThere(let path):
            "\(path) is there already: add --replace, or name another file"
        case .isStore(let path):
            "\(path) is a store, or belongs to one: name another file"
        case .wouldReplaceSound(let path, let faults):
            "the copy has damaged rows (\(faults)) and does not replace \(path), which may be "
                + "sound: name another file"
        case .damagedBackup(let path, let faults):
            "damaged rows in the backup \(path): \(faults); socle store verify lists them; take "
                + "another backup, or add --damaged. The store is as it was"
        case .diskFull:
            "the disk is full: nothing was changed"
        case .database(let code, let message):
            "SQLite error \(code): \(message)"
        case .damaged("(file)", _, let reason):
            "damaged pages: \(reason)"
        case .damaged(let table, let row, let reason):
            "damaged row \(row) of table \(table): \(reason)"
        case .setAside(let table, let row, let reason):
            "row \(row) of table \(table) was damaged and is set aside: \(reason)"
        case .corrupt(let path, let reason):
            "\(path) is damaged: \(reason); put it back by socle store restore, or save what can "
                + "be read: socle export '*' --store \(path) --format sqlite --output FILE"
        case .redefined(let series, let stored, let wanted):
            "\(series) is stored as \(stored), the profile says \(wanted): rename the metric"
        }
    }
}
