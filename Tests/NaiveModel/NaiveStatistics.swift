import Telemetry
import Windows

/// The statistics that a kind has, exact: decimals as integers on the grid of 10^-18.
public struct NaiveStatistics: Equatable {
    public var count: Int64 = 0
    public var sum: Int128?
    public var minimum: Int128?
    public var maximum: Int128?
    public var first: Int128?
    public var last: Int128?
    public var integral: Int128?
    public var covered: Int64?
    public var increase: Int128?
    public var resets: Int64?
    public var transitions: Int64?
    public var milliseconds: [Int64: Int64]?

    /// The statistics of readings in order of time, one at least.
    public init(of readings: [Reading], kind: MetricKind, modulus: Value? = nil) {
        count = Int64(readings.count)
        let values = readings.map { exact($0.value) }
        if kind == .gauge || kind == .steppedGauge {
            minimum = values.min()
            maximum = values.max()
        }
        if kind == .gauge || kind == .steppedGauge || kind == .amount {
            sum = values.reduce(0, +)
        }
        if kind != .amount { last = values.last }
        if kind == .counter || kind == .state || kind == .steppedGauge { first = values.first }
        let pairs = Array(zip(readings, readings.dropFirst()))
        switch kind {
        case .gauge, .amount:
            break
        case .steppedGauge:
            integral = pairs.reduce(0) { $0 + exact($1.0.value) * Int128(held($1.0, $1.1)) }
            covered = pairs.reduce(0) { $0 + held($1.0, $1.1) }
        case .counter:
            let believed = naiveBelieved(values)
            increase = 0
            resets = 0
            for (earlier, later) in zip(believed, believed.dropFirst()) {
                let rise = naiveRise(from: earlier, to: later, modulus: modulus.map { exact($0) })
                increase? += rise.increase
                resets? += rise.isReset ? 1 : 0
            }
        case .state:
            milliseconds = [:]
            transitions = 0
            covered = pairs.reduce(0) { $0 + held($1.0, $1.1) }
            for (earlier, later) in pairs {
                milliseconds?[earlier.bits, default: 0] += held(earlier, later)
                transitions? += earlier.bits == later.bits ? 0 : 1
            }
        }
        milliseconds = milliseconds?.filter { $0.value > 0 }
    }

    /// What a window says, field by field.
    public init(of window: Window, kind: MetricKind) {
        count = window.count
        if kind == .gauge || kind == .steppedGauge {
            minimum = exact(window.minimum)
            maximum = exact(window.maximum)
        }
        if kind == .gauge || kind == .steppedGauge || kind == .amount { sum = exact(window.sum) }
        if kind != .amount { last = exact(window.last) }
        if kind == .counter || kind == .state || kind == .steppedGauge {
            first = exact(window.first)
        }
        switch kind {
        case .gauge, .amount:
            break
        case .steppedGauge:
            integral = exact(window.integral)
            covered = window.covered
        case .counter:
            increase = exact(window.increase)
            resets = window.resets
        case .state:
            transitions = window.transitions
            covered = window.covered
            milliseconds = [:]
            for entry in window.durations where entry.milliseconds > 0 {
                milliseconds?[entry.state, default: 0] += entry.milliseconds
            }
        }
    }

    /// Without what depends on the order of readings: what is promised even for late readings
    /// that fall between those of a settled window.
    public var withoutOrder: NaiveStatistics {
        var rest = self
        rest.integral = nil
        rest.covered = nil
        rest.increase = nil
        rest.resets = nil
        rest.transitions = nil
        rest.milliseconds = nil
        return rest
    }
}

/// A counter's readings without those that fell to a half or less and were made good by the next
/// one, and without such a fall at the end, which nothing has confirmed yet.
private func naiveBelieved(_ values: [Int128]) -> [Int128] {
    values.indices.filter { index in
        guard index > 0, values[index] < values[index - 1],
            2 * values[index] <= values[index - 1]
        else { return true }
        return index + 1 < values.count && values[index + 1] < values[index - 1]
    }.map { values[$0] }
}

/// What a counter rose, decimals on one grid: a fall from the last tenth to the first is a
/// roll-over, any other a reset.
private func naiveRise(
    from earlier: Int128, to later: Int128, modulus: Int128?
) -> (increase: Int128, isReset: Bool) {
    if later >= earlier { return (later - earlier, false) }
    if let modulus, earlier < modulus, later >= 0, modulus - earlier <= modulus / 10,
        later <= modulus / 10
    {
        return (modulus - earlier + later, false)
    }
    return (later, true)
}

/// A value holds until the next reading, an hour at most.
private func held(_ earlier: Reading, _ later: Reading) -> Int64 {
    min(later.time - earlier.time, 3_600_000)
}

/// A sum on the grid of 10^-18; nil where it is a double.
private func exact(_ sum: ExactSum) -> Int128? {
    guard sum.scale >= 0 else { return nil }
    return sum.total * Int128(powersOfTen[18 - Int(sum.scale)])
}
