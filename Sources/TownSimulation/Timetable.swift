/// When people are in the town's buildings and when these are heated, by civil time.
enum Timetable {
    /// The share of the town hall's staff and visitors that is there, 0...1.
    static func townHall(_ now: Moment) -> Double {
        let day = now.day
        guard !day.isPublicHoliday else { return 0 }
        switch day.weekday {
        case 0...4: return officeHours.level(at: now.minute) * staffing(day)
        case 5: return saturdayMorning.level(at: now.minute)
        default: return 0
        }
    }

    /// The share of the pupils that sit in class, 0...1.
    static func lessons(_ now: Moment) -> Double {
        now.day.hasLessons ? lessonHours.level(at: now.minute) : 0
    }

    /// The share of its places that the school's day care fills, 0...1: after lessons, and all day
    /// on Wednesdays and on most holidays.
    static func afterSchoolCare(_ now: Moment) -> Double {
        guard now.day.isWorkday else { return 0 }
        return (now.day.hasLessons ? eveningCare : dayCare).level(at: now.minute)
    }

    /// The share of the meals that the school's kitchen is washing up, 0...1.
    static func canteen(_ now: Moment) -> Double {
        now.day.hasLessons ? washingUp.level(at: now.minute) : 0
    }

    /// Whether the town hall is to be warm; heating begins before the staff comes, and earlier on
    /// Mondays after the cold weekend.
    static func isTownHallWarm(_ now: Moment) -> Bool {
        guard !now.day.isPublicHoliday else { return false }
        switch now.day.weekday {
        case 0: return (180..<1_050).contains(now.minute)
        case 1...4: return (300..<1_050).contains(now.minute)
        case 5: return (360..<705).contains(now.minute)
        default: return false
        }
    }

    /// Whether the school is to be warm.
    static func isSchoolWarm(_ now: Moment) -> Bool {
        guard now.day.isWorkday else { return false }
        if now.day.isSchoolHoliday { return (420..<1_020).contains(now.minute) }
        return (now.day.weekday == 0 ? 210..<1_035 : 330..<1_035).contains(now.minute)
    }

    /// Whether central heating is on at all: from autumn to spring, on cool days.
    static func isHeatingSeason(_ now: Moment) -> Bool {
        let isCoolPart = now.day.month >= 10 || now.day.month <= 4
        return isCoolPart && now.weather.meanTemperature < 16
    }

    /// Fewer staff in August and between Christmas and the new year.
    private static func staffing(_ day: CivilDay) -> Double {
        if day.month == 8 { return 0.6 }
        return day.month == 12 && day.day > 23 ? 0.45 : 1
    }

    private static let officeHours = DayCurve([
        (430, 0), (510, 0.85), (560, 1), (710, 1), (740, 0.35), (800, 0.38), (830, 0.95),
        (1_005, 0.95), (1_050, 0.5), (1_110, 0.05), (1_200, 0),
    ])
    private static let saturdayMorning = DayCurve([(505, 0), (540, 0.3), (720, 0.3), (755, 0)])
    private static let lessonHours = DayCurve([
        (495, 0), (510, 1), (600, 1), (602, 0.05), (615, 0.05), (618, 1), (700, 1), (706, 0),
        (805, 0), (812, 1), (900, 1), (902, 0.05), (915, 0.05), (918, 1), (985, 1), (992, 0),
    ])
    private static let eveningCare = DayCurve([
        (435, 0), (450, 0.25), (508, 0.25), (510, 0), (990, 0), (1_000, 0.7), (1_050, 0.5),
        (1_110, 0.1), (1_115, 0),
    ])
    private static let dayCare = DayCurve([
        (460, 0), (540, 0.75), (705, 0.75), (710, 0.05), (800, 0.05), (810, 0.7), (1_020, 0.6),
        (1_100, 0.1), (1_110, 0),
    ])
    private static let washingUp = DayCurve([(690, 0), (720, 0.6), (790, 1), (850, 0.8), (870, 0)])
}

extension CivilDay {
    /// Lessons are given four days a week.
    var hasLessons: Bool { isWorkday && weekday != 2 && !isSchoolHoliday }
}

/// A course of the day in straight lines between points, flat outside them.
struct DayCurve: Sendable {
    private let points: [(minute: Double, level: Double)]

    /// Points in the order of their minutes since midnight.
    init(_ points: [(minute: Double, level: Double)]) { self.points = points }

    func level(at minute: Double) -> Double {
        guard let next = points.firstIndex(where: { $0.minute > minute }) else {
            return points.last?.level ?? 0
        }
        guard next > 0 else { return points[0].level }
        let (left, right) = (points[next - 1], points[next])
        let share = (minute - left.minute) / (right.minute - left.minute)
        return left.level + (right.level - left.level) * share
    }
}
