/// A building's water meter. In one week of each year a cistern of the town hall runs, which
/// shows in the nights.
struct WaterMeter: Sendable {
    private let building: Building
    private let noise: Noise
    private let hours: Double
    /// Litres since the meter was made.
    private var volume: Double

    /// What the leak lets through, litres an hour.
    static let leakFlow = 19.0

    /// - Parameter hours: between two messages.
    init(_ building: Building, noise: Noise, hours: Double) {
        self.building = building
        self.noise = noise
        self.hours = hours
        volume = 900_000 + (3_000_000 * noise.uniform(-1)).rounded()
    }

    mutating func advance(to now: Moment, into payload: inout PayloadWriter) {
        // Taps are opened now and then: the draw is all or nothing, its mean as the timetable says.
        let draw = noise.uniform(now.time)
        let burst = draw < 0.4 ? 5 * draw / 0.4 : 0
        volume += flow(now) * burst * hours
        if building == .townHall && isLeaking(on: now.day) { volume += Self.leakFlow * hours }
        payload.field("index", UInt64(volume))
    }

    /// Whether the day falls into the year's week of the leak, Monday to Sunday, between February
    /// and November.
    func isLeaking(on day: CivilDay) -> Bool {
        let newYear = CivilDay.number(year: day.year, month: 1, day: 1)
        let week = weekNumber(newYear) + 5 + Int64(42 * noise.stream(1).uniform(Int64(day.year)))
        return weekNumber(day.number) == week
    }

    /// Weeks since the one of 1970-01-01, each beginning on Monday.
    private func weekNumber(_ day: Int64) -> Int64 { dividedDown(day + 3, by: 7) }

    /// The mean draw, litres an hour.
    private func flow(_ now: Moment) -> Double {
        switch building {
        case .townHall:
            let isCleaning = now.day.isWorkday && (1_095..<1_170).contains(now.minute)
            return 150 * Timetable.townHall(now) + (isCleaning ? 120 : 0)
        case .school:
            let breaks = now.day.hasLessons && (595..<620).contains(now.minute) ? 350.0 : 0
            return 190 * Timetable.lessons(now) + 60 * Timetable.afterSchoolCare(now)
                + 420 * Timetable.canteen(now) + breaks
        }
    }
}
