// Instants as text: RFC 3339 in and out, by the arithmetic of the civil calendar, without
// Foundation and, reading, without allocation.

/// LIMIT: the instants that are kept and asked for, in milliseconds since 1970 UTC: the years 0001
/// to 9999. Lengths, hours of clocks and other instants can be added to these without overflow.
public let calendarInstants: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

/// A date and a time of day as a text gives them.
public struct CivilTimestamp: Sendable, Equatable {
    /// Milliseconds on the wall clock since 1970-01-01T00:00 on that same clock.
    public let wallClock: Int64
    /// Seconds east of Greenwich, nil where the text does not say.
    public let offsetSeconds: Int?

    /// The instant, in milliseconds since 1970 UTC; nil where the text names no offset.
    public var instant: Int64? { offsetSeconds.map { wallClock - Int64($0) * 1000 } }

    /// Reads `2026-03-29T14:05:09.25+02:00`.
    ///
    /// Beside RFC 3339 it takes a blank for the `T`, `+0200` (as strftime prints it) for the
    /// offset, and a time without offset. Digits beyond milliseconds are cut off. The leap second
    /// `:60` is taken at 23:59 UTC only, or at any :59 where no offset is known, and is the first
    /// instant of the following minute.
    ///
    /// - Returns: nil where the text is no such time or names a day that the calendar lacks.
    public init?(parsing text: Span<UInt8>) {
        guard text.count >= 19, text[4] == 0x2d, text[7] == 0x2d, text[13] == 0x3a,
            text[16] == 0x3a, text[10] | 0x20 == 0x74 || text[10] == 0x20,
            let year = number(text, at: 0, digits: 4), let month = number(text, at: 5, digits: 2),
            let day = number(text, at: 8, digits: 2), let hour = number(text, at: 11, digits: 2),
            let minute = number(text, at: 14, digits: 2),
            let second = number(text, at: 17, digits: 2),
            hour < 24, minute < 60, second < 61
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard date.isValid else { return nil }

        var index = 19
        guard let fraction = takeFraction(text, &index),
            let offset = takeOffset(text, &index), index == text.count
        else { return nil }
        let secondOfDay = hour * 3600 + minute * 60 + second
        if second == 60 {
            guard minute == 59 else { return nil }
            if let seconds = offset.seconds, (secondOfDay - seconds) % 86_400 != 0 { return nil }
        }
        wallClock = (Int64(date.daysSince1970) * 86_400 + Int64(secondOfDay)) * 1000 + fraction
        offsetSeconds = offset.seconds
    }
}

/// The instant of an RFC 3339 text in milliseconds since 1970 UTC, nil where it is none or has no
/// offset. What else is accepted stands at ``CivilTimestamp/init(parsing:)``.
public func parseRFC3339(_ text: Span<UInt8>) -> Int64? {
    CivilTimestamp(parsing: text)?.instant
}

/// An instant as RFC 3339, `2026-03-29T14:05:09.25+02:00`: a fraction only where there is one, `Z`
/// for the offset 0.
///
/// - Parameters:
///   - milliseconds: since 1970 UTC.
///   - offsetSeconds: east of Greenwich; one that is no whole minute, as of times before 1911, is
///     none that the format has, and the instant is printed in UTC.
public func rfc3339(_ milliseconds: Int64, offsetSeconds: Int) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(32)
    appendRFC3339(milliseconds, offsetSeconds: offsetSeconds, to: &text)
    return String(decoding: text, as: UTF8.self)
}

/// Appends what ``rfc3339(_:offsetSeconds:)`` gives, in UTF-8.
public func appendRFC3339(_ milliseconds: Int64, offsetSeconds: Int, to text: inout [UInt8]) {
    let offsetSeconds = offsetSeconds % 60 == 0 ? offsetSeconds : 0
    let local = milliseconds + Int64(offsetSeconds) * 1000
    let days = floorDivide(local, by: 86_400_000)
    let date = CivilDate(daysSince1970: Int(days))
    let timeOfDay = Int(local - days * 86_400_000)
    let seconds = timeOfDay / 1000
    append(date.year, 4, to: &text)
    appendTwoDigits("-", date.month, to: &text)
    appendTwoDigits("-", date.day, to: &text)
    appendTwoDigits("T", seconds / 3600, to: &text)
    appendTwoDigits(":", seconds / 60 % 60, to: &text)
    appendTwoDigits(":", seconds % 60, to: &text)
    appendFraction(timeOfDay % 1000, to: &text)
    if offsetSeconds == 0 {
        text.append(UInt8(ascii: "Z"))
    } else {
        let minutes = abs(offsetSeconds) / 60
        appendTwoDigits(offsetSeconds < 0 ? "-" : "+", minutes / 60, to: &text)
        appendTwoDigits(":", minutes % 60, to: &text)
    }
}

/// A mark and a number from 0 to 99 behind it. Answers have six of them in each row.
private func appendTwoDigits(_ mark: Unicode.Scalar, _ number: Int, to text: inout [UInt8]) {
    text.append(UInt8(ascii: mark))
    text.append(UInt8(ascii: "0") + UInt8(number / 10))
    text.append(UInt8(ascii: "0") + UInt8(number % 10))
}

/// Thousandths as a fraction without zeros at its end; nothing where there are none.
private func appendFraction(_ thousandths: Int, to text: inout [UInt8]) {
    if thousandths == 0 { return }
    text.append(UInt8(ascii: "."))
    append(thousandths, 3, to: &text)
    while text.last == UInt8(ascii: "0") { text.removeLast() }
}

/// A number with zeros before it, up to so many digits.
private func append(_ number: Int, _ digits: Int, to text: inout [UInt8]) {
    if number < 0 { text.append(UInt8(ascii: "-")) }
    var unit = 1
    var rest = number.magnitude
    var count = 1
    while count < digits || rest / UInt(unit) >= 10 {
        unit *= 10
        count += 1
    }
    while unit > 0 {
        text.append(UInt8(ascii: "0") + UInt8(rest / UInt(unit)))
        rest %= UInt(unit)
        unit /= 10
    }
}

/// The number that exactly so many digits make; the caller has checked the length.
private func number(_ text: Span<UInt8>, at offset: Int, digits: Int) -> Int? {
    var number = 0
    for index in offset..<offset + digits {
        let digit = text[index] &- 0x30
        guard digit <= 9 else { return nil }
        number = number * 10 + Int(digit)
    }
    return number
}

/// The milliseconds of `.25`, 0 where there is no fraction, nil where digits are missing.
private func takeFraction(_ text: Span<UInt8>, _ index: inout Int) -> Int64? {
    guard index < text.count, text[index] == 0x2e else { return 0 }
    index += 1
    let start = index
    var milliseconds: Int64 = 0
    var unit: Int64 = 100
    while index < text.count, text[index] &- 0x30 <= 9 {
        milliseconds += Int64(text[index] &- 0x30) * unit
        unit /= 10
        index += 1
    }
    return index > start ? milliseconds : nil
}

/// The offset of `Z`, `+02:00`, `+0200` or nothing; nil where it is malformed.
private func takeOffset(_ text: Span<UInt8>, _ index: inout Int) -> (seconds: Int?, Void)? {
    if index == text.count { return (nil, ()) }
    let sign = text[index]
    index += 1
    if sign | 0x20 == 0x7a { return (0, ()) }
    guard sign == 0x2b || sign == 0x2d else { return nil }
    let minuteStart = index + 2 < text.count && text[index + 2] == 0x3a ? index + 3 : index + 2
    guard minuteStart + 2 <= text.count, let hours = number(text, at: index, digits: 2),
        let minutes = number(text, at: minuteStart, digits: 2), hours < 24, minutes < 60
    else { return nil }
    index = minuteStart + 2
    let seconds = hours * 3600 + minutes * 60
    return (sign == 0x2d ? -seconds : seconds, ())
}
