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

    /// What the clocks made of a time on them: how often they showed it, and when.
    public func clockTime(of date: CivilDate, wallClock: Int64) -> ClockTime {
        let local = Int64(date.daysSince1970) * 86_400_000 + wallClock
        let first = instant(of: date, wallClock: wallClock)
        // As in `instant(of:wallClock:)`, by the offsets before and after a change.
        let early = local - Int64(offsetSeconds(at: local + 86_400_000)) * 1000
        let late = local - Int64(offsetSeconds(at: local - 86_400_000)) * 1000
        if first + Int64(offsetSeconds(at: first)) * 1000 != local {
            return .never(change: first, earlier: early, later: late)
        }
        let isTwice = early > first && early + Int64(offsetSeconds(at: early)) * 1000 == local
        return isTwice ? .twice(first: first, second: early) : .once(first)
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
    /// Looks at one instant in three days; no zone kept an offset for less.
    public func offsetGrain(from start: Int64, to end: Int64) -> Int64 {
        var grain: Int64 = 3600
        var instant = min(start, end)
        while true {
            var offset = Int64(offsetSeconds(at: instant)).magnitude
            var divisor = UInt64(grain)
            while offset != 0 { (divisor, offset) = (offset, divisor % offset) }
            grain = Int64(divisor)
            if instant >= end { return grain * 1000 }
            instant = min(instant + 259_200_000, end)
        }
    }

    /// The first instant of the civil day that holds an instant.
    public func startOfDay(_ instant: Int64) -> Int64 {
        self.instant(of: date(at: instant))
    }
}

/// What a time on the wall clock stands for. Instants are milliseconds since 1970 UTC.
public enum ClockTime: Sendable, Equatable {
    case once(Int64)
    /// The clocks were set forward past it, at `change`: by the new offset it would have been
    /// `earlier`, by the old one `later`.
    case never(change: Int64, earlier: Int64, later: Int64)
    /// The clocks were set back, and showed it again.
    case twice(first: Int64, second: Int64)

    /// Where one instant is needed: that of the change, or the first of two.
    public var instant: Int64 {
        switch self {
        case .once(let instant), .never(let instant, _, _), .twice(let instant, _): instant
        }
    }
}

/// The offset of a zone, remembered: answers ask for it in each row, in the order of time.
public struct OffsetMemory {
    public let zone: CivilZone
    private var span: Range<Int64> = 0..<0
    private var seconds = 0

    public init(zone: CivilZone) { self.zone = zone }

    /// As ``CivilZone/offsetSeconds(at:)``.
    public mutating func offsetSeconds(at instant: Int64) -> Int {
        if span.contains(instant) { return seconds }
        seconds = zone.offsetSeconds(at: instant)
        // What is the same a day later was the same between: no zone kept an offset for less than
        // three days. Where it is not, the clocks change on that day, and nothing is remembered.
        let end = instant + 86_400_000
        span = zone.offsetSeconds(at: end) == seconds ? instant..<end : 0..<0
        return seconds
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
