import Glibc
import SeriesStore

/// An outage that is rehearsed with the gateway that runs: it leaves its broker for a while, and
/// messages on a topic of its own are counted meanwhile.
public enum OutageDrill {
    /// Where the numbered messages of a drill go, and the device under which the ledger has them.
    public static let topic = "socle/drill"
    /// LIMIT: seconds; a forgotten drill is no outage of a day.
    public static let secondsMax: Int32 = 3_600
    /// `SI_QUEUE`: the signal came with a number.
    static let queuedSignal: Int32 = -1

    /// Why the gateway could not be sent away.
    public enum Refusal: Error, Sendable {
        /// No gateway writes to the store.
        case noGateway
        /// The gateway is another user's.
        case notAllowed(process: Int32)
    }

    /// The gateway's process.
    ///
    /// - Throws: ``Refusal/noGateway``, ``StoreError``.
    public static func gateway(store path: String) throws -> Int32 {
        guard let process = try SeriesStore.announcedWriter(store: path) else {
            throw Refusal.noGateway
        }
        return process
    }

    /// Has the gateway lose its connection now, and come back by itself.
    ///
    /// - Parameter seconds: 1 to ``secondsMax``.
    /// - Throws: ``Refusal``.
    public static func sendAway(gateway process: Int32, seconds: Int32) throws(Refusal) {
        // SAFETY: the union is passed by value, with the member that the receiver reads.
        guard unsafe sigqueue(process, SIGUSR1, sigval(sival_int: seconds)) != 0 else { return }
        throw errno == EPERM ? .notAllowed(process: process) : .noGateway
    }
}
