// The gateway's one outward door: a Unix socket beside the store, at which the gateway that runs
// answers. It speaks HTTP/1.0, a request a connection:
//
//     curl --unix-socket town.sqlite-socket http://socle/status
//
// Whoever may open the socket may ask: its mode is 0660.

/// What a gateway that runs tells of itself.
///
/// JSON names are these in snake_case. Times are milliseconds since 1970 UTC, sizes bytes.
public struct GatewayStatus: Codable, Sendable, Equatable {
    public var process: Int32
    public var store: String
    /// How long it has been running.
    public var uptimeSeconds: Int64
    /// Whether the broker has accepted us.
    public var connected: Bool
    /// How often a connection was made.
    public var connections: Int
    /// Received since the start, and a second over the last minute.
    public var messages: Int
    public var messagesPerSecond: Double
    /// Committed since the start, likewise.
    public var readings: Int
    public var readingsPerSecond: Double
    /// How old the oldest message of the newest commit was when it was durable.
    public var lagMilliseconds: Int64
    /// The newest commit's number and time, 0 for none.
    public var commit: Int64
    public var commitTime: Int64
    /// How old a message may grow before it is committed, as of now.
    public var commitIntervalMilliseconds: Int64
    /// What may be written in a day; nil where the interval is fixed.
    public var writeBudgetBytes: Int64?
    /// Written since the day, or the gateway, began; nil where there is no budget to hold it
    /// against, or the kernel does not count it.
    public var writtenTodayBytes: Int64?
    /// Nothing is left of the budget, and the interval is the longest.
    public var budgetUsedUp: Bool
    /// Settled windows that wait for compaction; nil where nobody has looked yet.
    public var waitingWindows: Int?
    public var memoryBytes: Int64
    public var memoryPeakBytes: Int64
    /// What the store's file system still has for us; nil where it does not say.
    public var diskFreeBytes: Int64?
    /// Whether readings get their time on arrival.
    public var clockSet: Bool

    public init(process: Int32, store: String) {
        (self.process, self.store) = (process, store)
        (uptimeSeconds, connected, connections) = (0, false, 0)
        (messages, messagesPerSecond, readings, readingsPerSecond) = (0, 0, 0, 0)
        (lagMilliseconds, commit, commitTime, commitIntervalMilliseconds) = (0, 0, 0, 0)
        (budgetUsedUp, memoryBytes, memoryPeakBytes, clockSet) = (false, 0, 0, true)
    }
}

/// Why a socket could not be opened, or did not answer.
public enum SocketError: Error, Sendable, Equatable {
    /// Another gateway answers there.
    case inUse(path: String)
    /// Nobody answers there.
    case noGateway(path: String)
    /// There is a file, and it is no socket.
    case notASocket(path: String)
    case notAllowed(path: String)
    case failed(path: String, reason: String)
}

extension SocketError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let path):
            "another gateway answers at \(path): stop it, or name another path with 'socket'"
        case .noGateway(let path):
            "no gateway answers at \(path): start it with socle run"
        case .notASocket(let path):
            "\(path) is no socket: move it away, or name another path with 'socket'"
        case .notAllowed(let path):
            "\(path) may not be used: run socle as the gateway's user or in its group"
        case .failed(let path, let reason): "the socket \(path): \(reason)"
        }
    }
}
