/// A pace at which intervals begin: 15 minutes, a civil day, a month, a gas day.
///
/// Days, weeks and months begin `at` so many milliseconds after midnight on the wall clock: the gas
/// day is `.days(1, at: 21_600_000)`, from 06:00 to 06:00 whatever the clocks do between.
public enum CivilStep: Sendable, Equatable {
    /// Milliseconds. Up to an hour the intervals are counted from 1970; longer ones from
    /// midnight on the wall clock, so that six hours begin at 00:00, 06:00, 12:00 and 18:00 on
    /// every day.
    case fixed(Int64)
    /// Civil days; weeks begin on Monday.
    case days(Int, at: Int64 = 0)
    case weeks(Int, at: Int64 = 0)
    case months(Int, at: Int64 = 0)

    /// Reads `30s 15m 1h 1d 1w 6mo 1y`, and with the time at which a civil one begins `1d@06:00`;
    /// nil where it is none of these, or a length of more than 24 hours.
    public init?(parsing text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(length: parts[0])
        guard parts.count == 2 else { return }
        guard let time = Self.wallClock(parsing: parts[1]) else { return nil }
        switch self {
        case .fixed: return nil
        case .days(let count, _): self = .days(count, at: time)
        case .weeks(let count, _): self = .weeks(count, at: time)
        case .months(let count, _): self = .months(count, at: time)
        }
    }

    /// Milliseconds after midnight of `06:00`, nil where it is no such time.
    private static func wallClock(parsing text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int64(parts[0]), let minute = Int64(parts[1]), hour < 24, minute < 60
        else { return nil }
        return (hour * 60 + minute) * 60_000
    }

    private init?(length text: Substring) {
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
        case .days(let count, let time):
            return begin(floored(day(of: instant, zone), count), time, zone)
        case .weeks(let count, let time):
            // 1970-01-05 was a Monday.
            return begin(floored(day(of: instant, zone) - 4, 7 * count) + 4, time, zone)
        case .months(let count, let time):
            let date = CivilDate(daysSince1970: day(of: instant, zone))
            let month = floored(date.year * 12 + date.month - 1, count)
            let first = CivilDate(year: 0, month: 1, day: 1).adding(months: month)
            return zone.instant(of: first, wallClock: time)
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
        case .days(let count, let time):
            return begin(day(of: start, zone) + count, time, zone)
        case .weeks(let count, let time):
            return begin(day(of: start, zone) + 7 * count, time, zone)
        case .months(let count, let time):
            let date = CivilDate(daysSince1970: day(of: start, zone))
            return zone.instant(of: date.adding(months: count), wallClock: time)
        }
    }

    /// Milliseconds after midnight at which the intervals begin.
    public var wallClockStart: Int64 {
        switch self {
        case .fixed: 0
        case .days(_, let time), .weeks(_, let time), .months(_, let time): time
        }
    }

    /// When the day of that number since 1970 begins that many milliseconds after midnight.
    private func begin(_ day: Int, _ time: Int64, _ zone: CivilZone) -> Int64 {
        zone.instant(of: CivilDate(daysSince1970: day), wallClock: time)
    }

    /// The number since 1970 of the day that holds an instant, where days begin at this time.
    private func day(of instant: Int64, _ zone: CivilZone) -> Int {
        let day = zone.date(at: instant).daysSince1970
        let time = wallClockStart
        if time == 0 { return day }
        // Compared as instants: the wall clock may show the time twice, or not at all.
        if instant < begin(day, time, zone) { return day - 1 }
        return instant < begin(day + 1, time, zone) ? day : day + 1
    }

    private func floored(_ value: Int, _ step: Int) -> Int {
        Int(floorDivide(Int64(value), by: Int64(step))) * step
    }
}
