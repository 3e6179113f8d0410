import PayloadDecoding
import StrictYAML
import Telemetry

// What stands in profiles as a value: units, paths, numbers, lengths of time, names.

/// What is wrong with a unit's code.
func unitFault(_ code: String, at node: YAMLNode) -> YAMLFault? {
    if let intended = intendedUnitCode(code) {
        return node.fault("'\(code)' is no UCUM code", remedy: "write \(intended)")
    }
    if isUnitCode(code) { return nil }
    return node.fault(
        "'\(code)' is no UCUM code",
        remedy: "write W, kW.h, Cel, %, [ppm] or 1 for a plain number")
}

extension YAMLNode {
    /// The path that a text is, a fault where it is none.
    func jsonPath(faults: inout [YAMLFault]) -> JSONPath? {
        if let path = text.flatMap({ JSONPath($0) }) { return path }
        faults.append(
            fault("'\(text ?? "")' is no path", remedy: "write it as in $.a.b[0] or $['a b']"))
        return nil
    }

    /// The number that a text is, a fault where it is none.
    func number(faults: inout [YAMLFault]) -> Value? {
        if let text, let value = Value(parsing: Array(text.utf8).span) { return value }
        faults.append(
            fault(
                "'\(text ?? "")' is no decimal number",
                remedy: text?.contains(",") == true ? "write it with a point, as 0.01" : ""))
        return nil
    }
}

extension YAMLMapping {
    /// How many units of `epoch` make a second; nil where there is none or, with a fault, a wrong
    /// one.
    func unitsPerSecond(faults: inout [YAMLFault]) -> Int64? {
        switch choice("epoch", among: ["s", "ms", "us", "ns"], faults: &faults) {
        case "s": 1
        case "ms": 1000
        case "us": 1_000_000
        case "ns": 1_000_000_000
        default: nil
        }
    }

    /// A length of time in milliseconds.
    func duration(_ key: String, faults: inout [YAMLFault]) -> Int64? {
        guard let value = value(key) else { return nil }
        if let length = value.text.flatMap({ parseDuration($0) }) { return length }
        faults.append(value.fault("'\(key)' must be a length of time as in 30s, 10m, 7d"))
        return nil
    }

    /// An instant in milliseconds since 1970.
    func instant(_ key: String, faults: inout [YAMLFault]) -> Int64? {
        guard let value = value(key) else { return nil }
        if let text = value.text, let time = parseRFC3339(Array(text.utf8).span) { return time }
        faults.append(value.fault("'\(key)' must be a time as in 2026-01-01T00:00:00Z"))
        return nil
    }
}

/// `activePower`, `Active-Power` and `active power` as `active_power`.
func snakeCase(_ name: String) -> String {
    var text = ""
    var isAfterSmall = false
    for character in name {
        if character.isUppercase, isAfterSmall { text += "_" }
        text += character == "-" || character == " " ? "_" : character.lowercased()
        isAfterSmall = character.isLowercase || character.isNumber
    }
    return text
}
