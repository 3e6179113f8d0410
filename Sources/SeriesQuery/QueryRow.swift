import Telemetry
import Windows

/// One row of an answer: one series, one interval.
///
/// It becomes the next row once it was handed over: to copy each would take as long as to find it.
public struct QueryRow: ~Copyable, Sendable {
    /// The number of the series in its store.
    public let series: SeriesID
    public let descriptor: SeriesDescriptor
    /// Start of the interval, milliseconds since 1970 UTC.
    public private(set) var time: Int64 = 0
    /// In the order of the plan's statistics; nil where the series has none.
    public private(set) var values: [QueryValue?]
    private let statistics: [Statistic?]

    /// A row for each interval of a series in turn.
    init(_ series: SeriesID, _ descriptor: SeriesDescriptor, _ statistics: [Statistic]) {
        let available = Statistic.available(for: descriptor.kind)
        self.series = series
        self.descriptor = descriptor
        self.statistics = statistics.map { available.contains($0) ? $0 : nil }
        values = statistics.map { _ in nil }
    }

    /// The fields of windows that it shows.
    var fields: WindowFields {
        statistics.reduce(into: []) { fields, statistic in
            fields.formUnion(statistic?.fields ?? [])
        }
    }

    mutating func answer(_ interval: borrowing Interval) {
        time = interval.start
        for index in values.indices {
            guard let statistic = statistics[index] else { continue }
            values[index] = interval.value(of: statistic, descriptor)
        }
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
    fileprivate borrowing func value(
        of statistic: Statistic, _ series: SeriesDescriptor
    ) -> QueryValue? {
        if isReading, statistic.needsNeighbours { return nil }
        switch statistic {
        case .count: return .count(window.count)
        case .revision: return .count(window.revision)
        case .late: return .count(window.lateCount)
        case .mean: return mean(series.kind)
        case .min: return hasReadings ? exact(window.minimum) : nil
        case .max: return hasReadings ? exact(window.maximum) : nil
        case .sum: return hasReadings ? .exact(window.sum) : nil
        case .first: return hasReadings ? exact(window.first) : nil
        case .last:
            guard hasReadings else { return nil }
            return series.kind == .state
                ? .name(name(window.last.bits, series.states)) : exact(window.last)
        case .integral: return .exact(window.integral)
        case .coverage: return coverage
        case .increase: return hasReadings ? .exact(window.increase) : nil
        case .rate: return rate
        case .resets: return .count(window.resets)
        case .transitions: return .count(window.transitions)
        case .seconds: return .durations(durations(series.states))
        }
    }

    private borrowing func mean(_ kind: MetricKind) -> QueryValue? {
        if kind == .steppedGauge, window.covered > 0 {
            return .rounded(window.integral.divided(by: window.covered))
        }
        return hasReadings ? .rounded(window.sum.divided(by: window.count)) : nil
    }

    private var coverage: QueryValue? {
        guard let length, length > 0 else { return nil }
        return .rounded(Double(window.covered) / Double(length))
    }

    /// Per second, over the whole interval.
    private var rate: QueryValue? {
        guard let length, length > 0, hasReadings else { return nil }
        return .rounded(window.increase.double / (Double(length) / 1000))
    }

    private borrowing func durations(
        _ states: [Int64: String]
    ) -> [(name: String, seconds: Double)] {
        window.durations.map { entry in
            (name(entry.state, states), Double(entry.milliseconds) / 1000)
        }
    }

    private borrowing func name(_ state: Int64, _ states: [Int64: String]) -> String {
        states[state] ?? String(state)
    }

    private borrowing func exact(_ value: Value) -> QueryValue {
        .exact(ExactSum(of: value))
    }
}
