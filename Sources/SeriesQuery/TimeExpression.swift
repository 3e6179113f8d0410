import Telemetry

/// Times as people and scripts write them.
public enum TimeExpression {
    /// The instant of `now`, `today`, `yesterday`, `now-36h`, `2026-03-29`, `2026-03-29 02:30`, an
    /// RFC 3339 time or epoch milliseconds; nil where it is none of these.
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
        return zone.instant(parsing: text)
    }

    /// `-36h`, `+2mo`.
    private static func offset(_ text: Substring, from now: Int64, zone: CivilZone) -> Int64? {
        guard let sign = text.first, sign == "-" || sign == "+" else { return nil }
        let factor: Int64 = sign == "-" ? -1 : 1
        let amount = text.dropFirst()
        if let duration = parseDuration(String(amount)) { return now + factor * duration }
        guard let step = CivilStep(parsing: String(amount)),
            case .months(let months, at: 0) = step, !amount.contains("@")
        else { return nil }
        let date = zone.date(at: now).adding(months: Int(factor) * months)
        return zone.instant(of: date, wallClock: zone.wallClock(at: now))
    }
}
