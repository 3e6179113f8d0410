/// How the readings of a metric are to be understood, and so which statistics exist.
///
/// Raw values stand in the store and in blocks: they are never renumbered.
public enum MetricKind: UInt8, Sendable, CaseIterable {
    /// A value that rises and falls: temperature, power, CO2.
    case gauge = 1
    /// A total that only rises, but for resets and roll-over: an energy meter's index.
    case counter = 2
    /// What happened since the last message: pulses, events.
    case amount = 3
    /// One of named conditions, numbered by the profile.
    case state = 4
    /// A gauge that reports when it changes: its value holds until the next reading.
    case steppedGauge = 5

    /// The name in profiles, on the command line and in machine formats.
    public var name: String {
        switch self {
        case .gauge, .steppedGauge: "gauge"
        case .counter: "counter"
        case .amount: "amount"
        case .state: "state"
        }
    }

    /// The kind that a profile or option names; `weighting` is `time` or nil.
    public init?(name: String, weighting: String? = nil) {
        switch (name, weighting) {
        case ("gauge", nil): self = .gauge
        case ("gauge", "time"): self = .steppedGauge
        case ("counter", nil): self = .counter
        case ("amount", nil): self = .amount
        case ("state", nil): self = .state
        default: return nil
        }
    }
}
