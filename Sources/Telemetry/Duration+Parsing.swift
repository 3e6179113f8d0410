/// The milliseconds of a length of time: a whole number and one of `s m h d w`, as in `90s`,
/// `15m`, `1h`, `7d`, `4w`. A day has 24 hours.
///
/// Months and years (`6mo`, `1y`) have no fixed length: they, and all else, give nil.
public func parseDuration(_ text: String) -> Int64? {
    var digits = text[...]
    guard let unit = digits.popLast(), !digits.isEmpty,
        digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits)
    else { return nil }
    let length: Int64
    switch unit {
    case "s": length = 1000
    case "m": length = 60_000
    case "h": length = 3_600_000
    case "d": length = 86_400_000
    case "w": length = 604_800_000
    default: return nil
    }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: length)
    return overflow ? nil : milliseconds
}
