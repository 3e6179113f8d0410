import Telemetry

/// What is known about one series between two instants: the statistics of a set of readings.
///
/// A window comes from a set of readings (``WindowFolding``), or from windows one after
/// another (``append(_:rule:)``): 60 minutes make an hour, 24 hours a day. Both ways give
/// the same, because every field is a sum, an extreme, or belongs to the first or the last reading.
/// What depends on order (a counter's increase, the seconds of a state) is kept *inside* the window
/// only, from its first reading to its last; what happens between two windows is derived from
/// their ends when they are joined. So a late window joins exactly, and no state is carried
/// from one window to the next on the disk.
public struct Window: Sendable {
    /// Start of the half-open interval, milliseconds since 1970 UTC. For readings kept as they
    /// came (`step: raw`), the reading's own time.
    public var start: Int64
    /// How many readings.
    public var count: Int64 = 0
    /// Times of the first and the last reading. A plain gauge keeps the last alone.
    public var firstTime: Int64 = 0
    public var lastTime: Int64 = 0
    /// Values of the first and the last reading. A plain gauge keeps the last alone.
    public var first = Value(0)
    public var last = Value(0)
    /// Extremes of a gauge.
    public var minimum = Value(0)
    public var maximum = Value(0)
    /// Sum of a gauge's or an amount's values.
    public var sum = ExactSum()
    /// A stepped gauge's value × milliseconds, each value held until the next reading.
    public var integral = ExactSum()
    /// Milliseconds for which a stepped gauge or state was known, between first and last reading.
    public var covered: Int64 = 0
    /// What a counter rose from its first to its last reading, resets and roll-over allowed for
    /// (``CounterEnd``), but for a last reading that is in doubt.
    public var increase = ExactSum()
    /// How often a counter fell and began again.
    public var resets: Int64 = 0
    /// Of a counter, the second reading, where it is above the first and twice that or more: then
    /// the first may turn out to have been a fault.
    public var second: Value?
    /// Of a counter, the reading before the last, where the last one fell from it and is in doubt.
    public var fallenFrom: Value?
    /// How often a state changed.
    public var transitions: Int64 = 0
    /// Milliseconds in each state, sorted by the state's number.
    public var durations: [StateDuration] = []
    /// Readings that arrived after the window had been settled.
    public var lateCount: Int64 = 0
    /// How often late readings changed the settled window.
    public var revision: Int64 = 0

    /// Time spent in one state.
    public struct StateDuration: Sendable, Equatable {
        public var state: Int64
        public var milliseconds: Int64

        public init(state: Int64, milliseconds: Int64) {
            self.state = state
            self.milliseconds = milliseconds
        }
    }

    /// A value holds until the next reading, but no longer than this (one hour): a device that
    /// died must not be averaged for ever.
    public static let holdMaximum: Int64 = 3_600_000

    /// An empty window, to be filled by a store that reads one back.
    public init(start: Int64) {
        self.start = start
    }

    /// The window of one reading.
    public init(_ reading: Reading, start: Int64, kind: MetricKind) {
        self.start = start
        count = 1
        firstTime = reading.time
        lastTime = reading.time
        first = reading.value
        last = reading.value
        if reading.quality.contains(.late) {
            lateCount = 1
            revision = 1
        }
        switch kind {
        case .gauge, .steppedGauge:
            minimum = first
            maximum = first
            sum.add(first)
        case .amount:
            sum.add(first)
        case .counter, .state:
            break
        }
    }

    /// Adds the reading that follows the window's last one.
    public mutating func append(_ reading: Reading, rule: WindowRule) {
        let value = reading.value
        if rule.kind == .counter {
            rise(to: value, at: reading.time, rule: rule)
        }
        count += 1
        switch rule.kind {
        case .gauge:
            addGauge(value)
        case .steppedGauge:
            hold(until: reading.time, next: value, rule: rule)
            addGauge(value)
        case .amount:
            sum.add(value)
        case .counter:
            break
        case .state:
            hold(until: reading.time, next: value, rule: rule)
        }
        lastTime = reading.time
        last = value
        if reading.quality.contains(.late) {
            lateCount += 1
            revision = 1
        }
    }

    @inline(__always)
    private mutating func addGauge(_ value: Value) {
        if value < minimum { minimum = value }
        if maximum < value { maximum = value }
        sum.add(value)
    }

    /// Books what a counter rose with the reading that follows.
    private mutating func rise(to value: Value, at time: Int64, rule: WindowRule) {
        var end = CounterEnd(of: self)
        add(end.advance(to: value, at: time, followedBy: .nothing, rule: rule))
        fallenFrom = end.fallenFrom
        if count == 1 { keepSecond(value, at: time, rule: rule) }
    }

    /// Adds what a counter rose.
    mutating func add(_ rise: CounterRise) {
        increase.add(rise.increase)
        resets += rise.resets
    }

    /// Remembers what followed the first reading where that may be a fault: the second one, or the
    /// last index of a meter that was replaced before it.
    mutating func keepSecond(_ value: Value, at time: Int64, rule: WindowRule) {
        let follower = rule.replacement(after: firstTime, until: time)?.oldIndex ?? value
        second = first < follower && first.isHalf(of: follower) ? follower : nil
    }

    /// Books how long a value or state held between the last reading and the next one.
    mutating func hold(until time: Int64, next value: Value, rule: WindowRule) {
        switch rule.kind {
        case .gauge, .amount, .counter:
            break
        case .steppedGauge:
            let held = min(time - lastTime, Window.holdMaximum)
            integral.add(last, times: held)
            covered += held
        case .state:
            let held = min(time - lastTime, Window.holdMaximum)
            add(held, to: last.bits)
            covered += held
            if last != value { transitions += 1 }
        }
    }

    /// Adds time to a state, keeping the list sorted.
    public mutating func add(_ milliseconds: Int64, to state: Int64) {
        let index = durations.firstIndex { $0.state >= state } ?? durations.endIndex
        if index < durations.endIndex, durations[index].state == state {
            durations[index].milliseconds += milliseconds
        } else {
            durations.insert(
                StateDuration(state: state, milliseconds: milliseconds), at: index)
        }
    }
}
