/// The town hall's gas boiler with its hot-water cistern and its gas meter.
///
///     off ──cold room──► heating ──warm room──► off
///     off, heating ──cistern below 48 °C──► hot_water ──60 °C──► off
///     any ──fault──► fault ──mended──► off
///
/// Hot water goes before heating. During a fault the building cools, and heats up hard afterwards.
struct Boiler: Sendable {
    enum State: String, Sendable {
        case off, heating
        case hotWater = "hot_water"
        case fault
    }

    private(set) var state = State.off
    private let noise: Noise
    private let hours: Double
    private let faults: Episodes
    private var building = ThermalMass(temperature: 17.5, timeConstant: 45, heatingMax: 1.67)
    /// °C of the water in the cistern.
    private var cistern = 55.0
    /// °C of the water that leaves the boiler and that comes back.
    private var flow = 30.0
    private var back = 28.0
    /// Gas since the gas meter was last read, in pulses; the rest below one pulse stays.
    private var gasPulses = 0.0

    /// The building's heat capacity, kW·h per kelvin, over the time constant: 1.2 kW per kelvin.
    private static let capacity = 54.0
    /// kW given to the cistern.
    private static let hotWaterPower = 22.0
    /// Useful kWh in a pulse: 0.01 m³ at 10.9 kWh/m³ and 92 %.
    private static let energyOfPulse = 0.01 * 10.9 * 0.92

    /// - Parameter hours: between two messages.
    init(noise: Noise, hours: Double) {
        self.noise = noise
        self.hours = hours
        faults = Episodes(
            noise: noise.stream(1), slot: dayLength, probability: 1 / 100,
            duration: 2_400_000...27_000_000)
    }

    /// Whether burner and pumps take electricity.
    var isRunning: Bool { state == .heating || state == .hotWater }

    mutating func advance(to now: Moment, into payload: inout PayloadWriter) {
        let people = Timetable.townHall(now)
        let gains = 0.12 * people + now.weather.irradiance / 2_500
        let outside = now.weather.temperature
        let target = Timetable.isTownHallWarm(now) ? 20.5 : 16.5
        state = nextState(now, target: target)

        let heating =
            state == .heating
            ? building.heating(
                toReach: target + 0.3, hours: hours, outside: outside, gains: gains) : 0
        building.advance(hours: hours, outside: outside, warming: heating + gains)
        let cisternPower = heatCistern(people: people)
        gasPulses += (heating * Self.capacity + cisternPower) * hours / Self.energyOfPulse
        circulate(heatingShare: heating / building.heatingMax, outside: outside)

        payload.field("state", word: state.rawValue)
        payload.field("flow", flow + 0.15 * noise.white(now.time), decimals: 1)
        payload.field("return", back + 0.15 * noise.white(-now.time), decimals: 1)
    }

    /// The pulses of 0.01 m³ since the last call.
    mutating func takeGasPulses() -> UInt64 {
        let whole = gasPulses.rounded(.down)
        gasPulses -= whole
        return UInt64(whole)
    }

    private func nextState(_ now: Moment, target: Double) -> State {
        if faults.isActive(at: now.time) { return .fault }
        if cistern < (state == .hotWater ? 60 : 48) { return .hotWater }
        guard Timetable.isHeatingSeason(now) else { return .off }
        // Two limits, so that the burner does not start and stop all the time.
        let limit = state == .heating ? target + 0.2 : target - 0.3
        return building.temperature < limit ? .heating : .off
    }

    /// 300 litres: 0.35 kWh per kelvin. Hands are washed, and the cistern loses a little.
    ///
    /// - Returns: the mean kW that the boiler gave in this step.
    private mutating func heatCistern(people: Double) -> Double {
        cistern -= (0.45 + 2.2 * people) * hours
        cistern = max(cistern, 12)
        guard state == .hotWater else { return 0 }
        let rise = min(61 - cistern, Self.hotWaterPower / 0.35 * hours)
        cistern += rise
        return rise * 0.35 / hours
    }

    /// The water's temperatures: by the heating curve, hotter the colder it is outside, in some
    /// minutes; cooling down to the cellar in an hour or so.
    private mutating func circulate(heatingShare: Double, outside: Double) {
        let curve = (37 + 1.15 * (20 - outside)).clamped(to: 35...75)
        switch state {
        case .heating: approach(flow: curve, spread: 4 + 11 * heatingShare, rate: 8)
        case .hotWater: approach(flow: 68, spread: 13, rate: 14)
        case .off, .fault: approach(flow: 19, spread: 0.4, rate: 0.9)
        }
    }

    private mutating func approach(flow target: Double, spread: Double, rate: Double) {
        flow = target + (flow - target) * remainder(after: hours, rate: rate)
        let cooled = target - spread
        back = cooled + (back - cooled) * remainder(after: hours, rate: rate * 0.7)
        back = min(back, flow)
    }
}
