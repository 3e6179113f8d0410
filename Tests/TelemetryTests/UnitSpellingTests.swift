import Telemetry
import Testing

/// Units as people write them, and as UCUM does.
struct UnitSpellingTests {
    @Test(arguments: [
        ("kWh", "kW.h"), ("°C", "Cel"), ("celsius", "Cel"), ("Celsius", "Cel"), ("ppm", "[ppm]"),
        ("m³", "m3"), ("µg/m³", "ug/m3"), ("WATTS", "W"), ("VA", "V.A"), ("seconds", "s"),
    ])
    func otherSpellingsAreUnderstood(text: String, code: String) {
        #expect(intendedUnitCode(text) == code)
        #expect(isUnitCode(code))
    }

    /// What is a code already, and what nobody can guess.
    @Test(arguments: [
        "W", "kW.h", "W.h", "Cel", "K", "%", "[ppm]", "1", "m3", "m3/h", "V.A", "V.A{reactive}",
        "By", "bit/s", "hPa", "ms", "s", "min", "h", "d", "L", "l", "Hz", "lx", "dB", "J", "A", "V",
        "mV", "ug/m3", "W/m2", "{pulses}", "[pH]", "mbar", "km/h", "furlong", "",
    ])
    func codesStay(text: String) { #expect(intendedUnitCode(text) == nil) }

    /// A right spelling is not taken for a wrong one of something else.
    @Test func suggestionsAreNotCorrectedAgain() {
        for text in ["kWh", "VAR", "kvarh", "°F", "ppt", "rpm", "Mbps", "lumen", "heures", "°"] {
            #expect(intendedUnitCode(text).flatMap(intendedUnitCode) == nil, "\(text)")
        }
    }
}
