import Telemetry
import Windows

/// What can be asked of a window.
public enum Statistic: String, Sendable, CaseIterable {
    case count, mean, min, max, sum, first, last
    case integral, coverage
    case increase, rate, resets
    case seconds, transitions
    case revision, late

    /// What a kind of metric has.
    public static func available(for kind: MetricKind) -> [Statistic] {
        let all: [Statistic] = [.count, .revision, .late]
        switch kind {
        case .gauge: return [.mean, .min, .max, .sum, .last] + all
        case .steppedGauge:
            return [.mean, .min, .max, .sum, .last, .integral, .coverage] + all
        case .counter: return [.first, .last, .increase, .rate, .resets] + all
        case .amount: return [.sum] + all
        case .state: return [.seconds, .transitions, .last, .coverage] + all
        }
    }

    /// What it is computed from, where a kind has fields of its own for it.
    var fields: WindowFields {
        switch self {
        case .mean, .sum: .sum
        case .min, .max: .extremes
        case .last: .last
        case .revision, .late: .late
        case .count, .first, .integral, .coverage, .increase, .rate, .resets, .seconds,
            .transitions:
            []
        }
    }

    /// Whether it is about what happened between readings.
    var needsNeighbours: Bool {
        switch self {
        case .integral, .coverage, .increase, .rate, .resets, .seconds, .transitions: true
        case .count, .mean, .min, .max, .sum, .first, .last, .revision, .late: false
        }
    }

    /// Which of them is the value of a single reading.
    static func ofReading(_ kind: MetricKind) -> Statistic { kind == .amount ? .sum : .last }

    /// What a kind of metric shows where nothing is asked.
    public static func standard(for kind: MetricKind) -> [Statistic] {
        switch kind {
        case .gauge, .steppedGauge: [.mean, .min, .max]
        case .counter: [.increase]
        case .amount: [.sum]
        case .state: [.seconds]
        }
    }
}
