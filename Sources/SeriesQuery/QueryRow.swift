import Telemetry
import Windows

/// One row of an answer: one series, one interval.
public struct QueryRow: Sendable {
    public let descriptor: SeriesDescriptor
    /// Start of the interval, milliseconds since 1970 UTC.
    public let time: Int64
    /// In the order of the plan's statistics; nil where the series has none.
    public let values: [QueryValue?]

    /// - Parameter statistics: nil where the series has none.
    init(descriptor: SeriesDescriptor, interval: Interval, statistics: [Statistic?]) {
        self.descriptor = descriptor
        time = interval.start
        values = statistics.map { $0.flatMap { interval.value(of: $0, descriptor) } }
    }
}

/// One number of an answer, exact where it is exact.
public enum QueryValue: Sendable, Equatable {
    /// A decimal, digit for digit.
    case exact(ExactSum)
    /// A rounded quotient.
    case rounded(Double)
    case count(Int64)
    /// The name of a state.
    case name(String)
    /// Seconds by name of state.
    case durations([(name: String, seconds: Double)])

    public static func == (left: QueryValue, right: QueryValue) -> Bool {
        left.text == right.text
    }

    /// The value as the machine formats print it.
    public var text: String {
        switch self {
        case .exact(let sum): sum.description
        case .rounded(let value): doubleText(value)
        case .count(let count): String(count)
        case .name(let name): name
        case .durations(let list):
            list.map { "\($0.name)=\(doubleText($0.seconds))" }.joined(separator: " ")
        }
    }

    /// The nearest double, nil for names.
    public var number: Double? {
        switch self {
        case .exact(let sum): sum.double
        case .rounded(let value): value
        case .count(let count): Double(count)
        case .name, .durations: nil
        }
    }
}

extension Interval {
    fileprivate func value(
        of statistic: Statistic, _ descriptor: SeriesDescriptor
    ) -> QueryValue? {
        let kind = descriptor.kind
        if isReading, statistic.needsNeighbours { return nil }
        switch statistic {
        case .count: return .count(window?.count ?? 0)
        case .revision: return .count(window?.revision ?? 0)
        case .late: return .count(window?.lateCount ?? 0)
        case .mean: return mean(kind)
        case .min: return window.map { exact($0.minimum) }
        case .max: return window.map { exact($0.maximum) }
        case .sum: return window.map { .exact($0.sum) }
        case .first: return window.map { exact($0.first) }
        case .last:
            guard let window else { return nil }
            return kind == .state
                ? .name(name(window.last.bits, descriptor)) : exact(window.last)
        case .integral: return .exact(total(\.integral))
        case .coverage: return coverage
        case .increase: return window.map { _ in .exact(total(\.increase)) }
        case .rate: return rate
        case .resets: return .count((window?.resets ?? 0) + held.resets)
        case .transitions: return .count((window?.transitions ?? 0) + held.transitions)
        case .seconds: return .durations(durations(descriptor))
        }
    }

    private var covered: Int64 { (window?.covered ?? 0) + held.covered }

    private func total(_ sum: KeyPath<Window, ExactSum>) -> ExactSum {
        var total = held[keyPath: sum]
        if let window { total.add(window[keyPath: sum]) }
        return total
    }

    private func mean(_ kind: MetricKind) -> QueryValue? {
        if kind == .steppedGauge, covered > 0 {
            return .rounded(total(\.integral).divided(by: covered))
        }
        return window.map { .rounded($0.sum.divided(by: $0.count)) }
    }

    private var coverage: QueryValue? {
        guard let length, length > 0 else { return nil }
        return .rounded(Double(covered) / Double(length))
    }

    /// Per second, over the whole interval.
    private var rate: QueryValue? {
        guard let length, length > 0, window != nil else { return nil }
        return .rounded(total(\.increase).double / (Double(length) / 1000))
    }

    private func durations(
        _ descriptor: SeriesDescriptor
    ) -> [(name: String, seconds: Double)] {
        var sum = held
        for entry in window?.durations ?? [] { sum.add(entry.milliseconds, to: entry.state) }
        return sum.durations.map { entry in
            (name(entry.state, descriptor), Double(entry.milliseconds) / 1000)
        }
    }

    private func name(_ state: Int64, _ descriptor: SeriesDescriptor) -> String {
        descriptor.states[state] ?? String(state)
    }

    private func exact(_ value: Value) -> QueryValue {
        var sum = ExactSum()
        sum.add(value)
        return .exact(sum)
    }
}
