/// Why a table has no answer.
enum TableError: Error {
    case notAStore
    case noSelector
    case badStep(String)
    case badTime(String)
}

extension TableError: CustomStringConvertible {
    var description: String {
        switch self {
        case .notAStore:
            "this database is no Socle store: open the store itself, as the main database"
        case .noSelector:
            "resample needs a selector: resample('active_power', '1h', 'now-7d', 'now')"
        case .badStep(let text):
            "resample: '\(text)' is no step; write 15m, 1h, 1d, 1w, 1mo, 1y or 1d@06:00"
        case .badTime(let text):
            "resample: '\(text)' is no time; write '2026-03-29', 'now-7d' or epoch milliseconds"
        }
    }
}
