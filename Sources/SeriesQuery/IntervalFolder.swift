import Telemetry
import Windows

/// One interval of an answer.
struct Interval {
    var start: Int64
    /// Milliseconds of the interval, nil where it has no bounds.
    var length: Int64?
    /// nil where no reading lies in it, only what held on from before.
    var window: Window?
    var held = Window(start: 0)
}

/// Folds the windows of one series into the intervals of an answer.
///
/// What lies between two windows is booked here: a counter's rise goes to the interval of the later
/// window; a state or a stepped gauge holds its value across the gap, and each interval gets
/// its part of it.
struct IntervalFolder {
    private let rule: WindowRule
    private let step: CivilStep?
    private let zone: CivilZone
    private let range: Range<Int64>
    private let now: Int64
    private var intervals: [Interval] = []
    private var previous: Window?
    /// Of a counter, where the windows so far leave it.
    private var counterEnd: CounterEnd?
    private var currentEnd = Int64.min

    private var kind: MetricKind { rule.kind }

    init(rule: WindowRule, step: CivilStep?, zone: CivilZone, range: Range<Int64>, now: Int64) {
        self.rule = rule
        self.step = step
        self.zone = zone
        self.range = range
        self.now = now
    }

    /// Takes the next window; the first ones may lie before the range.
    mutating func add(_ window: Window) {
        defer { previous = window }
        let rise = kind == .counter ? advanceCounter(to: window) : nil
        guard window.start >= range.lowerBound else { return }
        if let previous, kind != .counter {
            hold(previous, until: window.firstTime)
        }
        let index = intervalIndex(of: window.start)
        if let rise { book(rise, in: index) }
        if kind == .state, let previous, previous.last != window.first {
            intervals[index].held.transitions += 1
        }
        if intervals[index].window == nil {
            intervals[index].window = window
        } else if kind.dependsOnOrder {
            intervals[index].window?.appendContents(window)
        } else {
            intervals[index].window?.join(window, rule: rule)
        }
    }

    /// The intervals, in order of time.
    mutating func finish() -> [Interval] {
        if let previous, kind != .counter {
            hold(previous, until: min(range.upperBound, now))
        }
        return intervals.filter { $0.window != nil || $0.held.covered > 0 }
    }

    /// What a counter rose since the window before; nil for the first window.
    private mutating func advanceCounter(to window: Window) -> CounterRise? {
        if counterEnd == nil {
            counterEnd = CounterEnd(of: window)
            return nil
        }
        return counterEnd?.advance(to: window, rule: rule)
    }

    private mutating func book(_ rise: CounterRise, in index: Int) {
        intervals[index].held.increase.add(rise.increase)
        intervals[index].held.resets += rise.resets
    }

    /// Books a value that holds from a window's last reading, interval by interval.
    private mutating func hold(_ window: Window, until end: Int64) {
        guard kind == .state || kind == .steppedGauge else { return }
        var time = max(window.lastTime, range.lowerBound)
        let end = min(end, range.upperBound, window.lastTime + Window.holdMaximum)
        while time < end {
            let index = intervalIndex(of: time)
            let stop = min(end, currentEnd)
            let held = stop - time
            intervals[index].held.covered += held
            if kind == .state {
                intervals[index].held.add(held, to: window.last.bits)
            } else {
                intervals[index].held.integral.add(window.last, times: held)
            }
            time = stop
        }
    }

    /// The interval that holds an instant: the newest, or a new one. Instants never go back.
    private mutating func intervalIndex(of instant: Int64) -> Int {
        if !intervals.isEmpty, instant < currentEnd { return intervals.count - 1 }
        guard let step else {
            let start = range.lowerBound == .min ? instant : range.lowerBound
            currentEnd = .max
            let length = range.upperBound == .max ? nil : range.upperBound - start
            intervals.append(Interval(start: start, length: length))
            return intervals.count - 1
        }
        let start = step.start(of: instant, zone: zone)
        currentEnd = step.end(from: start, zone: zone)
        intervals.append(Interval(start: start, length: currentEnd - start))
        return intervals.count - 1
    }
}
