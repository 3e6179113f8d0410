import Foundation

/// A time zone in which days, weeks and months of the town begin.
///
/// Instants are milliseconds since 1970 UTC. Civil days have 23, 24 or 25 hours where the clocks
/// change. The rules come from Foundation's time zone data.
public struct CivilZone: Sendable {
    /// The zone's name in the tz database: `Europe/Paris`.
    public let identifier: String
    private let zone: TimeZone

    /// The zone of a name in the tz database, nil where there is none.
    public init?(identifier: String) {
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        self.identifier = identifier
        self.zone = zone
    }

    private init(utc zone: TimeZone) {
        identifier = "UTC"
        self.zone = zone
    }

    /// Coordinated universal time.
    public static let utc = CivilZone(utc: TimeZone(secondsFromGMT: 0) ?? .current)
    /// The gateway's zone where its configuration names none.
    public static let paris = CivilZone(identifier: "Europe/Paris") ?? .utc

    /// Seconds east of Greenwich at an instant.
    public func offsetSeconds(at instant: Int64) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant) / 1000))
    }

    /// The civil date at an instant.
    public func date(at instant: Int64) -> CivilDate {
        let local = instant + Int64(offsetSeconds(at: instant)) * 1000
        return CivilDate(daysSince1970: Int(floorDivide(local, by: 86_400_000)))
    }

    /// Milliseconds since civil midnight on the wall clock at an instant.
    public func wallClock(at instant: Int64) -> Int64 {
        let local = instant + Int64(offsetSeconds(at: instant)) * 1000
        return local - floorDivide(local, by: 86_400_000) * 86_400_000
    }

    /// The first instant of a civil day that many milliseconds after midnight on the wall clock.
    ///
    /// Where the clocks skip that time, the instant of the change; where they show it twice, the
    /// first of the two.
    public func instant(of date: CivilDate, wallClock: Int64 = 0) -> Int64 {
        let local = Int64(date.daysSince1970) * 86_400_000 + wallClock
        // The offsets a day before and after hold the two candidates around any change.
        let before = local - Int64(offsetSeconds(at: local - 86_400_000)) * 1000
        if before + Int64(offsetSeconds(at: before)) * 1000 == local { return before }
        let after = local - Int64(offsetSeconds(at: local + 86_400_000)) * 1000
        if after + Int64(offsetSeconds(at: after)) * 1000 == local { return after }
        return firstInstant(from: min(before, after), to: max(before, after))
    }

    /// The instant of the one change of offset between two instants.
    private func firstInstant(from lower: Int64, to upper: Int64) -> Int64 {
        let offset = offsetSeconds(at: lower)
        var lower = lower
        var upper = upper
        while lower + 1 < upper {
            let middle = lower + (upper - lower) / 2
            if offsetSeconds(at: middle) == offset { lower = middle } else { upper = middle }
        }
        return upper
    }

    /// The longest time, an hour at most, of which all offsets from one instant to another are
    /// multiples: a half hour where clocks differ from UTC by five and a half.
    ///
    /// Looks at one instant a week; no zone kept an offset for less.
    public func offsetGrain(from start: Int64, to end: Int64) -> Int64 {
        var grain: Int64 = 3600
        var instant = min(start, end)
        while true {
            var offset = Int64(offsetSeconds(at: instant)).magnitude
            var divisor = UInt64(grain)
            while offset != 0 { (divisor, offset) = (offset, divisor % offset) }
            grain = Int64(divisor)
            if instant >= end { return grain * 1000 }
            instant = min(instant + 604_800_000, end)
        }
    }

    /// The first instant of the civil day that holds an instant.
    public func startOfDay(_ instant: Int64) -> Int64 {
        self.instant(of: date(at: instant))
    }
}

/// Division that rounds towards minus infinity; the divisor is positive.
@inlinable
public func floorDivide(_ dividend: Int64, by divisor: Int64) -> Int64 {
    let quotient = dividend / divisor
    return dividend % divisor < 0 ? quotient - 1 : quotient
}

/// The RFC 3339 text of an instant with the zone's offset then.
public func rfc3339(_ milliseconds: Int64, zone: CivilZone) -> String {
    rfc3339(milliseconds, offsetSeconds: zone.offsetSeconds(at: milliseconds))
}
