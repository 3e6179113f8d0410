import Telemetry

/// Times as people and scripts write them.
public enum TimeExpression {
    /// The instant of `now`, `today`, `yesterday`, `now-36h`, `2026-03-29`, `2026-03-29 02:30`, an
    /// RFC 3339 time or epoch milliseconds; nil where it is none of these.
    ///
    /// A local time that the clocks skip is the instant of the change; one that they show twice is
    /// the first of the two.
    public static func instant(_ text: String, now: Int64, zone: CivilZone) -> Int64? {
        switch text {
        case "now": return now
        case "today": return zone.startOfDay(now)
        case "yesterday": return zone.startOfDay(zone.startOfDay(now) - 1)
        default: break
        }
        if text.hasPrefix("now") { return offset(text.dropFirst(3), from: now, zone: zone) }
        let bytes = Array(text.utf8)
        if let instant = parseRFC3339(bytes.span) { return instant }
        if bytes.count >= 11, let milliseconds = Int64(text) { return milliseconds }
        return local(text, zone: zone)
    }

    /// `-36h`, `+2mo`.
    private static func offset(_ text: Substring, from now: Int64, zone: CivilZone) -> Int64? {
        guard let sign = text.first, sign == "-" || sign == "+" else { return nil }
        let factor: Int64 = sign == "-" ? -1 : 1
        let amount = text.dropFirst()
        if let duration = parseDuration(String(amount)) { return now + factor * duration }
        guard let step = CivilStep(parsing: String(amount)), case .months(let months) = step else {
            return nil
        }
        let date = zone.date(at: now).adding(months: Int(factor) * months)
        return zone.instant(of: date, wallClock: zone.wallClock(at: now))
    }

    /// `YYYY-MM-DD[ HH:MM[:SS]]` in the zone; a `T` may stand for the space.
    private static func local(_ text: String, zone: CivilZone) -> Int64? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "T" })
        guard (1...2).contains(parts.count), let date = date(parts[0]) else { return nil }
        guard parts.count == 2 else { return zone.instant(of: date) }
        let clock = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        let numbers = clock.compactMap { digits($0, count: 2) }
        guard numbers.count == clock.count, (2...3).contains(numbers.count), numbers[0] < 24,
            numbers[1] < 60, numbers.count == 2 || numbers[2] < 60
        else { return nil }
        let seconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
        return zone.instant(of: date, wallClock: seconds * 1000)
    }

    /// A civil date, nil where the calendar has none.
    public static func date(_ text: some StringProtocol) -> CivilDate? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = digits(parts[0], count: 4),
            let month = digits(parts[1], count: 2), let day = digits(parts[2], count: 2)
        else { return nil }
        let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
        return date.isValid ? date : nil
    }

    /// A number of exactly so many digits and nothing else.
    private static func digits(_ text: some StringProtocol, count: Int) -> Int64? {
        guard text.utf8.count == count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
