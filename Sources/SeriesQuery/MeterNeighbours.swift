import StoredSeries
import Telemetry
import Windows

/// What a counter showed around the time at which its meter is said to have been replaced.
public struct MeterNeighbours: Sendable {
    /// A reading that is known by its window.
    public struct Neighbour: Sendable, Equatable {
        /// Milliseconds since 1970 UTC.
        public var time: Int64
        public var value: Value
    }

    /// The last known reading before the time, nil where there is none, and the one before that.
    public private(set) var before: Neighbour?
    public private(set) var preceding: Neighbour?
    /// The first known reading of that time or later, nil where there is none within 31 days.
    public private(set) var after: Neighbour?
    /// The reading after that.
    public private(set) var following: Neighbour?
    /// Of the falls within 31 days, the one nearest to the time: the reading to which it fell. One
    /// that the next reading shows to be a fault is none.
    public private(set) var fall: Neighbour?
    private var latest: Neighbour?
    /// The fall to `latest`, as long as nothing has followed it: from where, and what was nearest
    /// before it.
    private var doubt: (from: Value, earlier: Neighbour?)?

    private static let reach: Int64 = 31 * 86_400_000

    /// Looks at the first and last readings of the windows around the time.
    public init(of series: SeriesID, at time: Int64, _ stored: StoredSeries) throws {
        let step = stored.catalogue.entries[Int(series)].descriptor.step
        try stored.forEachSeries(
            [series], tier: .base, from: windowStart(of: time - Self.reach, step: step),
            to: time + Self.reach, withPreceding: true
        ) { _, windows in
            for window in windows {
                add(Neighbour(time: window.firstTime, value: window.first), around: time)
                add(Neighbour(time: window.lastTime, value: window.last), around: time)
            }
        }
    }

    private mutating func add(_ reading: Neighbour, around time: Int64) {
        // A window of one reading has it twice.
        if reading == latest { return }
        if let doubt, doubt.from <= reading.value { fall = doubt.earlier }
        doubt = nil
        if let latest, reading.value < latest.value,
            abs(reading.time - time) < abs((fall?.time ?? .max / 2) - time)
        {
            doubt = (latest.value, fall)
            fall = reading
        }
        latest = reading
        if reading.time < time {
            (preceding, before) = (before, reading)
        } else if after == nil {
            after = reading
        } else if following == nil {
            following = reading
        }
    }
}
