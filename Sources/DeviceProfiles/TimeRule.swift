import PayloadDecoding
import Telemetry

/// Where a profile's messages have their time.
struct TimeRule: Sendable {
    enum Format: Sendable {
        /// A number of units since 1970, of which so many make a second.
        case epoch(unitsPerSecond: Int64)
        /// A text of RFC 3339. Where it lacks the offset it counts in the zone; without zone it is
        /// no time.
        case text(zone: CivilZone?)
    }

    /// Of which the first that is there counts.
    let paths: [JSONPath]
    let format: Format
    let limits: TimeLimits

    /// For messages.
    var placeText: String { paths.map(\.description).joined(separator: " or ") }

    /// 2001-01-01: no device of ours measured before; clocks that were never set start in 1970 or
    /// 2000.
    static let earliest: Int64 = 978_307_200_000
    /// Ten minutes.
    static let futureMaxDefault: Int64 = 600_000

    /// Whether a device's time can be true.
    ///
    /// - Parameter arrival: nil while nobody knows it: the limits are then to be asked later.
    func isPlausible(_ time: Int64, arrival: Int64?) -> Bool {
        Self.isPlausible(time, limits, arrival: arrival)
    }

    static func isPlausible(_ time: Int64, _ limits: TimeLimits, arrival: Int64?) -> Bool {
        time >= earliest && time <= calendarInstants.upperBound
            && (arrival.map { limits.allow(time, arrival: $0) } ?? true)
    }

    /// Of formats that name their fields, whose values have their time with them.
    static var limitsDefault: TimeLimits { TimeLimits(futureMax: futureMaxDefault, pastMax: nil) }
}

/// Turns wall clock times of one zone into instants; asks the zone's rules once a day.
struct WallClock {
    private let zone: CivilZone
    private var day = Int64.min
    /// The offset all through `day`, nil where it changes.
    private var offsetOfDay: Int64?

    init(_ zone: CivilZone) { self.zone = zone }

    /// The instant of a time on the wall clock, both in milliseconds since 1970.
    ///
    /// A time that the clocks show twice is the one nearer to the arrival; one that they skip
    /// counts as if they had not been changed yet.
    mutating func instant(of local: Int64, near arrival: Int64) -> Int64 {
        let dayLength: Int64 = 86_400_000
        let localDay = floorDivide(local, by: dayLength)
        if localDay != day {
            day = localDay
            let before = offset(at: (localDay - 1) * dayLength)
            offsetOfDay = before == offset(at: (localDay + 2) * dayLength) ? before : nil
        }
        if let offsetOfDay { return local - offsetOfDay }
        let early = offset(at: local - dayLength)
        let first = local - early
        let second = local - offset(at: local + dayLength)
        let firstHolds = local - first == offset(at: first)
        let secondHolds = local - second == offset(at: second)
        if firstHolds && secondHolds {
            return (arrival - first).magnitude <= (arrival - second).magnitude ? first : second
        }
        return secondHolds ? second : first
    }

    private func offset(at instant: Int64) -> Int64 {
        Int64(zone.offsetSeconds(at: instant)) * 1000
    }
}
