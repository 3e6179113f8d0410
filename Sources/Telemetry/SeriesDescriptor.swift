/// What a series is: its name, its labels and how its readings are kept.
public struct SeriesDescriptor: Sendable, Equatable {
    /// Which metric of which device.
    public var key: SeriesKey
    /// How the values are to be understood.
    public var kind: MetricKind
    /// The UCUM code of the stored unit, `1` for a plain number.
    public var unit: String
    /// The length of the base window, in milliseconds; ``rawStep`` keeps readings as they came.
    public var step: Int64
    /// How long after its end a window waits for late readings, in milliseconds; nil: for ever,
    /// as when old recordings are brought in.
    public var horizon: Int64?
    /// The names of the conditions of a state, by their number; empty for other kinds.
    public var states: [Int64: String]
    /// Of a counter, the total at which it begins again from zero, in the stored unit: a decimal
    /// above 0. nil where nobody knows, and for other kinds.
    public var modulus: Value?

    /// One minute, DESIGN's base window.
    public static let stepDefault: Int64 = 60_000
    /// Ten minutes.
    public static let horizonDefault: Int64 = 600_000
    /// The step of series whose readings stay as they came.
    public static let rawStep: Int64 = 0

    public init(
        key: SeriesKey, kind: MetricKind, unit: String, step: Int64 = stepDefault,
        horizon: Int64? = horizonDefault, states: [Int64: String] = [:],
        modulus: Value? = nil
    ) {
        self.key = key
        self.kind = kind
        self.unit = unit
        self.step = step
        self.horizon = horizon
        self.states = states
        self.modulus = modulus
    }
}

/// A metric name with labels: `active_power{device="pac-1",site="mairie"}`.
public struct SeriesKey: Sendable, Hashable {
    /// snake_case, without the unit.
    public let metric: String
    /// Sorted by name; names are unique.
    public let labels: [Label]

    /// One label of a series.
    ///
    /// Values are compared byte by byte, as MQTT compares the topics that they come from: an `é`
    /// and an `e` with an accent are two values.
    public struct Label: Sendable, Hashable {
        public let name: String
        public let value: String

        public static func == (left: Label, right: Label) -> Bool {
            left.name == right.name && left.value.utf8.elementsEqual(right.value.utf8)
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            for byte in value.utf8 { hasher.combine(byte) }
        }

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Labels may come in any order; of two with one name the last counts.
    public init(metric: String, labels: [String: String] = [:]) {
        self.metric = metric
        self.labels = labels.sorted { $0.key < $1.key }.map { Label(name: $0.key, value: $0.value) }
    }

    /// The value of a label, nil where the series has none of that name.
    public func label(_ name: String) -> String? {
        labels.first { $0.name == name }?.value
    }
}

extension SeriesKey: CustomStringConvertible, Comparable {
    /// The canonical text: labels sorted, values quoted as Prometheus quotes them.
    public var description: String {
        if labels.isEmpty { return metric }
        let list = labels.map { "\($0.name)=\"\(escapedLabelValue($0.value))\"" }
        return metric + "{" + list.joined(separator: ",") + "}"
    }

    /// The order of listings: by metric, then by labels.
    public static func < (left: SeriesKey, right: SeriesKey) -> Bool {
        left.description < right.description
    }

    /// Reads the canonical text (or any order of labels), nil where it is none.
    public init?(parsing text: String) {
        let scalars = text.unicodeScalars
        guard let brace = scalars.firstIndex(of: "{") else {
            guard isName(text) else { return nil }
            self.init(metric: text)
            return
        }
        let metric = String(scalars[..<brace])
        guard isName(metric), scalars.last == "}" else { return nil }
        var rest = Substring(text).unicodeScalars[scalars.index(after: brace)...].dropLast()
        var labels: [String: String] = [:]
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let name = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard isName(name), let value = takeQuoted(&rest) else { return nil }
            labels[name] = value
            if rest.first == "," {
                rest = rest.dropFirst()
            } else if !rest.isEmpty {
                return nil
            }
        }
        self.init(metric: metric, labels: labels)
    }
}

/// Whether a text can name a metric or label: letters, digits and `_`. A profile's metrics do not
/// begin with a digit; the series of a recording may.
public func isName(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        }
}

/// Whether a text can be a UCUM code: printable ASCII without blanks. Which codes there are is left
/// to those who write them.
public func isUnitCode(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
}

/// A label value with `\`, `"` and line feed escaped as in Prometheus' text format.
///
/// Scalar by scalar, because a combining mark makes one character with the quote before it.
public func escapedLabelValue(_ value: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
        switch scalar {
        case "\\", "\"": escaped.append(contentsOf: ["\\", scalar])
        case "\n": escaped.append(contentsOf: ["\\", "n"])
        default: escaped.append(scalar)
        }
    }
    return String(escaped)
}

/// Takes a quoted and escaped text off the front, nil where there is none.
public func takeQuoted(_ rest: inout Substring.UnicodeScalarView) -> String? {
    guard rest.first == "\"" else { return nil }
    var value = String.UnicodeScalarView()
    var index = rest.index(after: rest.startIndex)
    while index < rest.endIndex {
        let scalar = rest[index]
        index = rest.index(after: index)
        if scalar == "\"" {
            rest = rest[index...]
            return String(value)
        }
        guard scalar == "\\" else {
            value.append(scalar)
            continue
        }
        guard index < rest.endIndex else { return nil }
        value.append(rest[index] == "n" ? "\n" : rest[index])
        index = rest.index(after: index)
    }
    return nil
}
