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
        case .diskFull:
            "the disk is full: nothing was changed"
        case .database(let code, let message):
            "SQLite error \(code): \(message)"
        case .damaged(let table, let row, let reason):
            "damaged row \(row) of table \(table): \(reason)"
        case .setAside(let table, let row, let reason):
            "row \(row) of table \(table) was damaged and is set aside: \(reason)"
        case .corrupt(let path, let reason):
            "\(path) is damaged: \(reason); put it back from a backup, or save what can be read "
                + "with: sqlite3 \(path) .recover | sqlite3 NEW"
        case .redefined(let series, let stored, let wanted):
            "\(series) is stored as \(stored), the profile says \(wanted): rename the metric"
        }
    }
}
