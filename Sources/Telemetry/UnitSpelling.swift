/// The UCUM code that somebody meant who wrote a unit as people do, nil where the text is none of
/// these spellings.
///
/// No table of all codes: which of them a town needs is left to those who write them. These are no
/// codes, or are codes of something that no sensor of a town measures.
public func intendedUnitCode(_ text: String) -> String? {
    if let code = spellings[text] { return code }
    // `WATTS`, `Hours`, `hz`: in one case, unless that is a code itself.
    let lower = text.lowercased()
    return lower == text ? nil : words[lower]
}

private let spellings: [String: String] = words.merging(symbols) { $1 }

private let symbols = [
    "Wh": "W.h", "kWh": "kW.h", "MWh": "MW.h", "GWh": "GW.h", "KWh": "kW.h", "kwh": "kW.h",
    "kWH": "kW.h", "KWH": "kW.h", "KW": "kW", "kw": "kW", "w": "W", "v": "V", "VA": "V.A",
    "kVA": "kV.A", "VAh": "V.A.h", "var": "V.A{reactive}", "VAr": "V.A{reactive}",
    "VAR": "V.A{reactive}", "kvar": "kV.A{reactive}", "varh": "V.A.h{reactive}",
    "kvarh": "kV.A.h{reactive}", "Ah": "A.h", "mAh": "mA.h",
    "°C": "Cel", "℃": "Cel", "degC": "Cel", "°F": "[degF]", "degF": "[degF]",
    "m³": "m3", "m^3": "m3", "m²": "m2", "m^2": "m2", "m³/h": "m3/h", "m^3/h": "m3/h",
    "µg/m³": "ug/m3", "μg/m³": "ug/m3", "µg/m3": "ug/m3", "μg/m3": "ug/m3", "ug/m³": "ug/m3",
    "ug/m^3": "ug/m3", "mg/m³": "mg/m3", "W/m²": "W/m2", "W/m^2": "W/m2",
    "ppm": "[ppm]", "ppb": "[ppb]", "ppt": "[pptr]", "%RH": "%", "rpm": "/min", "RPM": "/min",
    "bps": "bit/s", "kbps": "kbit/s", "Mbps": "Mbit/s", "hz": "Hz", "HZ": "Hz", "hpa": "hPa",
    "HPA": "hPa", "kWh/m3": "kW.h/m3", "l/h": "L/h", "-": "1", "°": "deg",
]

/// Written out, in English and French.
private let words = [
    "celsius": "Cel", "fahrenheit": "[degF]", "kelvin": "K", "watt": "W", "watts": "W",
    "kilowatt": "kW", "volt": "V", "volts": "V", "amp": "A", "amps": "A", "ampere": "A",
    "ampère": "A", "hertz": "Hz", "pascal": "Pa", "joule": "J", "lux": "lx", "lumen": "lm",
    "litre": "L", "liter": "L", "litres": "L", "liters": "L", "byte": "By", "bytes": "By",
    "octets": "By", "bits": "bit", "second": "s", "seconds": "s", "secs": "s", "seconde": "s",
    "minute": "min", "minutes": "min", "mins": "min", "hour": "h", "hours": "h", "hr": "h",
    "heure": "h", "heures": "h", "day": "d", "days": "d", "jours": "d", "metre": "m",
    "meter": "m", "mètre": "m", "percent": "%", "pourcent": "%", "count": "1", "counts": "1",
    "none": "1", "degree": "deg", "degrees": "deg", "degrés": "deg",
]
