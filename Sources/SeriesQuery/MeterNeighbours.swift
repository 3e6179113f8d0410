import SeriesStore
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

    /// The last known reading before the time, nil where there is none.
    public var before: Neighbour?
    /// The first known reading of that time or later, nil where there is none within 31 days.
    public var after: Neighbour?

    /// Looks at the first and last readings of the windows around the time.
    public init(of series: SeriesID, at time: Int64, _ snapshot: StoreSnapshot) throws {
        let step = snapshot.catalogue.entries[Int(series)].descriptor.step
        let start = windowStart(of: time, step: step)
        try snapshot.forEachSeries(
            [series], tier: .base, from: start, to: start + 31 * 86_400_000, withPreceding: true
        ) { _, windows in
            for window in windows { add(window, time: time) }
        }
    }

    private mutating func add(_ window: Window, time: Int64) {
        let ends = [(window.firstTime, window.first), (window.lastTime, window.last)]
        for (at, value) in ends {
            let neighbour = Neighbour(time: at, value: value)
            if at < time {
                before = neighbour
            } else if after == nil {
                after = neighbour
            }
        }
    }
}
