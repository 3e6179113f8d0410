import Glibc
import SeriesStore
import StoredSeries

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
        /// There is one already.
        case anotherDrill
        /// The gateway is another user's.
        case notAllowed(process: Int32)
    }

    /// The gateway's process.
    ///
    /// - Throws: ``Refusal/noGateway``, ``Refusal/notAllowed(process:)``, ``StoreError``.
    public static func gateway(store path: String) throws -> Int32 {
        guard let process = try SeriesStore.announcedWriter(store: path) else {
            throw Refusal.noGateway
        }
        guard kill(process, 0) == 0 || errno != EPERM else {
            throw Refusal.notAllowed(process: process)
        }
        return process
    }

    /// Whether that process has not ended.
    public static func isRunning(gateway process: Int32) -> Bool { kill(process, 0) == 0 }

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

extension OutageDrill {
    /// The right to the one drill that a store may have at a time, by a lock on the file `-drill`
    /// beside it. The kernel lets go of it when the process ends, however it ends.
    public final class Turn {
        private let descriptor: Int32

        /// - Throws: ``Refusal/anotherDrill``, ``StoreError/notAllowed(path:reason:)``,
        ///   ``StoreError/cannotCreate(path:reason:)``.
        public init(store: String) throws {
            let path = store + "-drill"
            // Nothing is written there: whoever may read it may have his turn.
            // SAFETY: the path lives as long as the call.
            descriptor = unsafe open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                let code = errno
                // SAFETY: C's text is copied at once.
                let reason = unsafe String(cString: strerror(code))
                throw code == EACCES
                    ? StoreError.notAllowed(path: path, reason: reason)
                    : StoreError.cannotCreate(path: path, reason: reason)
            }
            // `deinit` runs after this too, and closes.
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw Refusal.anotherDrill }
        }

        deinit { if descriptor >= 0 { close(descriptor) } }
    }
}
