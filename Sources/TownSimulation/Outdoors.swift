/// The gymnasium's photovoltaic roof, as its inverter reports it.
struct Photovoltaics: Sendable {
    private let noise: Noise
    private let hours: Double
    /// Watt hours since it was built.
    private var energy: Double

    /// W under standard conditions, and what the inverter can pass on.
    static let powerPeak = 36_000.0
    static let powerMax = 33_000.0

    /// - Parameter hours: between two messages.
    init(noise: Noise, hours: Double) {
        self.noise = noise
        self.hours = hours
        energy = (90_000_000 * noise.uniform(-1)).rounded()
    }

    mutating func advance(to now: Moment, into payload: inout PayloadWriter) {
        let irradiance = now.weather.irradiance
        // The roof's slope to the south gives most while the sun stands low.
        let slope = 1.06 + 0.35 * (0.6 - now.weather.sunElevationSine).clamped(to: 0...0.6)
        let cell = now.weather.temperature + irradiance / 32
        let warmth = 1 - 0.004 * (cell - 25)
        let power = irradiance / 1_000 * Self.powerPeak * 0.84 * slope * warmth
        // Below 60 W the inverter sleeps.
        let fed = power < 60 ? 0 : min(power * (1 + 0.01 * noise.white(now.time)), Self.powerMax)
        energy += fed * hours
        payload.field("power", fed, decimals: 0)
        payload.field("energy", UInt64(energy))
    }
}

/// A street-lighting cabinet with an astronomical clock: on from dusk to dawn, dimmed in the dead
/// of night.
struct LightingCabinet: Sendable {
    private let luminaires: Double
    private let noise: Noise
    /// The sine of the sun's height below which the lamps burn: about 4° under the horizon.
    private let threshold: Double

    init(luminaires: Double, noise: Noise) {
        self.luminaires = luminaires
        self.noise = noise
        threshold = -0.066 - 0.008 * noise.uniform(-1)
    }

    func report(at now: Moment, into payload: inout PayloadWriter) {
        let isOn = now.weather.sunElevationSine < threshold
        let isDimmed = now.minute < 300 || now.minute >= 1_410
        // 61.5 W a lamp and its ballast; the cabinet itself takes 6 W at all times.
        let lamps = isOn ? luminaires * 61.5 * (isDimmed ? 0.5 : 1) : 0
        let power = 6 + lamps * (1 + 0.008 * noise.white(now.time))
        payload.field("state", word: isOn ? "on" : "off")
        payload.field("power", power, decimals: 1)
    }
}
