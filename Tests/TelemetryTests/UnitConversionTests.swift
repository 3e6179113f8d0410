import Telemetry
import Testing

/// UCUM units of what a town measures, against values from tables of units.
struct UnitConversionTests {
    /// What a number becomes, nil where there is no way.
    private func convert(_ number: Double, _ source: String, _ target: String) -> Double? {
        UnitConversion(from: source, to: target).map {
            (number * $0.factor.double + $0.shift.double) / $0.divisor.double
        }
    }

    @Test(
        arguments: [
            (1, "kW.h", "W.h", 1_000), (1, "kW.h", "J", 3_600_000), (60, "W.min", "W.h", 1),
            (1, "MW.h", "kW.h", 1_000), (20, "Cel", "[degF]", 68), (68, "[degF]", "Cel", 20),
            (0, "Cel", "K", 273.15), (1, "bar", "hPa", 1_000), (1, "L/s", "m3/h", 3.6),
            (1, "m3", "L", 1_000), (5_000, "mV", "V", 5), (1, "V.A", "W", 1), (50, "%", "1", 0.5),
            (400, "[ppm]", "%", 0.04), (8, "bit", "By", 1), (1, "Mbit/s", "kbit/s", 1_000),
            (36, "km/h", "m/s", 10), (1, "ug/m3", "mg/m3", 0.001), (2, "d", "h", 48),
            (1_000, "m[g]", "m/s2", 9.806_65), (60, "/min", "Hz", 1),
            (60, "{rpm}/min", "{rpm}/s", 1),
            (1, "kV.A{reactive}", "V.A{reactive}", 1_000), (1, "lm/m2", "lx", 1),
            (3_600, "/h", "/s", 1), (1, "uS/cm", "mS/m", 0.1), (7, "deg", "deg", 7),
        ] as [(Double, String, String, Double)])
    func unitsOfOneDimensionConvert(
        number: Double, source: String, target: String, expected: Double
    ) throws {
        let found = try #require(convert(number, source, target))
        #expect(abs(found - expected) <= abs(expected) * 1e-12)
    }

    @Test(
        arguments: [
            ("W", "W.h"), ("V.A", "V.A{reactive}"), ("Cel", "%"), ("m3", "m2"), ("deg", "1"),
            ("dB", "dB[mW]"), ("kkW", "W"), ("W..h", "W.h"), ("", "1"), ("W", ""), ("kmin", "min"),
            ("m99", "m99"), ("m0", "1"), ("W{", "W"), ("°C", "Cel"), ("/", "1"),
            ("km9.km9.km9", "m9.m9.m9"), ("Cel.h", "K.h"),
        ] as [(String, String)])
    func othersDoNot(source: String, target: String) {
        #expect(UnitConversion(from: source, to: target) == nil)
    }

    /// Decimals stay decimals: 1.234 kW.h is 1234 W.h and nothing near it.
    @Test func decimalFactorsAreExact() throws {
        let conversion = try #require(UnitConversion(from: "kW.h", to: "W.h"))
        #expect(conversion.factor == Value(1_000) && conversion.factor.isDecimal)
        let back = try #require(UnitConversion(from: "W.h", to: "kW.h"))
        #expect(back.factor == Value(1, scale: 3) && back.factor.isDecimal)
        let kelvins = try #require(UnitConversion(from: "K", to: "Cel"))
        #expect(kelvins.shift == Value(-27_315, scale: 2) && kelvins.shift.isDecimal)
        // What no decimal holds is divided by at the end.
        let minutes = try #require(UnitConversion(from: "W.min", to: "kW.h"))
        #expect(minutes.factor == Value(1) && minutes.divisor == Value(60_000))
        let celsius = try #require(UnitConversion(from: "[degF]", to: "Cel"))
        #expect(
            celsius.factor == Value(5) && celsius.shift == Value(-160)
                && celsius.divisor == Value(9))
    }
}
