import Telemetry

/// What makers of devices call things, and what that is here.
enum MakersNames {
    /// Metric and unit of numbers: `name metric unit`.
    static let numbers: [String: (metric: String, unit: String?)] = table(
        """
        temp temperature
        t temperature
        tc temperature
        tmp temperature
        device_temperature temperature
        local_temperature temperature
        temperature_c temperature
        hum humidity
        h humidity
        rh humidity
        relative_humidity humidity
        carbon_dioxide co2
        eco2 co2_equivalent
        voc tvoc
        pm25 pm2_5
        pm_2_5 pm2_5
        press pressure
        barometric_pressure pressure
        baro pressure
        lux illuminance lx
        light illuminance lx
        brightness illuminance lx
        illumination illuminance lx
        illuminance_lux illuminance lx
        power active_power W
        act_power active_power W
        apower active_power W
        watt active_power W
        watts active_power W
        active_power active_power W
        apparent_power apparent_power V.A
        aprt_power apparent_power V.A
        papp apparent_power V.A
        reactive_power reactive_power
        factor power_factor
        pf power_factor
        volt voltage V
        u voltage V
        amps current A
        freq frequency Hz
        total_energy energy kW.h
        energy_total energy kW.h
        energy energy kW.h
        import energy kW.h
        total_act_energy energy W.h
        export energy_injected kW.h
        total_act_ret_energy energy_injected W.h
        battery_level battery %
        bat battery %
        batt battery %
        batv battery_voltage V
        bat_v battery_voltage V
        vbat battery_voltage V
        battery_voltage battery_voltage V
        water_total water_volume m3
        rssi signal_strength dB[mW]
        snr signal_noise_ratio dB
        linkquality link_quality
        lqi link_quality
        uptime_sec uptime s
        uptime uptime s
        rain precipitation mm
        wind wind_speed m/s
        noise noise_level dB
        laeq noise_level dB
        valve valve_position %
        position valve_position %
        pi_heating_demand valve_position %
        current_heating_setpoint setpoint_temperature
        occupied_heating_setpoint setpoint_temperature
        target_temperature setpoint_temperature
        total_consumption water_volume m3
        count pulses
        counter pulses
        pulse pulses
        pulse_count pulses
        moisture soil_moisture %
        """)

    /// Metrics of words, and of `true` and `false`.
    static let states: [String: String] = [
        "state": "switch", "power": "switch", "relay": "switch", "output": "switch",
        "switch": "switch", "ison": "switch", "presence": "occupancy", "occupied": "occupancy",
        "pir": "motion", "movement": "motion", "door": "contact", "window": "contact",
        "open": "contact", "opening": "contact", "reed": "contact", "water_leak": "leak",
        "water": "leak", "battery_low": "battery_state", "low_battery": "battery_state",
        "online": "connectivity", "availability": "connectivity", "status": "connectivity",
        "lwt": "connectivity", "light": "lighting_state", "lamp": "lighting_state",
    ]

    /// Home Assistant's classes.
    static let deviceClasses: [String: String] = [
        "temperature": "temperature", "humidity": "humidity", "carbon_dioxide": "co2",
        "pressure": "pressure", "atmospheric_pressure": "pressure", "illuminance": "illuminance",
        "power": "active_power", "apparent_power": "apparent_power", "energy": "energy",
        "reactive_power": "reactive_power", "power_factor": "power_factor", "voltage": "voltage",
        "current": "current", "frequency": "frequency", "battery": "battery",
        "water":
            "water_volume", "gas": "gas_volume", "signal_strength": "signal_strength",
        "pm25": "pm2_5", "pm10": "pm10", "moisture": "leak", "motion": "motion",
        "occupancy": "occupancy", "presence": "occupancy", "door": "contact",
        "window": "contact", "opening": "contact", "smoke": "smoke", "tamper": "tamper",
        "connectivity": "connectivity", "wind_speed": "wind_speed", "irradiance": "irradiance",
    ]

    /// Names that say what their object or the topic's level before says.
    static let generic: Set<String> = [
        "value", "val", "raw", "state", "status", "now", "reading", "measurement", "sensor", "v",
        "data", "current_value",
    ]

    /// Words that make something else of the words behind them.
    static let spoilers: Set<String> = [
        "min", "max", "minimum", "maximum", "delta", "set", "target", "setpoint", "calibration",
        "offset", "threshold", "limit", "alarm", "high", "low", "last", "yesterday", "today",
        "previous", "avg", "average", "factor", "reactive", "apparent", "returned", "ret", "free",
        "subscribed", "unit",
    ]

    /// Units at the end of names.
    static let units: [String: String] = [
        "c": "Cel", "celsius": "Cel", "degc": "Cel", "f": "[degF]", "kwh": "kW.h", "wh": "W.h",
        "w": "W", "kw": "kW", "mw": "mW", "va": "V.A", "v": "V", "mv": "mV", "a": "A", "ma": "mA",
        "hz": "Hz", "m3": "m3", "l": "L", "m3h": "m3/h", "pct": "%", "percent": "%", "ppm": "[ppm]",
        "lux": "lx", "lx": "lx", "hpa": "hPa", "pa": "Pa", "kpa": "kPa", "mbar": "mbar",
        "bar": "bar", "mm": "mm", "cm": "cm", "m": "m", "s": "s", "sec": "s", "ms": "ms",
        "db": "dB", "dbm": "dB[mW]",
    ]

    /// Kind, unit and states of some metrics, for folders without a vocabulary.
    static let metrics: [String: (MetricKind, [String], [Int64: String])] = {
        var metrics: [String: (MetricKind, [String], [Int64: String])] = [:]
        for (kind, list) in [(MetricKind.gauge, gauges), (.counter, counters)] {
            for (name, entry) in table(list) { metrics[name] = (kind, [entry.metric], [:]) }
        }
        for (name, names) in twoStates {
            metrics[name] = (.state, ["1"], [0: names.0, 1: names.1])
        }
        return metrics
    }()

    private static let gauges = """
        temperature Cel
        setpoint_temperature Cel
        humidity %
        co2 [ppm]
        tvoc [ppb]
        pm2_5 ug/m3
        pm10 ug/m3
        pressure hPa
        illuminance lx
        active_power W
        apparent_power V.A
        power_factor 1
        voltage V
        current A
        frequency Hz
        battery %
        battery_voltage V
        signal_strength dB[mW]
        signal_noise_ratio dB
        link_quality 1
        valve_position %
        """

    private static let counters = """
        energy kW.h
        energy_injected kW.h
        water_volume m3
        gas_volume m3
        pulses 1
        uptime s
        precipitation mm
        """

    private static let twoStates: [String: (String, String)] = [
        "switch": ("off", "on"), "occupancy": ("free", "occupied"), "motion": ("still", "moving"),
        "contact": ("closed", "open"), "leak": ("dry", "wet"), "smoke": ("clear", "smoke"),
        "tamper": ("ok", "tampered"), "battery_state": ("ok", "low"),
        "connectivity": ("offline", "online"),
    ]

    private static func table(_ text: String) -> [String: (metric: String, unit: String?)] {
        var table: [String: (metric: String, unit: String?)] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map { String($0) }
            table[words[0]] = (words[1], words.count > 2 ? words[2] : nil)
        }
        return table
    }
}
