/// A pace at which intervals begin: 15 minutes, a civil day, a month.
public enum CivilStep: Sendable, Equatable {
    /// Milliseconds. Up to an hour the intervals are counted from 1970; longer ones from
    /// midnight on the wall clock, so that six hours begin at 00:00, 06:00, 12:00 and 18:00 on
    /// every day.
    case fixed(Int64)
    /// Civil days; weeks begin on Monday.
    case days(Int)
    case weeks(Int)
    case months(Int)

    /// Reads `30s 15m 1h 1d 1w 6mo 1y`, nil where it is none of these or more than 24 hours.
    public init?(parsing text: String) {
        let unit = text.drop { $0.isASCII && $0.isNumber }
        guard let count = Int(text.dropLast(unit.count)), count > 0, count <= 100_000 else {
            return nil
        }
        switch unit {
        case "s": self = .fixed(Int64(count) * 1_000)
        case "m": self = .fixed(Int64(count) * 60_000)
        case "h": self = .fixed(Int64(count) * 3_600_000)
        case "d": self = .days(count)
        case "w": self = .weeks(count)
        case "mo": self = .months(count)
        case "y": self = .months(count * 12)
        default: return nil
        }
        if case .fixed(let step) = self, step > 86_400_000 || 86_400_000 % step != 0 { return nil }
    }

    /// The start of the interval that holds an instant.
    public func start(of instant: Int64, zone: CivilZone) -> Int64 {
        switch self {
        case .fixed(let step) where step <= 3_600_000:
            return floorDivide(instant, by: step) * step
        case .fixed(let step):
            let wallClock = zone.wallClock(at: instant)
            return zone.instant(
                of: zone.date(at: instant), wallClock: floorDivide(wallClock, by: step) * step)
        case .days(let count):
            let day = zone.date(at: instant).daysSince1970
            return zone.instant(of: CivilDate(daysSince1970: floored(day, count)))
        case .weeks(let count):
            // 1970-01-05 was a Monday.
            let day = zone.date(at: instant).daysSince1970 - 4
            return zone.instant(of: CivilDate(daysSince1970: floored(day, 7 * count) + 4))
        case .months(let count):
            let date = zone.date(at: instant)
            let month = floored(date.year * 12 + date.month - 1, count)
            return zone.instant(of: CivilDate(year: 0, month: 1, day: 1).adding(months: month))
        }
    }

    /// The end of the interval that begins at an instant.
    public func end(from start: Int64, zone: CivilZone) -> Int64 {
        switch self {
        case .fixed(let step) where step <= 3_600_000:
            return start + step
        case .fixed(let step):
            // An interval whose beginning the clocks skipped begins late and ends on time.
            let wallClock = (floorDivide(zone.wallClock(at: start), by: step) + 1) * step
            let date = zone.date(at: start)
            if wallClock < 86_400_000 { return zone.instant(of: date, wallClock: wallClock) }
            return zone.instant(of: CivilDate(daysSince1970: date.daysSince1970 + 1))
        case .days(let count):
            return zone.instant(of: date(start, zone, addingDays: count))
        case .weeks(let count):
            return zone.instant(of: date(start, zone, addingDays: 7 * count))
        case .months(let count):
            return zone.instant(of: zone.date(at: start).adding(months: count))
        }
    }

    private func date(_ instant: Int64, _ zone: CivilZone, addingDays days: Int) -> CivilDate {
        CivilDate(daysSince1970: zone.date(at: instant).daysSince1970 + days)
    }

    private func floored(_ value: Int, _ step: Int) -> Int {
        Int(floorDivide(Int64(value), by: Int64(step))) * step
    }
}
