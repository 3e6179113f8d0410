import DeviceProfiles
import Foundation
import MQTTSession
import NaiveModel
import SeriesStore
import Telemetry

/// The whole way of a message, from a broker to the file and back to the acknowledgement, on a
/// virtual clock and from one seed: the real session, ring, decoder, windows and store, with a broker
/// and a disk that go wrong, and a naive account of what must come of it.
///
/// Everything runs on the caller's thread. The same options give the same course.
public struct Simulation {
    public let options: SimulationOptions
    /// What happened, by kind.
    public internal(set) var troubles: [SimulationOptions.Trouble: Int] = [:]
    public private(set) var messageCount = 0
    public let disk: FaultyDisk
    /// Whether the caller's own trouble may happen now: not while files are opened and looked at,
    /// and not any more when all is compared in the end.
    public var allowTrouble: (Bool) -> Void = { _ in }
    private let folder: String
    let time: VirtualTime
    private let trueStart: Int64
    let broker: SimulatedBroker
    let link: SimulatedLink
    var workload: Workload
    var random: SplitMix64
    var board: Board?
    let witness = Board.Witness()
    /// Which run of the machine this is.
    var bootNumber = 1
    private var delayed: [(due: Int64, emission: Workload.Emission)] = []
    var schedule: [(due: Int64, trouble: SimulationOptions.Trouble)] = []
    private var nextCompaction: Int64 = 0
    var recoveries: [(due: Int64, action: Recovery)] = []
    private var accepted: Set<Int> = []
    var lostByBroker: Set<Int> = []
    /// Whether the process is to be killed right after its next commit.
    var diesAfterCommit = false

    /// What ends a trouble.
    enum Recovery {
        case broker, disk, snapshot, time, uplink
        case clock(by: Int64)
    }

    /// Something is not as it must be.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Parameter folder: an empty folder, for this simulation alone.
    public init(_ options: SimulationOptions, folder: String) throws {
        self.options = options
        self.folder = folder
        disk = FaultyDisk(folder: folder)
        time = VirtualTime(wall: options.start)
        trueStart = options.start - time.elapsed
        broker = SimulatedBroker(options, time: time)
        random = SplitMix64(seed: options.seed)
        link = SimulatedLink(broker, time: time, seed: random.next())
        workload = Workload(
            seed: random.next(), meters: options.meters, pulses: options.pulses,
            period: options.period, from: options.start + 1_000)
        let profiles = try Workload.profiles(horizon: options.horizon)
        for topic in workload.topics {
            for descriptor in profiles.match(topic: Array(topic.utf8).span)?.series ?? [] {
                witness.oracle.add(descriptor)
            }
        }
        witness.oracle.forgetsMessages = options.rates[.oldSnapshot, default: 0] > 0
        let (witness, time) = (witness, time)
        link.willRead = { witness.oracle.read($0, at: witness.moment(time)) }
        broker.acknowledged = { witness.oracle.acknowledged($0) }
        let delay = options.syncMilliseconds
        if delay > 0 { disk.willSync = { time.advance(by: delay) } }
        schedule = Self.schedule(options, from: time.elapsed, using: &random)
        // The making of the file is a dangerous moment like any other.
        if options.rates[.powerCut] != nil { cutPower(withinCalls: 120) }
        if let fault = options.fault { disk.fail(fault.kind, after: fault.after) }
        try startBoard()
    }

    /// Starts the gateway, again where the power is cut meanwhile.
    mutating func startBoard() throws {
        allowTrouble(false)
        defer { allowTrouble(true) }
        for attempt in 1... {
            do {
                board = try Board(
                    options, storePath: storePath, time: time, boot: "boot-\(bootNumber)",
                    link: link, witness: witness, seed: random.next())
                return
            } catch {
                // A gateway that cannot open its file ends, and is started again.
                guard attempt < 20 else { throw error }
                let isCut = disk.isDead
                disk.revive(&random, as: isCut ? .powerCut : .kill)
                if isCut { startMachine() }
            }
        }
    }

    private var storePath: String { folder + "/town.sqlite" }
    var trueNow: Int64 { trueStart + time.elapsed }
    private var end: Int64 { options.start + options.minutes * 60_000 }

    /// Readings that waited for the clock and got their time, and those that never did.
    public var placedCount: Int { witness.oracle.placedCount }
    public var unplacedCount: Int { witness.oracle.model.unplaced }
    /// Of those that were placed, readings that wait at the end of an earlier run of the machine,
    /// because its clock was ahead.
    public var heldBackCount: Int { witness.oracle.heldBackCount }
    /// Connections that the broker ended because the gateway was silent for too long.
    public var silenceCount: Int { broker.silenceCount }

    /// What happened, in a line.
    public var summary: String {
        let list = troubles.sorted { "\($0.key)" < "\($1.key)" }.map { "\($0.value) \($0.key)" }
        return "\(messageCount) messages, \(placedCount) readings placed, \(heldBackCount) of them "
            + "behind an earlier run, \(unplacedCount) not, " + list.joined(separator: ", ")
    }

    // MARK: - The course

    /// Runs to the end, lets everything recover and compares the file with what must be in it.
    ///
    /// - Throws: ``Failure``.
    public mutating func run() throws {
        while trueNow < end { try step(isQuiet: false) }
        try finish()
    }

    /// Everything goes well until all is delivered; then the gateway is stopped.
    private mutating func finish() throws {
        for recovery in recoveries { recover(recovery.action) }
        recoveries.removeAll()
        disk.heal()
        diesAfterCommit = false
        allowTrouble(false)
        allowTrouble = { _ in }
        if disk.isDead { try restart(as: .powerCut) }
        (time.lost, time.isSynchronised) = (0, true)
        nextCompaction = 0
        for entry in delayed { publish(entry.emission) }
        delayed.removeAll()
        var steps = 0
        while !broker.isIdle || steps < 20 {
            try step(isQuiet: true)
            steps += 1
            if steps > 20_000 { throw failure("the backlog is never delivered") }
        }
        board?.askToStop()
        while let pause = board?.turn(), pause != .ended {
            link.transmit()
            if case .until(let due, _) = pause { time.advance(by: time.remaining(until: due)) }
        }
        board?.vanish()
        board = nil
        try check()
    }

    /// - Parameter isQuiet: whether nothing new is sent and nothing goes wrong.
    private mutating func step(isQuiet: Bool) throws {
        if !isQuiet {
            publishWhatIsDue()
            try makeTrouble()
        }
        broker.endIfSilent()
        link.transmit()
        if let interval = options.compactionInterval, time.elapsed >= nextCompaction {
            nextCompaction = time.elapsed + interval
            board?.compact()
        }
        let commit = witness.oracle.newestCommit
        let pause = board?.turn() ?? .ended
        if disk.isDead {
            try restart(as: .powerCut)
            return
        }
        if diesAfterCommit, witness.oracle.newestCommit > commit {
            try killAfterCommit()
            return
        }
        advance(after: pause, isQuiet: isQuiet)
    }

    /// To whatever comes next.
    private mutating func advance(after pause: SessionLoop.Pause, isQuiet: Bool) {
        var due = time.elapsed + 60_000
        if case .until(let uptime, _) = pause {
            due = min(due, time.elapsed + min(60_000, time.remaining(until: uptime)))
        }
        // What is written takes some time to arrive, and what has arrived is read, perhaps at once.
        if link.isReadable, Bool.random(using: &random) { return }
        if link.isReadable || link.hasPacketsUnderway && !link.isSlow {
            due = min(due, time.elapsed + Int64.random(in: 0...80, using: &random))
        }
        if !isQuiet {
            let next = ([workload.dueTimes.min()] + [delayed.map(\.due).min()])
                .compactMap { $0 }.min()
            if let next { due = min(due, next - trueStart) }
            if let next = recoveries.map(\.due).min() { due = min(due, next) }
        }
        time.advance(by: max(0, due - time.elapsed))
    }

    private mutating func publishWhatIsDue() {
        for emission in workload.emissions(until: trueNow) {
            // A meter keeps some readings for later; a device without a clock cannot.
            if emission.time != nil, Int.random(in: 0..<10, using: &random) == 0 {
                let delay = Int64.random(in: 1...options.delayMaximum, using: &random)
                delayed.append((trueNow + delay, emission))
            } else {
                publish(emission)
            }
        }
        let now = trueNow
        let due = delayed.filter { $0.due <= now }
        delayed.removeAll { $0.due <= now }
        for entry in due { publish(entry.emission) }
    }

    mutating func publish(_ emission: Workload.Emission) {
        witness.oracle.published(emission)
        let isTaken = broker.publish(emission.message)
        if isTaken, emission.message.qos > 0 { accepted.insert(emission.message.id) }
        messageCount += 1
    }

    // MARK: - The answer

    private func check() throws {
        let stored = witness.oracle.stored
        let missing = accepted.subtracting(stored).subtracting(lostByBroker)
        if !missing.isEmpty { throw failure("messages are lost: \(missing.sorted())") }
        try checkFile()
        let differences = try StoreReader(path: storePath).snapshot {
            try witness.oracle.differences(from: $0, allowingLate: options.allowsLate)
        }
        if !differences.isEmpty {
            throw failure(
                "the file differs:\n"
                    + (differences.prefix(3) + differences.suffix(6)).joined(separator: "\n"))
        }
    }

    func checkFile() throws {
        allowTrouble(false)
        defer { allowTrouble(true) }
        let faults = try StoreReader(path: storePath).snapshot { try $0.verify() }
        if !faults.isEmpty { throw failure("the file is damaged: \(faults)") }
    }

    private func failure(_ text: String) -> Failure {
        Failure(description: "seed \(options.seed), \(options.minutes) minutes: \(text)")
    }
}
