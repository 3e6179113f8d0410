/// The sky over the town: a pure function of time, so that it is the same for all devices.
struct Climate: Sendable {
    private let spells: Noise
    private let fronts: Noise
    private let breezes: Noise
    private let clouds: Noise

    init(noise: Noise) {
        spells = noise.stream(1)
        fronts = noise.stream(2)
        breezes = noise.stream(3)
        clouds = noise.stream(4)
    }

    /// Latitude 47.9° north, as the sine and cosine of the latitude.
    private static let latitudeSine = 0.741_98
    private static let latitudeCosine = 0.670_43
    /// 1.9° east: the sun is ahead of UTC by 7.6 minutes.
    private static let sunAheadHours = 7.6 / 60
    private static let minute: Int64 = 60_000

    func weather(at time: Int64, day: CivilDay) -> Weather {
        let hours = Double(time - dividedDown(time, by: dayLength) * dayLength) / 3_600_000
        let solarHour = hours + Self.sunAheadHours
        let date = Double(day.dayOfYear) + hours / 24
        // -1 around 19 January, 1 around 20 July.
        let season = -cosine(turns: (date - 19) / 365.25)

        let cloudCover =
            (0.62 - 0.13 * season + 0.62 * clouds.smooth(at: time, period: 31 * 60 * Self.minute)
            + 0.30 * clouds.smooth(at: time, period: 131 * Self.minute)
            + 0.14 * clouds.smooth(at: time, period: 7 * Self.minute)).clamped(to: 0...1)

        let declination = 0.398 * cosine(turns: (date - 172) / 365.25)
        let declinationCosine = (1 - declination * declination).squareRoot()
        let sun =
            Self.latitudeSine * declination
            + Self.latitudeCosine * declinationCosine * cosine(turns: (solarHour - 12) / 24)

        // Monthly means of about 4 °C in January and 20 °C in July, with spells of some days.
        let mean =
            11.9 + 7.9 * season + 5.4 * fronts.smooth(at: time, period: 74 * 60 * Self.minute)
            + 2.6 * spells.smooth(at: time, period: 233 * 60 * Self.minute)
        let swing = (4.1 + 1.6 * season) * (1.35 - 0.8 * cloudCover)
        let temperature =
            mean + swing * cosine(turns: (solarHour - 15) / 24)
            + 0.35 * breezes.smooth(at: time, period: 37 * Self.minute)
        return Weather(
            temperature: temperature, meanTemperature: mean, sunElevationSine: sun,
            irradiance: Self.irradiance(sun: sun, cloudCover: cloudCover),
            vapourPressure: saturationPressure(at: min(mean - 3.5, temperature)))
    }

    /// Global irradiance on level ground, W/m²: a clear sky with its path through the air, less
    /// what clouds keep back.
    private static func irradiance(sun: Double, cloudCover: Double) -> Double {
        guard sun > 0 else { return 0 }
        let clear = 1_080 * sun * sun / (sun + 0.06)
        return clear * (1 - 0.76 * cloudCover * cloudCover * cloudCover)
    }
}

/// The weather at one instant.
struct Weather: Sendable {
    /// °C, in the shade.
    let temperature: Double
    /// °C, without the course of the day: what a heating control calls the damped temperature.
    let meanTemperature: Double
    /// The sine of the sun's height over the horizon; negative at night.
    let sunElevationSine: Double
    /// W/m² on level ground.
    let irradiance: Double
    /// Water vapour in the air, hPa.
    let vapourPressure: Double

    /// What the station on the town hall's roof sends.
    func report(into payload: inout PayloadWriter) {
        payload.field("temperature", temperature, decimals: 1)
        payload.field("irradiance", irradiance, decimals: 0)
    }
}

/// Saturation pressure of water vapour in hPa: the terms of Lowe's polynomial that count between
/// -30 and 50 °C.
func saturationPressure(at temperature: Double) -> Double {
    let celsius = temperature.clamped(to: -30...50)
    let curved = 2.650_648_471e-4 + celsius * (3.031_240_396e-6 + celsius * 2.034_080_948e-8)
    return 6.107_799_961 + celsius
        * (0.443_651_852 + celsius * (1.428_945_805e-2 + celsius * curved))
}
