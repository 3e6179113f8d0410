import DeviceProfiles
import Foundation
import MQTTSession
import SeriesStore
import StoredSeries
import Synchronization

/// The thread that decodes and commits, and the door through which the session's thread asks it to.
///
/// The session wakes it while messages come, so that decoding goes on beside reading, and waits
/// only for the commit itself.
final class Aggregator: MessageCommitting, @unchecked Sendable {
    // SAFETY: `collector`, `logWatch`, `pace` and `isPlaced` are used by the aggregator's own
    // thread alone; everything else is guarded by `condition` or atomic.
    private var collector: Collector
    private var logWatch = LogWatch()
    private var pace: CommitPace
    private let figures: GatewayFigures
    private let condition = NSCondition()
    private var request: Request?
    private var answer: Result<Int64, StoreError>?
    private var outgoing: [OutgoingMessage] = []
    private var reloading: Reloading?
    private var isEnding = false
    private var hasMessages = false
    private let isIdle = Atomic<Bool>(false)
    /// Whether it was said that the clock is set, or need not be: it was from the beginning.
    private var isPlaced: Bool
    private let report: @Sendable (Event) -> Void

    private typealias Request = (received: Int64, confirmed: Int64, newestArrival: Int64)

    /// What it says of its work.
    enum Event: Sendable {
        case failed(StoreError)
        /// The clock is set, and so many readings got their time.
        case placed(Int)
        case log(LogWatch.Event)
    }

    /// - Parameter report: called on either thread.
    init(
        _ collector: consuming Collector, pace: CommitPace, figures: GatewayFigures,
        report: @escaping @Sendable (Event) -> Void
    ) {
        isPlaced = collector.isPlaced
        (self.pace, self.figures) = (pace, figures)
        self.collector = collector
        self.report = report
    }

    // MARK: - Called by the session's thread

    func messagesArrived() {
        // ORDERING: pairs with the store in `waitForWork`. A sleeper that is not seen in time
        // sleeps on until the next burst or commit, which takes what is there.
        guard isIdle.load(ordering: .acquiring) else { return }
        condition.lock()
        hasMessages = true
        condition.broadcast()
        condition.unlock()
    }

    func commit(received: Int64, confirmed: Int64, newestArrival: Int64) -> Int64? {
        condition.lock()
        defer { condition.unlock() }
        request = (received, confirmed, newestArrival)
        answer = nil
        condition.broadcast()
        while answer == nil { condition.wait() }
        switch answer {
        case .success(let commit): return commit
        case .failure(let error):
            report(.failed(error))
            return nil
        case nil: return nil
        }
    }

    func takeRequests() -> [OutgoingMessage] {
        condition.lock()
        defer { condition.unlock() }
        defer { outgoing.removeAll() }
        return outgoing
    }

    /// Ends the thread after the work that was asked for.
    func end() {
        condition.lock()
        isEnding = true
        condition.broadcast()
        condition.unlock()
    }

    /// Goes over to other profiles, and waits until it has.
    ///
    /// - Throws: where the store cannot remember what the session will be subscribed to; nothing is
    ///   changed then.
    func reload(_ profiles: ProfileSet, filters: [String], lateLimit: Int64?) throws(StoreError) {
        condition.lock()
        defer { condition.unlock() }
        reloading = Reloading(profiles: profiles, filters: filters, lateLimit: lateLimit)
        condition.broadcast()
        while reloading?.result == nil { condition.wait() }
        defer { reloading = nil }
        try reloading?.result?.get()
    }

    private struct Reloading {
        let profiles: ProfileSet
        let filters: [String]
        let lateLimit: Int64?
        /// Nil until it is done.
        var result: Result<Void, StoreError>?
    }

    // MARK: - The aggregator's thread

    func run() {
        tell()
        while true {
            reloadIfAsked()
            let taken = collector.step(limit: 2_048)
            if let request = takeRequest() {
                answer(request)
                maintain()
                pace.committed(at: clockMilliseconds())
                tell()
            } else if taken == 0 {
                if !waitForWork() { return }
            }
        }
    }

    private func reloadIfAsked() {
        condition.lock()
        let wanted = reloading
        condition.unlock()
        guard let wanted, wanted.result == nil else { return }
        let result: Result<Void, StoreError>
        do throws(StoreError) {
            try collector.reload(
                wanted.profiles, filters: wanted.filters, lateLimit: wanted.lateLimit)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        condition.lock()
        reloading?.result = result
        condition.broadcast()
        condition.unlock()
    }

    private func takeRequest() -> Request? {
        condition.lock()
        defer { condition.unlock() }
        defer { request = nil }
        return request
    }

    private func answer(_ request: Request) {
        let result: Result<Int64, StoreError>
        do throws(StoreError) {
            result = .success(
                try collector.commit(
                    received: request.received, confirmed: request.confirmed,
                    newestArrival: request.newestArrival, wall: clockMilliseconds(),
                    uptime: monotonicMilliseconds()))
        } catch {
            result = .failure(error)
        }
        let requests = collector.takeRequests()
        condition.lock()
        outgoing += requests
        answer = result
        condition.broadcast()
        condition.unlock()
    }

    private func maintain() {
        do throws(StoreError) {
            if try collector.placeIfDue() { try settleAndCompact() }
        } catch {
            report(.failed(error))
        }
        do throws(StoreError) {
            let event = try logWatch.look(at: collector.writer, now: monotonicMilliseconds())
            if let event { report(.log(event)) }
        } catch {
            report(.failed(error))
        }
    }

    private func tell() {
        let (writer, pace) = (collector.writer, pace)
        let (readings, waiting) = (collector.committedReadingCount, collector.waitingWindowCount)
        let isPlaced = collector.isPlaced
        figures.update { figures in
            (figures.commit, figures.commitTime) = (writer.newestCommit, writer.newestCommitTime)
            (figures.readings, figures.waitingWindows) = (readings, waiting)
            (figures.writtenToday, figures.isUsedUp) = (pace.writtenToday, pace.isUsedUp)
            figures.isPlaced = isPlaced
        }
    }

    private func settleAndCompact() throws(StoreError) {
        if !isPlaced { report(.placed(collector.writer.placedReadingCount)) }
        isPlaced = true
        let now = collector.settlingTime(
            wall: clockMilliseconds(), uptime: monotonicMilliseconds())
        try collector.settleIfDue(now: now)
        try collector.compactIfDue(now: now)
    }

    /// Sleeps until there is something to do; false when it is time to end.
    private func waitForWork() -> Bool {
        condition.lock()
        // ORDERING: pairs with the load in `messagesArrived`.
        isIdle.store(true, ordering: .releasing)
        let deadline = Date(timeIntervalSinceNow: collector.isCompacting ? 1 : 60)
        while request == nil, !hasMessages, !isEnding, reloading.map({ $0.result != nil }) ?? true {
            if !condition.wait(until: deadline) { break }
        }
        hasMessages = false
        isIdle.store(false, ordering: .relaxed)
        let goesOn = !isEnding || request != nil
        let isQuiet = request == nil
        condition.unlock()
        if goesOn && isQuiet {
            maintain()
            tell()
        }
        return goesOn
    }
}
