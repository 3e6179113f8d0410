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
        /// By the wall clock, or the uptime where the board knew no time.
        var arrival: Int64
        var isUnplaced: Bool
    }

    /// A reading of such a message.
    private struct Booked {
        var number: Int
        var value: Value
        var deviceTime: Int64?
        var arrival: Int64
    }

    /// The board's clocks, and whether its session goes by the wall clock.
    struct Moment {
        /// What the wall clock shows, or will show once it is set.
        var wall: Int64
        var uptime: Int64
        var isClockSet: Bool
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
    private var begunCommit: Moment?
    /// Which run of the machine goes on, whether its clock is not set, and when it started and where
    /// its arrivals begin, by the clock that is set at the last look.
    private var boot = ""
    private var isUnset = false
    private var placement: (start: Int64, floor: Int64) = (0, 0)
    /// Its readings that wait in the file for the clock, the newest arrival and the newest commit.
    private var unplaced: [Booked] = []
    private var newestUptime: Int64 = 0
    private var newestUnplacedCommit: Int64?
    private(set) var placedCount = 0
    /// Of these, those that an earlier run of the machine seems to be later than.
    private(set) var heldBackCount = 0
    private var begunSettling: Int64?
    private(set) var counts: [LedgerCounter: Int64] = [:]
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

    /// Sees whether the clock was set.
    mutating func look(_ now: Moment) {
        guard isUnset, now.isClockSet else { return }
        isUnset = false
        place(by: now)
        // What waited has a second behind the newest commit to itself.
        newestArrival = max(placement.floor + 1_000, placement.start + newestUptime + 1)
    }

    private mutating func place(by now: Moment) {
        let start = now.wall - now.uptime
        let floor = newestCommitTime + 1
        placement = (start, floor > start + Self.clockStepMaximum ? 0 : floor)
    }

    /// The gateway reads a message.
    mutating func read(_ message: SimulatedMessage, at now: Moment) {
        look(now)
        if isUnset {
            newestUptime = max(newestUptime, now.uptime)
        } else {
            let wasFarAhead = newestArrival > now.wall + Self.clockStepMaximum
            newestArrival = wasFarAhead ? now.wall : max(newestArrival, now.wall)
        }
        staged.append(
            Staged(
                message: message, arrival: isUnset ? newestUptime : newestArrival,
                isUnplaced: isUnset))
    }

    /// The broker sees an acknowledgement: a durable commit must hold the message.
    mutating func acknowledged(_ message: SimulatedMessage) {
        if !stored.contains(message.id) {
            faults.append("message \(message.id) was acknowledged and not stored")
        }
    }

    mutating func commitBegins(at now: Moment) {
        look(now)
        begunCommit = now
    }

    mutating func commitSucceeded(_ commit: Int64) {
        apply(commit: commit)
    }

    /// What waited for the clock counts from now on.
    mutating func placed() {
        guard let newestUnplacedCommit else { return }
        let (start, floor) = placement
        newestCommitTime = max(start + newestUnplacedCommit, floor)
        placedCount += unplaced.count
        heldBackCount += unplaced.count { start + $0.arrival < floor }
        let readings = unplaced.map { reading($0, arrival: max(start + $0.arrival, floor)) }
        model.commit(readings, time: newestCommitTime)
        unplaced.removeAll()
        self.newestUnplacedCommit = nil
    }

    mutating func settlingBegins(now: Int64) { begunSettling = now }

    mutating func settlingEnded(isDone: Bool) {
        if let begunSettling, isDone { model.settle(now: begunSettling, backfills: false) }
        begunSettling = nil
    }

    /// The gateway starts anew, with what it finds in its file.
    mutating func restarted(_ writer: StoreWriter, at now: Moment, boot: String) throws {
        if writer.newestCommit > newestCommit { apply(commit: writer.newestCommit) }
        if try writer.isClockSet(boot: self.boot) { placed() }
        if boot != self.boot {
            // Nobody will ever know when these were.
            model.unplaced += unplaced.count
            unplaced.removeAll()
            newestUnplacedCommit = nil
        }
        self.boot = boot
        place(by: now)
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
    }

    /// The gateway knows what it knows of the time.
    mutating func started(at now: Moment) {
        isUnset = !now.isClockSet
        newestUptime = newestUnplacedCommit.map { $0 + 1 } ?? 0
        if isUnset { return }
        placed()
        let floor = newestCommitTime + 1
        newestArrival = floor > now.wall + Self.clockStepMaximum ? .min : floor
    }

    // MARK: - What follows from it

    private mutating func apply(commit: Int64) {
        if commit != newestCommit + 1 { faults.append("commit \(commit) follows \(newestCommit)") }
        newestCommit = commit
        let waiting = staged.filter(\.isUnplaced).flatMap { book($0) }
        unplaced += waiting
        let isClockSet = begunCommit?.isClockSet ?? true
        if !waiting.isEmpty || !isClockSet { newestUnplacedCommit = begunCommit?.uptime }
        if isClockSet {
            placed()
            newestCommitTime = max(begunCommit?.wall ?? newestCommitTime, newestArrival)
            let placed = staged.filter { !$0.isUnplaced }.flatMap { book($0) }
            model.commit(
                placed.map { reading($0, arrival: $0.arrival) }, time: newestCommitTime)
        }
        staged.removeAll()
        begunCommit = nil
    }

    /// Counts a message, and what is to be made of it.
    private mutating func book(_ entry: Staged) -> [Booked] {
        counts[.messagesReceived, default: 0] += 1
        if entry.message.qos == 0 { counts[.messagesAtMostOnce, default: 0] += 1 }
        let isKnown = !stored.insert(entry.message.id).inserted
        if isKnown, !forgetsMessages {
            counts[.messagesDuplicate, default: 0] += 1
            return []
        }
        // The broker's copy has an id of its own; its text tells whether it can be read.
        if entry.message.isRetained, entry.message.payload.hasSuffix("}") {
            counts[.messagesRetained, default: 0] += 1
            return []
        }
        guard let emission = emissions[entry.message.id], !emission.isMalformed else {
            counts[.messagesQuarantined, default: 0] += 1
            return []
        }
        counts[.messagesDecoded, default: 0] += 1
        return emission.readings.compactMap { series, value in
            numbers[series].map {
                Booked(
                    number: $0, value: value, deviceTime: emission.time, arrival: entry.arrival)
            }
        }
    }

    private mutating func reading(_ booked: Booked, arrival: Int64) -> Reading {
        let (number, value) = (booked.number, booked.value)
        if let time = booked.deviceTime, time <= arrival + Self.futureMaximum {
            return Reading(series: SeriesID(number), time: time, value: value)
        }
        var sequence: UInt16 = 0
        if let last = lastArrivals[number], last.time == arrival { sequence = last.sequence + 1 }
        lastArrivals[number] = (arrival, sequence)
        return Reading(series: SeriesID(number), time: arrival, value: value, sequence: sequence)
    }
}
