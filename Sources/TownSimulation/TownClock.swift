/// Paris time for instants that rise: remembers the current day and offset, since nearly all of the
/// town's messages share them with the message before.
struct TownClock: Sendable {
    private var currentDay: CivilDay
    private var offset: Int64
    private var offsetPeriod: Range<Int64>

    init(start: Int64) {
        (offset, offsetPeriod) = ParisTime.offset(at: start)
        currentDay = CivilDay(number: dividedDown(start + offset, by: dayLength))
    }

    /// The civil day that `time` falls on.
    mutating func day(at time: Int64) -> CivilDay {
        if !offsetPeriod.contains(time) { (offset, offsetPeriod) = ParisTime.offset(at: time) }
        let number = dividedDown(time + offset, by: dayLength)
        if number != currentDay.number { currentDay = CivilDay(number: number) }
        return currentDay
    }

    /// Minutes since midnight on the wall clock; `time` is that of the last call of ``day(at:)``.
    func minute(at time: Int64) -> Double {
        Double(time + offset - currentDay.number * dayLength) / 60_000
    }
}

/// Milliseconds in a day of 24 hours.
let dayLength: Int64 = 86_400_000

/// Local time in Paris by the rule of the European Union, written out: summer time from the last
/// Sunday of March to the last Sunday of October, both at 01:00 UTC. The rule is of 1996; the town
/// keeps it in all years.
enum ParisTime {
    /// The offset from UTC in milliseconds, and the period around `time` in which it holds.
    static func offset(at time: Int64) -> (offset: Int64, period: Range<Int64>) {
        let year = CivilDay(number: dividedDown(time, by: dayLength)).year
        let spring = transition(year, month: 3)
        let autumn = transition(year, month: 10)
        if time < spring { return (3_600_000, transition(year - 1, month: 10)..<spring) }
        if time < autumn { return (7_200_000, spring..<autumn) }
        return (3_600_000, autumn..<transition(year + 1, month: 3))
    }

    /// 01:00 UTC on the last Sunday of a month of 31 days.
    private static func transition(_ year: Int, month: Int) -> Int64 {
        let last = CivilDay.number(year: year, month: month, day: 31)
        let sinceSunday = (CivilDay.weekday(ofDay: last) + 1) % 7
        return (last - Int64(sinceSunday)) * dayLength + 3_600_000
    }
}

/// The quotient rounded towards negative infinity; `divisor` is positive.
func dividedDown(_ dividend: Int64, by divisor: Int64) -> Int64 {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}
