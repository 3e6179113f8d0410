/// A day of the proleptic Gregorian calendar.
///
/// The arithmetic counts days in eras of 400 years that begin on the first of March, so that the
/// leap day is the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms").
public struct CivilDate: Sendable, Hashable, Comparable {
    public let year: Int
    /// 1...12
    public let month: Int
    /// 1...31
    public let day: Int

    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date that many days after 1970-01-01.
    public init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.month = month
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    }

    /// Days since 1970-01-01.
    public var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let marchMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Whether the calendar has this day: no 30 February.
    public var isValid: Bool {
        (1...12).contains(month) && (1...31).contains(day)
            && CivilDate(daysSince1970: daysSince1970) == self
    }

    /// The same day of a month that many months on, or that month's last day.
    public func adding(months: Int) -> CivilDate {
        let total = year * 12 + (month - 1) + months
        let year = total >= 0 ? total / 12 : (total - 11) / 12
        let month = total - year * 12 + 1
        let lengthOfMonth =
            CivilDate(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
            .daysSince1970
            - CivilDate(year: year, month: month, day: 1).daysSince1970
        return CivilDate(year: year, month: month, day: min(day, lengthOfMonth))
    }

    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}
