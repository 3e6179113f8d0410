import Telemetry
import Windows

/// One interval of an answer.
struct Interval: ~Copyable {
    private(set) var start: Int64
    /// Milliseconds of the interval, nil where it has no bounds.
    private(set) var length: Int64?
    /// What is known of it; of no readings, where only what held on from before lies in it.
    var window: Window
    /// Whether it is one of the readings that stay as they came: between these nothing is booked.
    let isReading: Bool

    init(isReading: Bool = false) {
        start = 0
        length = nil
        window = Window(start: 0)
        self.isReading = isReading
    }

    var hasReadings: Bool { window.count > 0 }

    /// Becomes another interval, of which nothing is known.
    mutating func begin(start: Int64, length: Int64?) {
        (self.start, self.length) = (start, length)
        window.removeContents(start: start)
    }
}

/// Folds the windows of one series into the intervals of an answer, one after another.
///
/// What lies between two windows is booked here: a counter's rise goes to the interval of the later
/// window; a state or a stepped gauge holds its value across the gap, and each interval gets
/// its part of it.
struct IntervalFolder: ~Copyable {
    private let rule: WindowRule
    private let step: CivilStep?
    private let zone: CivilZone
    private let range: Range<Int64>
    private let now: Int64
    /// The newest interval. Instants never go back: those before it are whole and were given away.
    private var interval = Interval()
    private var isOpen = false
    private var intervalEnd = Int64.min
    private var previous: Window?
    /// Of a counter, where the windows so far leave it.
    private var counterEnd: CounterEnd?

    private var kind: MetricKind { rule.kind }
    /// Whether a value holds from a window's last reading on.
    private var isHeld: Bool { kind == .state || kind == .steppedGauge }

    init(rule: WindowRule, step: CivilStep?, zone: CivilZone, range: Range<Int64>, now: Int64) {
        self.rule = rule
        self.step = step
        self.zone = zone
        self.range = range
        self.now = now
    }

    /// Takes the next window; the first ones may lie before the range.
    ///
    /// - Parameter body: gets each interval that is whole by now.
    mutating func add(_ window: Window, _ body: (borrowing Interval) throws -> Void) rethrows {
        let rise = kind == .counter ? advanceCounter(to: window) : nil
        guard window.start >= range.lowerBound else {
            previous = window
            return
        }
        if isHeld, let previous { try hold(previous, until: window.firstTime, body) }
        try open(window.start, body)
        if let rise {
            interval.window.increase.add(rise.increase)
            interval.window.resets += rise.resets
        }
        if kind == .state, let previous, previous.last != window.first {
            interval.window.transitions += 1
        }
        if !interval.hasReadings {
            interval.window.takeContents(of: window, rule: rule)
        } else if kind.dependsOnOrder {
            interval.window.appendContents(window)
        } else {
            interval.window.join(window, rule: rule)
        }
        if kind.dependsOnOrder { previous = window }
    }

    /// Ends the last interval.
    mutating func finish(_ body: (borrowing Interval) throws -> Void) rethrows {
        if isHeld, let previous {
            try hold(previous, until: min(range.upperBound, now), body)
        }
        try giveAway(body)
    }

    private mutating func giveAway(_ body: (borrowing Interval) throws -> Void) rethrows {
        if isOpen, interval.hasReadings || interval.window.covered > 0 { try body(interval) }
        isOpen = false
    }

    /// What a counter rose since the window before; nil for the first window.
    private mutating func advanceCounter(to window: Window) -> CounterRise? {
        if counterEnd == nil {
            counterEnd = CounterEnd(of: window)
            return nil
        }
        return counterEnd?.advance(to: window, rule: rule)
    }

    /// Books a value that holds from a window's last reading, interval by interval.
    private mutating func hold(
        _ window: Window, until end: Int64, _ body: (borrowing Interval) throws -> Void
    ) rethrows {
        var time = max(window.lastTime, range.lowerBound)
        let end = min(end, range.upperBound, window.lastTime + Window.holdMaximum)
        while time < end {
            try open(time, body)
            let stop = min(end, intervalEnd)
            let held = stop - time
            interval.window.covered += held
            if kind == .state {
                interval.window.add(held, to: window.last.bits)
            } else {
                interval.window.integral.add(window.last, times: held)
            }
            time = stop
        }
    }

    /// Makes the interval that holds an instant the newest, if it is not.
    private mutating func open(
        _ instant: Int64, _ body: (borrowing Interval) throws -> Void
    ) rethrows {
        if isOpen, instant < intervalEnd { return }
        try giveAway(body)
        isOpen = true
        guard let step else {
            let start = range.lowerBound == .min ? instant : range.lowerBound
            intervalEnd = .max
            let length = range.upperBound == .max ? nil : range.upperBound - start
            interval.begin(start: start, length: length)
            return
        }
        let start = step.start(of: instant, zone: zone)
        intervalEnd = step.end(from: start, zone: zone)
        interval.begin(start: start, length: intervalEnd - start)
    }
}
