import Telemetry

/// Times as people and scripts write them.
public enum TimeExpression {
    /// The instant of `now`, `today`, `yesterday`, `now-36h`, `2026-03-29`, `2026-03-29 02:30`, an
    /// RFC 3339 time or epoch milliseconds; nil where it is none of these, or outside of
    /// ``Telemetry/calendarInstants``.
    public static func instant(_ text: String, now: Int64, zone: CivilZone) -> Int64? {
        clockTime(text, now: now, zone: zone)?.instant
    }

    /// Likewise, and whether a time without offset was on the clocks, once or twice.
    public static func clockTime(_ text: String, now: Int64, zone: CivilZone) -> ClockTime? {
        switch text {
        case "now": return .once(now)
        case "today": return .once(zone.startOfDay(now))
        case "yesterday": return .once(zone.startOfDay(zone.startOfDay(now) - 1))
        default: break
        }
        let bytes = Array(text.utf8)
        let instant: Int64? =
            if text.hasPrefix("now") {
                offset(text.dropFirst(3), from: now, zone: zone)
            } else if let instant = parseRFC3339(bytes.span) {
                instant
            } else {
                bytes.count >= 11 ? Int64(text) : nil
            }
        guard let instant else { return zone.clockTime(parsing: text) }
        return calendarInstants.contains(instant) ? .once(instant) : nil
    }

    /// `-36h`, `+2mo`.
    private static func offset(_ text: Substring, from now: Int64, zone: CivilZone) -> Int64? {
        guard let sign = text.first, sign == "-" || sign == "+" else { return nil }
        let factor: Int64 = sign == "-" ? -1 : 1
        let amount = text.dropFirst()
        if let duration = parseDuration(String(amount)) {
            let (instant, overflow) = now.addingReportingOverflow(factor * duration)
            return overflow ? nil : instant
        }
        guard let step = CivilStep(parsing: String(amount)),
            case .months(let months, at: 0) = step, !amount.contains("@")
        else { return nil }
        let date = zone.date(at: now).adding(months: Int(factor) * months)
        return zone.instant(of: date, wallClock: zone.wallClock(at: now))
    }
}
