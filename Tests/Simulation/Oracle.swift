import NaiveModel
import SeriesStore
import Telemetry

/// What must be in the store: a naive account of what the gateway read and which commits held it.
///
/// It knows nothing of acknowledgements, records and brackets: a message of the broker counts once,
/// when the first commit that holds it is durable.
struct Oracle {
    /// A message that was read and that no commit holds yet.
    private struct Staged {
        var message: SimulatedMessage
        var arrival: Int64
        /// Whether the board knew no time.
        var isUnplaced: Bool
    }

    private(set) var model = StoreModel()
    private var numbers: [SeriesKey: Int] = [:]
    private var emissions: [Int: Workload.Emission] = [:]
    /// Messages that a durable commit holds.
    private(set) var stored: Set<Int> = []
    private var staged: [Staged] = []
    private var newestArrival = Int64.min
    private var lastArrivals: [Int: (time: Int64, sequence: UInt16)] = [:]
    private(set) var newestCommit: Int64 = 0
    private var newestCommitTime: Int64 = 0
    /// A commit or a settling that was begun and of which nothing is known.
    private var begunCommit: (time: Int64, isClockSet: Bool)?
    /// Which run of the machine goes on, and its readings that wait in the file for the clock.
    private var boot = ""
    private var unplaced: [Reading] = []
    private(set) var placedCount = 0
    private var begunSettling: Int64?
    private var counts: [LedgerCounter: Int64] = [:]
    /// What went wrong while it went on.
    private(set) var faults: [String] = []
    /// Whether redelivered messages may count as new ones: where the broker came back with an old
    /// state, and only the times of the readings tell.
    var forgetsMessages = false

    private static let clockStepMaximum: Int64 = 3_600_000
    private static let futureMaximum: Int64 = 600_000

    mutating func add(_ descriptor: SeriesDescriptor) {
        numbers[descriptor.key] = model.descriptors.count
        model.add(descriptor)
    }

    // MARK: - What happens

    mutating func published(_ emission: Workload.Emission) {
        emissions[emission.message.id] = emission
    }

    /// The gateway reads a message.
    ///
    /// - Parameter wall: what the clock shows, or will have shown once it is set.
    mutating func read(_ message: SimulatedMessage, wall: Int64, isClockSet: Bool) {
        let wasFarAhead = newestArrival > wall + Self.clockStepMaximum
        newestArrival = wasFarAhead ? wall : max(newestArrival, wall)
        staged.append(
            Staged(message: message, arrival: newestArrival, isUnplaced: !isClockSet))
    }

    /// The broker sees an acknowledgement: a durable commit must hold the message.
    mutating func acknowledged(_ message: SimulatedMessage) {
        if !stored.contains(message.id) {
            faults.append("message \(message.id) was acknowledged and not stored")
        }
    }

    mutating func commitBegins(time: Int64, isClockSet: Bool) {
        begunCommit = (time, isClockSet)
    }

    mutating func commitSucceeded(_ commit: Int64) {
        apply(commit: commit)
    }

    /// What waited for the clock counts from now on.
    mutating func placed() {
        guard !unplaced.isEmpty else { return }
        placedCount += unplaced.count
        model.commit(unplaced, time: newestCommitTime)
        unplaced.removeAll()
    }

    mutating func settlingBegins(now: Int64) { begunSettling = now }

    mutating func settlingEnded(isDone: Bool) {
        if let begunSettling, isDone { model.settle(now: begunSettling, backfills: false) }
        begunSettling = nil
    }

    /// The gateway starts anew, with what it finds in its file.
    mutating func restarted(_ writer: StoreWriter, wall: Int64, boot: String) throws {
        if writer.newestCommit > newestCommit { apply(commit: writer.newestCommit) }
        if try writer.isClockSet(boot: self.boot) { placed() }
        if boot != self.boot {
            // Nobody will ever know when these were.
            model.unplaced += unplaced.count
            unplaced.removeAll()
        }
        self.boot = boot
        staged.removeAll()
        begunCommit = nil
        if let begunSettling {
            var settled = model
            settled.settle(now: begunSettling, backfills: false)
            let isDone = settled.settledUntil.allSatisfy { writer.settledUntil($0.key) == $0.value }
            if isDone { model = settled }
        }
        begunSettling = nil
        lastArrivals.removeAll()
        let floor = newestCommitTime + 1
        newestArrival = floor > wall + Self.clockStepMaximum ? .min : floor
    }

    // MARK: - What follows from it

    private mutating func apply(commit: Int64) {
        if commit != newestCommit + 1 { faults.append("commit \(commit) follows \(newestCommit)") }
        var readings: [Reading] = []
        var waiting: [Reading] = []
        for entry in staged {
            if entry.isUnplaced { book(entry, &waiting) } else { book(entry, &readings) }
        }
        unplaced += waiting
        newestCommit = commit
        newestCommitTime = max(begunCommit?.time ?? newestCommitTime, newestArrival)
        if begunCommit?.isClockSet ?? true {
            placed()
            model.commit(readings, time: newestCommitTime)
        }
        staged.removeAll()
        begunCommit = nil
    }

    private mutating func book(_ entry: Staged, _ readings: inout [Reading]) {
        counts[.messagesReceived, default: 0] += 1
        if entry.message.qos == 0 { counts[.messagesAtMostOnce, default: 0] += 1 }
        let isKnown = !stored.insert(entry.message.id).inserted
        if isKnown, !forgetsMessages {
            counts[.messagesDuplicate, default: 0] += 1
            return
        }
        // The broker's copy has an id of its own; its text tells whether it can be read.
        if entry.message.isRetained, entry.message.payload.hasSuffix("}") {
            counts[.messagesRetained, default: 0] += 1
            return
        }
        guard let emission = emissions[entry.message.id], !emission.isMalformed else {
            counts[.messagesQuarantined, default: 0] += 1
            return
        }
        counts[.messagesDecoded, default: 0] += 1
        for (series, value) in emission.readings {
            guard let number = numbers[series] else { continue }
            readings.append(reading(of: number, value, emission.time, arrival: entry.arrival))
        }
    }

    private mutating func reading(
        of number: Int, _ value: Value, _ deviceTime: Int64?, arrival: Int64
    ) -> Reading {
        if let deviceTime, deviceTime <= arrival + Self.futureMaximum {
            return Reading(series: SeriesID(number), time: deviceTime, value: value)
        }
        var sequence: UInt16 = 0
        if let last = lastArrivals[number], last.time == arrival { sequence = last.sequence + 1 }
        lastArrivals[number] = (arrival, sequence)
        return Reading(series: SeriesID(number), time: arrival, value: value, sequence: sequence)
    }

    /// What the store says otherwise.
    ///
    /// - Parameter allowsLate: whether windows of devices with a clock may have been settled before
    ///   all of their readings were in.
    func differences(
        from snapshot: StoreSnapshot, allowingLate allowsLate: Bool
    ) throws -> [String] {
        var differences = faults
        for (number, descriptor) in model.descriptors.enumerated()
        where !allowsLate && descriptor.key.metric == "sim_energy" {
            let windows = model.windows(of: number, tier: .base, zone: snapshot.zone)
            for (start, window) in windows where window.late > 0 || !window.isInOrder {
                differences.append("\(descriptor.key) \(start) was settled too early")
            }
        }
        differences += try model.differences(
            from: snapshot, comparingCounts: !forgetsMessages)
        var sum = LedgerCounts()
        for (key, counts) in try snapshot.ledger() {
            if counts.messagesUnaccounted != 0 {
                differences.append("the ledger of \(key) does not balance")
            }
            sum.add(counts)
        }
        if forgetsMessages { return differences }
        for counter in [
            LedgerCounter.messagesReceived, .messagesDecoded, .messagesDuplicate,
            .messagesQuarantined, .messagesRetained, .messagesAtMostOnce,
        ] where sum[counter] != counts[counter, default: 0] {
            differences.append("\(counter) is \(sum[counter]) for \(counts[counter, default: 0])")
        }
        return differences
    }
}
