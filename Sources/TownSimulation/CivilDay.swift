/// A day of the Gregorian calendar with what a French town does on it.
struct CivilDay: Sendable, Equatable {
    /// Days since 1970-01-01.
    let number: Int64
    let year: Int
    /// 1...12.
    let month: Int
    /// Day of the month, 1...31.
    let day: Int
    /// 0 on 1 January.
    let dayOfYear: Int
    /// 0 on Monday, 6 on Sunday.
    let weekday: Int
    /// One of the eleven national holidays.
    let isPublicHoliday: Bool
    /// Whether the schools of the region (zone B) are closed, by the usual weeks of the year: the
    /// real dates are set by decree and differ by some days.
    let isSchoolHoliday: Bool

    init(number: Int64) {
        var year = 1970 + Int(dividedDown(number * 400, by: 146_097))
        // The mean length of the year may miss by one around 1 January.
        while Self.number(year: year, month: 1, day: 1) > number { year -= 1 }
        while Self.number(year: year + 1, month: 1, day: 1) <= number { year += 1 }
        let dayOfYear = Int(number - Self.number(year: year, month: 1, day: 1))
        var month = 1
        var day = dayOfYear + 1
        while day > Self.length(ofMonth: month, year: year) {
            day -= Self.length(ofMonth: month, year: year)
            month += 1
        }
        self.number = number
        self.year = year
        self.month = month
        self.day = day
        self.dayOfYear = dayOfYear
        weekday = Self.weekday(ofDay: number)
        isPublicHoliday =
            Self.fixedHolidays.contains(month * 100 + day)
            || Self.holidaysAfterEaster.contains(Int(number - Self.easter(year: year)))
        isSchoolHoliday = Self.schoolHolidays.contains { $0.contains(month * 100 + day) }
    }

    /// Neither a weekend nor a public holiday.
    var isWorkday: Bool { weekday < 5 && !isPublicHoliday }

    /// Days since 1970-01-01 of a date; years from 1.
    static func number(year: Int, month: Int, day: Int) -> Int64 {
        let past = year - 1
        // 719,162 days lie between 0001-01-01 and 1970-01-01.
        var number = past * 365 + past / 4 - past / 100 + past / 400 - 719_162 + day - 1
        for earlier in 1..<month { number += length(ofMonth: earlier, year: year) }
        return Int64(number)
    }

    /// 0 on Monday; 1970-01-01 was a Thursday.
    static func weekday(ofDay number: Int64) -> Int {
        Int(number + 3 - 7 * dividedDown(number + 3, by: 7))
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Easter Sunday as a day number: the Sunday after the ecclesiastical full moon.
    private static func easter(year: Int) -> Int64 {
        let golden = year % 19
        let century = year / 100
        // The moon's age, with the calendar's solar and lunar corrections of each century.
        let lunar = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30
        let isLate = lunar > 28 || (lunar == 28 && golden > 10)
        let fullMoon = number(year: year, month: 3, day: 21) + Int64(lunar - (isLate ? 1 : 0))
        return fullMoon + 7 - Int64((weekday(ofDay: fullMoon) + 1) % 7)
    }

    /// Month × 100 + day.
    private static let fixedHolidays: Set<Int> = [101, 501, 508, 714, 815, 1101, 1111, 1225]
    /// Easter Monday, Ascension, Whit Monday.
    private static let holidaysAfterEaster: Set<Int> = [1, 39, 50]
    /// Winter, spring, summer, All Saints', Christmas on both sides of the new year.
    private static let schoolHolidays =
        [101...104, 214...301, 411...426, 704...831]
        + [1018...1102, 1220...1231]
}
