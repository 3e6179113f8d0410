/// What is simulated, and what goes wrong meanwhile.
public struct SimulationOptions: Sendable {
    public var seed: UInt64
    /// Simulated time.
    public var minutes: Int64
    /// 2026-03-28T20:00:00Z, before the night in which the clocks change.
    public var start: Int64 = 1_774_728_000_000
    public var meters = 4
    public var pulses = 3
    /// Milliseconds between two messages of a device.
    public var period: ClosedRange<Int64> = 5_000...40_000
    /// How long the windows of meters wait for late readings.
    public var horizon = "2h"
    /// How late a meter sends some of its readings, at most; milliseconds.
    public var delayMaximum: Int64 = 3_600_000
    public var commitMilliseconds: Int64 = 5_000
    public var receiveMaximum = 64
    /// Whether the broker keeps to the window (mosquitto 2.0.11 does not).
    public var brokerIgnoresWindow = false
    /// The greatest packet id. A real broker has 65,535; with few of them one comes again soon.
    public var packetIDMaximum: Int32 = 1_021
    /// Whether readings with a time of their own may come after their window was settled.
    public var allowsLate = false
    /// How long the disk takes for each sync, milliseconds.
    public var syncMilliseconds: Int64 = 0
    /// Every how many milliseconds the store is compacted; nil: as the gateway does it.
    public var compactionInterval: Int64?
    /// A fault of the disk's, and how many of its calls succeed before.
    public var fault: (kind: FaultyDisk.Fault, after: Int)?
    /// Whether the board has no clock of its own, so that a power cut takes the time.
    public var losesTime = false
    /// For how long it then does not know the time, at most; milliseconds.
    public var unsetMaximum: Int64 = 900_000
    /// By how much somebody sets the clock wrong, milliseconds: one of these.
    public var clockSteps: [Int64] = [7_200_000, 1_200_000, -1_200_000, -7_200_000]
    /// How often each thing goes wrong, times an hour.
    public var rates: [Trouble: Double] = [:]

    /// What can go wrong.
    public enum Trouble: Sendable, Hashable, CaseIterable {
        /// The connection breaks.
        case disconnection
        /// The broker cannot be reached for up to forty minutes.
        case outage
        /// The broker changes the order of what waits.
        case reordering
        /// The gateway's process is killed.
        case kill
        /// A burst, and the kill right after the commit that it makes due; the next process meets
        /// another burst in the same millisecond.
        case killAfterCommit
        /// What the gateway writes takes long to arrive, for a minute or two; then the connection
        /// may break, with acknowledgements on their way behind a fence that was answered.
        case slowUplink
        /// The power is cut at some call of the disk's.
        case powerCut
        /// Some calls of the disk fail.
        case ioError
        /// The disk is full for ten minutes.
        case fullDisk
        /// Somebody sets the gateway's clock wrong, and right again after five minutes; the gateway
        /// may be started anew meanwhile.
        case clockStep
        /// The broker forgets the session.
        case lostSession
        /// The broker comes back with a state of some minutes ago.
        case oldSnapshot
    }

    public init(seed: UInt64, minutes: Int64) {
        self.seed = seed
        self.minutes = minutes
    }
}

extension SimulationOptions {
    /// A day as it may be: everything that can go wrong without anybody's fault, three outages
    /// and a clock that is set wrong among it.
    public static func day(seed: UInt64, minutes: Int64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: minutes)
        options.brokerIgnoresWindow = seed % 2 == 0
        if options.brokerIgnoresWindow { options.packetIDMaximum = 65_535 }
        options.rates = [
            .disconnection: 4, .outage: 0.125, .reordering: 60, .kill: 0.2, .clockStep: 0.5,
            .lostSession: 0.04, .ioError: 0.2, .killAfterCommit: 1, .slowUplink: 3,
        ]
        return options
    }

    /// Half an hour with a power cut every minute or so; windows settle quickly, so that cuts fall
    /// into settling too.
    public static func powerCuts(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: 30)
        options.horizon = "2m"
        options.delayMaximum = 60_000
        options.allowsLate = true
        options.period = 2_000...9_000
        options.rates = [.powerCut: 60, .disconnection: 10]
        return options
    }

    /// A board without a clock of its own: after each power cut it shows 1970, an hour of before or
    /// 2038, until the network or somebody sets it. Kills, disconnections and more power cuts come
    /// meanwhile.
    public static func lostTimes(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: 240)
        options.losesTime = true
        options.rates = [.powerCut: 3, .kill: 4, .disconnection: 6, .outage: 0.1, .ioError: 0.5]
        return options
    }

    /// Minutes of such a board whose clock somebody sets ahead now and then before the power is cut,
    /// with many messages a second.
    public static func wrongTimes(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: 5)
        options.losesTime = true
        options.unsetMaximum = 40_000
        options.clockSteps = [600_000, 1_200_000, 7_200_000]
        (options.meters, options.pulses) = (1, 2)
        options.period = 40...240
        options.receiveMaximum = 1_000
        options.packetIDMaximum = 65_535
        options.allowsLate = true
        options.rates = [.clockStep: 60, .powerCut: 60, .kill: 24]
        return options
    }

    /// Some minutes of everything that the store does, of which one call fails.
    public static func failingCall(
        _ kind: FaultyDisk.Fault, after calls: Int, seed: UInt64
    ) -> SimulationOptions {
        var options = quietMinutes(seed: seed)
        options.fault = (kind, calls)
        return options
    }

    /// Some minutes of everything that the store does, in which nothing goes wrong by itself.
    public static func quietMinutes(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: 5)
        options.horizon = "1m"
        options.delayMaximum = 30_000
        options.allowsLate = true
        options.commitMilliseconds = 20_000
        options.compactionInterval = 100_000
        return options
    }

    /// A disk that is full for ten minutes while everything goes on.
    public static func fullDisk(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: 90)
        options.rates = [.fullDisk: 2, .disconnection: 2]
        return options
    }

    /// A card that takes very long for each sync, and that wears it no less than any other.
    public static func slowDisk(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: 120)
        options.horizon = "10m"
        options.delayMaximum = 300_000
        options.syncMilliseconds = 20_000
        options.allowsLate = true
        return options
    }

    /// A card so slow that the broker takes the gateway for dead again and again, also while it is
    /// still delivering again what it did the time before.
    public static func deadlySlowDisk(seed: UInt64) -> SimulationOptions {
        var options = slowDisk(seed: seed)
        options.syncMilliseconds = 90_000
        return options
    }

    /// A broker that comes back with a state of some minutes ago. What then holds: readings with
    /// a time of their own count once within the horizon.
    public static func oldSnapshots(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed, minutes: 120)
        options.pulses = 0
        options.rates = [.oldSnapshot: 4, .disconnection: 4]
        return options
    }
}
