import Glibc
import MQTTSession
import QueryAPI
import SeriesStore
import Synchronization

/// What the gateway tells of itself: written by the thread that commits, read by whoever is asked.
///
/// The lock is held for a few assignments, so nobody who asks delays a commit.
final class GatewayFigures: Sendable {
    /// What changes with each commit.
    struct Changing: Sendable {
        var commit: Int64 = 0
        var commitTime: Int64 = 0
        var readings = 0
        var writtenToday: Int64?
        var isUsedUp = false
        var waitingWindows: Int?
        var isPlaced = false
        fileprivate var rates = RateMeter()
    }

    private let changing = Mutex(Changing())
    private let store: String
    private let budget: Int64?
    private let interval: CommitInterval
    private let session: MQTTSessionStatus
    private let start = monotonicMilliseconds()

    init(
        _ configuration: GatewayConfiguration, interval: CommitInterval, session: MQTTSessionStatus
    ) {
        store = configuration.store
        (self.interval, self.session) = (interval, session)
        if case .budget(let bytes) = configuration.commits { budget = bytes } else { budget = nil }
    }

    func update(_ body: (inout Changing) -> Void) {
        let (now, messages) = (monotonicMilliseconds(), session.receivedCount)
        changing.withLock { changing in
            body(&changing)
            changing.rates.add(at: now, messages: messages, readings: changing.readings)
        }
    }

    /// As of now; from any thread.
    var status: GatewayStatus {
        let now = monotonicMilliseconds()
        let changing = changing.withLock { $0 }
        var status = GatewayStatus(process: getpid(), store: store)
        status.uptimeSeconds = (now - start) / 1_000
        status.connected = session.isConnected
        status.connections = session.connectionCount
        status.messages = session.receivedCount
        status.readings = changing.readings
        let rates = changing.rates.perSecond(
            at: now, messages: status.messages, readings: status.readings)
        (status.messagesPerSecond, status.readingsPerSecond) = rates
        status.lagMilliseconds = session.lagMilliseconds
        status.commit = changing.commit
        status.commitTime = changing.commitTime
        status.commitIntervalMilliseconds = interval.milliseconds
        status.writeBudgetBytes = budget
        status.writtenTodayBytes = changing.writtenToday
        status.budgetUsedUp = changing.isUsedUp
        status.waitingWindows = changing.waitingWindows
        status.memoryBytes = ProcessFiles.memory("VmRSS")
        status.memoryPeakBytes = ProcessFiles.memory("VmHWM")
        status.diskFreeBytes = ProcessFiles.diskFree(store)
        status.clockSet = changing.isPlaced
        return status
    }
}

/// Rates over the last minute.
struct RateMeter: Sendable {
    private var samples: [(time: Int64, messages: Int, readings: Int)] = []
    private static let length: Int64 = 60_000

    /// - Parameter time: milliseconds by a clock that nobody sets.
    mutating func add(at time: Int64, messages: Int, readings: Int) {
        // Bursts commit many times a second.
        if let last = samples.last, time - last.time < 1_000 { return }
        samples.append((time, messages, readings))
        let begin = time - Self.length
        samples.removeFirst(samples.prefix { $0.time < begin }.count)
    }

    /// Since the oldest sample of the last minute, or else the newest one.
    func perSecond(at time: Int64, messages: Int, readings: Int) -> (Double, Double) {
        let oldest = samples.first { $0.time >= time - Self.length } ?? samples.last
        guard let oldest, time > oldest.time else { return (0, 0) }
        let seconds = Double(time - oldest.time) / 1_000
        func rate(_ count: Int) -> Double { (Double(count) / seconds * 1_000).rounded() / 1_000 }
        return (rate(messages - oldest.messages), rate(readings - oldest.readings))
    }
}
