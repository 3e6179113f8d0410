/// Who uses a room, and how; the raw value is its place among the rooms.
enum RoomUse: Int, CaseIterable, Sendable {
    case frontDesk, firstClass, secondClass, library, afterSchoolCare

    /// How many people there are when all have come.
    fileprivate var places: Double {
        switch self {
        case .frontDesk: 9
        case .firstClass: 26
        case .secondClass: 24
        case .library: 14
        case .afterSchoolCare: 18
        }
    }

    fileprivate func presence(_ now: Moment) -> Double {
        switch self {
        case .frontDesk: Timetable.townHall(now)
        case .firstClass, .secondClass, .library: Timetable.lessons(now)
        case .afterSchoolCare: Timetable.afterSchoolCare(now)
        }
    }
}

/// The air of a room: people breathe CO2 and water into it, ventilation and open windows take them
/// out.
struct Room: Sendable {
    private let use: RoomUse
    private let noise: Noise
    private let hours: Double
    private var air = ThermalMass(temperature: 18.5, timeConstant: 38, heatingMax: 1.8)
    /// ppm.
    private var co2 = Room.co2Outside

    /// ppm.
    static let co2Outside = 425.0
    /// m³.
    private static let volume = 185.0
    /// What a person breathes out sitting, m³ of CO2 an hour: children half, staff somewhat more.
    private static let co2PerPerson = 0.013

    /// - Parameter hours: between two messages.
    init(_ use: RoomUse, noise: Noise, hours: Double) {
        self.use = use
        self.noise = noise
        self.hours = hours
    }

    mutating func advance(to now: Moment, into payload: inout PayloadWriter) {
        let people = peopleCount(now)
        let changes = airChanges(now, people: people)
        let breathed = people * Self.co2PerPerson / Self.volume * 1_000_000
        co2 = (co2 + hours * (breathed + changes * Self.co2Outside)) / (1 + hours * changes)

        let outside = now.weather.temperature
        let gains = people * 0.035 + now.weather.irradiance / 3_800
        let target = isWarm(now) ? 20 + noise.uniform(-2) : 15.5
        let heating =
            Timetable.isHeatingSeason(now)
            ? air.heating(toReach: target, hours: hours, outside: outside, gains: gains) : 0
        // Open windows let the warmth of people and sun out again.
        let vented = max(0, air.temperature - max(outside, 22)) * 0.09 * changes
        air.advance(hours: hours, outside: outside, warming: heating + gains - vented)

        let slow = 0.15 * noise.stream(1).smooth(at: now.time, period: 19 * 60_000)
        payload.field("co2", max(400, co2 + 9 * noise.white(now.time)), decimals: 0)
        payload.field("temperature", air.temperature + slow, decimals: 1)
        // The sensor tells half per cents.
        payload.field("humidity", (humidity(now) * 2).rounded() / 2, decimals: 1)
    }

    /// Who came today, and whether the room is used at all: the library stands empty every other
    /// day.
    private func peopleCount(_ now: Moment) -> Double {
        let half = now.day.number * 2 + (now.minute < 750 ? 0 : 1)
        let isUsed = use != .library || noise.stream(2).uniform(half) < 0.55
        let attendance = 0.82 + 0.18 * noise.stream(3).uniform(now.day.number)
        return isUsed ? use.places * attendance * use.presence(now) : 0
    }

    /// Times an hour that the air is renewed: chinks always, the fan when someone is there, windows
    /// in breaks and in mild weather.
    private func airChanges(_ now: Moment, people: Double) -> Double {
        let isBreak = now.day.hasLessons && (602..<616).contains(now.minute)
        let mildness = ((now.weather.temperature - 13) / 8).clamped(to: 0...1)
        let isOccupied = people > 0.5
        return 0.35 + (isOccupied ? 0.9 + 2.4 * mildness : 0)
            + (isBreak ? 2 : 0) + noise.uniform(now.day.number) * 0.3
    }

    private func isWarm(_ now: Moment) -> Bool {
        use == .frontDesk ? Timetable.isTownHallWarm(now) : Timetable.isSchoolWarm(now)
    }

    /// Relative, in per cent: the outside air's water, and people's, told by the CO2 that comes
    /// with it.
    private func humidity(_ now: Moment) -> Double {
        let pressure = now.weather.vapourPressure + (co2 - Self.co2Outside) * 0.002_2
        return (100 * pressure / saturationPressure(at: air.temperature)).clamped(to: 8...95)
    }
}
