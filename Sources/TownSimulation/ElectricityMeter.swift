/// A building's main meter: power, energy index and voltage, as a Linky-like meter shows them.
struct ElectricityMeter: Sendable {
    private let building: Building
    private let noise: Noise
    private let hours: Double
    /// Watt hours since the meter was made.
    private var energy: Double

    /// - Parameter hours: between two messages.
    init(_ building: Building, noise: Noise, hours: Double) {
        self.building = building
        self.noise = noise
        self.hours = hours
        energy = 12_000_000 + (60_000_000 * noise.uniform(-1)).rounded()
    }

    /// - Parameter boiler: the one whose burner and pumps hang on this meter.
    mutating func advance(to now: Moment, boiler: Boiler?, into payload: inout PayloadWriter) {
        var power = building == .townHall ? townHallLoad(now) : schoolLoad(now)
        if let boiler, boiler.isRunning { power += 310 }
        power *= 1 + 0.05 * noise.white(now.time)
        energy += power * hours
        // The street's other loads and this one pull the voltage down.
        let slow = noise.stream(1).smooth(at: now.time, period: 23 * 60_000)
        let voltage = 233.4 - power / 9_000 + 1.6 * slow + 0.3 * noise.stream(2).white(now.time)
        payload.field("power", power, decimals: 1)
        payload.field("energy", UInt64(energy))
        payload.field("voltage", voltage, decimals: 1)
    }

    /// Watts: servers and standby, offices, lamps when it is dark outside, cooling when it is hot.
    private func townHallLoad(_ now: Moment) -> Double {
        let people = Timetable.townHall(now)
        let darkness = (1 - now.weather.irradiance / 250).clamped(to: 0.15...1)
        let cooling = (now.weather.temperature - 24).clamped(to: 0...10) * 850
        let wandering = 1 + 0.12 * noise.stream(3).smooth(at: now.time, period: 11 * 60_000)
        let fridges: Double = noise.stream(4).uniform(now.time / 900_000) < 0.4 ? 420 : 0
        return 1_750 + fridges + people * (7_600 * wandering + 3_900 * darkness + cooling)
    }

    /// Watts: the canteen's ovens and dishwashers make the peak of the day.
    private func schoolLoad(_ now: Moment) -> Double {
        let pupils = max(Timetable.lessons(now), Timetable.afterSchoolCare(now))
        let darkness = (1 - now.weather.irradiance / 250).clamped(to: 0.1...1)
        let isCooking = now.day.hasLessons && (570..<750).contains(now.minute)
        let ovens = isCooking ? 6_500 + 4_000 * noise.stream(3).uniform(now.time / 420_000) : 0
        let fridges = 700 + 500 * noise.stream(4).uniform(now.time / 900_000)
        return 480 + fridges + pupils * (1_500 + 3_800 * darkness) + ovens
            + 7_000 * Timetable.canteen(now)
    }
}
