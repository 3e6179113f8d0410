import BlockCodec
import StoredSeries
import Telemetry

/// What a commit knows of the time.
public enum CommitMoment: Sendable {
    /// By a clock that is set: milliseconds since 1970 UTC.
    case placed(Int64)
    /// The clock is not set.
    case unplaced(BootMoment)
    /// The clock was set since the last commit: what waited for it gets its time.
    case placing(BootMoment, Placement)
}

/// A moment of one run of a machine, by the clock that nobody sets.
public struct BootMoment: Hashable, Sendable {
    /// Which run: the kernel's boot id.
    public var boot: String
    /// Milliseconds since the machine started.
    public var uptime: Int64
    /// What the wall clock shows, set or not; milliseconds since 1970 UTC.
    public var wall: Int64

    public init(boot: String, uptime: Int64, wall: Int64) {
        self.boot = boot
        self.uptime = uptime
        self.wall = wall
    }
}

/// What gives the readings of one run of a machine their times.
public struct Placement: Hashable, Sendable {
    /// Which run: the kernel's boot id.
    public var boot: String
    /// When the machine started, by the clock that was set meanwhile; milliseconds since 1970 UTC.
    public var start: Int64
    /// Arrivals begin with this one, milliseconds since 1970 UTC: behind all that is in the file.
    public var floor: Int64
    /// Readings that were older than this when they arrived are refused; nil: none are.
    public var lateLimit: Int64?

    public init(boot: String, start: Int64, floor: Int64, lateLimit: Int64?) {
        self.boot = boot
        self.start = start
        self.floor = floor
        self.lateLimit = lateLimit
    }

    /// The time of an arrival of that run, as if the clock had been set from the start.
    func time(ofUptime uptime: Int64) -> Int64 { max(start + uptime, floor) }
}

/// Times of arrivals, each behind the one before: of those that share a time, the sequence tells
/// which came first.
struct ArrivalOrder {
    private(set) var time = Int64.min
    private var sequence: UInt16 = 0

    mutating func next(_ arrival: Int64) -> (time: Int64, sequence: UInt16) {
        if arrival > time || sequence == .max {
            (time, sequence) = (max(arrival, time + 1), 0)
        } else {
            sequence += 1
        }
        return (time, sequence)
    }
}

/// A reading that arrived while the clock was not set.
public struct UnplacedReading: Sendable {
    /// Its time is the device's where its quality says so, and else not known; its sequence is 0.
    public var reading: Reading
    /// When it arrived: milliseconds since the machine started.
    public var arrival: Int64
    public var device: DeviceID
    /// What a device's time is to be asked when the arrival is known.
    public var limits: TimeLimits

    public init(reading: Reading, arrival: Int64, device: DeviceID, limits: TimeLimits) {
        self.reading = reading
        self.arrival = arrival
        self.device = device
        self.limits = limits
    }

    /// The reading at its time; nil where the policy refuses it as too old.
    ///
    /// - Parameter order: of the readings of that run, which are placed as they came.
    func placed(by placement: Placement, _ order: inout ArrivalOrder) -> Reading? {
        let arrival = placement.time(ofUptime: arrival)
        var reading = reading
        let isOfDevice = reading.quality.contains(.deviceTime)
        if !isOfDevice || !limits.allow(reading.time, arrival: arrival) {
            if reading.quality.remove(.deviceTime) != nil { reading.quality.insert(.timeReplaced) }
            (reading.time, reading.sequence) = order.next(arrival)
        }
        if let limit = placement.lateLimit, reading.time < arrival - limit { return nil }
        return reading
    }
}

/// Readings without a time as the columns of a block (kind 4 in docs/format/store.md): those of
/// readings, and what is needed to place them.
enum UnplacedColumns {
    static let blockKind: UInt8 = 4

    private enum ID {
        static let arrival: UInt8 = 7
        static let device: UInt8 = 8
        static let futureMax: UInt8 = 9
        static let pastMax: UInt8 = 10
    }

    static func columns(of readings: [UnplacedReading]) -> [BlockColumn] {
        ReadingColumns.columns(of: readings.map(\.reading)) + [
            BlockColumn(id: ID.arrival, values: readings.map(\.arrival)),
            BlockColumn(id: ID.device, values: readings.map { Int64($0.device) }),
            BlockColumn(id: ID.futureMax, values: readings.map(\.limits.futureMax)),
            BlockColumn(id: ID.pastMax, values: readings.map { $0.limits.pastMax ?? -1 }),
        ]
    }

    static func readings(from block: StoredBlock) throws(StoreError) -> [UnplacedReading] {
        let readings = try ReadingColumns.readings(from: block) { _, _ in true }
        let arrivals = try block.column(ID.arrival)
        let devices = try block.column(ID.device)
        let futures = try block.column(ID.futureMax)
        let pasts = try block.column(ID.pastMax)
        for column in [arrivals, devices, futures, pasts] where column.count != readings.count {
            throw block.location.damaged("columns of unequal length")
        }
        return readings.indices.map { index in
            UnplacedReading(
                reading: readings[index], arrival: arrivals[index],
                device: DeviceID(truncatingIfNeeded: devices[index]),
                limits: TimeLimits(
                    futureMax: futures[index], pastMax: pasts[index] < 0 ? nil : pasts[index]))
        }
    }
}
