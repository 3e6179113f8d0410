import SeriesStore
import StoredSeries

/// Notices a write-ahead log that a reader's snapshot keeps from being emptied.
///
/// Nothing is lost meanwhile and nothing stops: SQLite empties the log by itself with the first
/// commits after the reader has gone. But until then it grows, and somebody must know.
public struct LogWatch: Sendable {
    /// What is said of it, once each.
    public enum Event: Sendable, Equatable {
        /// It has been held for ten minutes, and is longer than usual.
        case held(WriteAheadLog)
        /// The readers have gone, and all of it is in the file.
        case released
    }

    private let bytesMax: Int64
    private var nextLook = Int64.min
    private var heldSince: Int64?
    private var isReported = false

    /// Milliseconds between two looks.
    static let interval: Int64 = 60_000
    /// LIMIT: milliseconds for which a reader may hold a long log unnoticed: a great query of a
    /// slow board takes minutes.
    static let patience: Int64 = 600_000

    /// - Parameter bytesMax: length of the log up to which nobody needs to know.
    public init(bytesMax: Int64 = WriteAheadLog.usualBytesMax) {
        self.bytesMax = bytesMax
    }

    /// Looks once a minute. Called between commits.
    ///
    /// - Parameter now: milliseconds by a clock that nobody sets.
    /// - Returns: what is new; nil where nothing is.
    public mutating func look(
        at writer: StoreWriter, now: Int64
    ) throws(StoreError) -> Event? {
        guard now >= nextLook else { return nil }
        nextLook = now + Self.interval
        let log = writer.log
        // Asked only of a long log: to empty a short one early would write pages twice.
        guard log.bytes > bytesMax, try !writer.emptyLog() else {
            heldSince = nil
            defer { isReported = false }
            return isReported ? .released : nil
        }
        let since = heldSince ?? now
        heldSince = since
        guard !isReported, now - since >= Self.patience else { return nil }
        isReported = true
        return .held(log)
    }
}
