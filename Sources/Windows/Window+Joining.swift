import Telemetry

extension Window {
    /// Joins a window of the same series whose readings all come later: the two become one
    /// that covers both, exactly as if their readings had been one set.
    public mutating func append(_ next: Window, rule: WindowRule) {
        var end = CounterEnd(of: self)
        if rule.kind == .counter {
            add(end.advance(to: next, rule: rule))
            if count == 1 { keepSecond(next.first, at: next.firstTime, rule: rule) }
        } else {
            hold(until: next.firstTime, next: next.first, rule: rule)
        }
        appendContents(next)
        fallenFrom = end.fallenFrom
    }

    /// The same, without what lies between the two: for windows that a caller joins across the
    /// edges of longer intervals, where it books that itself.
    public mutating func appendContents(_ next: Window) {
        addCommutative(next)
        addOrdered(next)
        lastTime = next.lastTime
        last = next.last
    }

    /// Puts the first readings into a window of none, in which only what was booked between others
    /// is: that is added to theirs. Of gauges and amounts what depends on order is not taken over.
    public mutating func takeContents(of next: Window, rule: WindowRule) {
        guard rule.kind.dependsOnOrder else { return takeUnordered(next) }
        let booked = self
        self = next
        addOrdered(booked)
    }

    /// Takes over what a kind has that does not depend on order: a window is long to copy.
    private mutating func takeUnordered(_ next: Window) {
        (start, count) = (next.start, next.count)
        (firstTime, lastTime, last) = (next.firstTime, next.lastTime, next.last)
        (minimum, maximum, sum) = (next.minimum, next.maximum, next.sum)
        (lateCount, revision) = (next.lateCount, next.revision)
    }

    /// Counts no readings any more, and nothing that was booked between others. Extremes and ends
    /// mean nothing until ``takeContents(of:rule:)`` sets them.
    ///
    /// - Parameter start: milliseconds since 1970 UTC.
    public mutating func removeContents(start: Int64) {
        self.start = start
        (count, lateCount, revision) = (0, 0, 0)
        (sum, integral, increase) = (ExactSum(), ExactSum(), ExactSum())
        (covered, resets, transitions) = (0, 0, 0)
        (second, fallenFrom) = (nil, nil)
        if !durations.isEmpty { durations = [] }
    }

    /// What lies between readings.
    private mutating func addOrdered(_ other: Window) {
        integral.add(other.integral)
        covered += other.covered
        increase.add(other.increase)
        resets += other.resets
        transitions += other.transitions
        for duration in other.durations { add(duration.milliseconds, to: duration.state) }
    }

    /// Joins another window of the same series, whatever the order of their readings.
    ///
    /// Where the two do not interleave, the result is exact. Where they do (late readings that
    /// fall between those of a settled window), count, sum, extremes, first and last are
    /// exact; what depends on order is left as it was, and `lateCount` marks the window.
    public mutating func join(_ other: Window, rule: WindowRule) {
        if !rule.kind.dependsOnOrder {
            let isLater = (lastTime, last) < (other.lastTime, other.last)
            addCommutative(other)
            if isLater { (lastTime, last) = (other.lastTime, other.last) }
            return
        }
        if other.firstTime > lastTime {
            append(other, rule: rule)
        } else if other.lastTime < firstTime {
            var earlier = other
            earlier.start = start
            earlier.append(self, rule: rule)
            self = earlier
        } else {
            addCommutative(other)
            // What would decide a doubt is not known any more.
            if (other.firstTime, first) < (firstTime, other.first) { second = nil }
            if (lastTime, last) < (other.lastTime, other.last) { fallenFrom = nil }
            // Ties of one instant go to the greater value, so that no order of arrival matters.
            if (other.firstTime, first) < (firstTime, other.first) {
                (firstTime, first) = (other.firstTime, other.first)
            }
            if (lastTime, last) < (other.lastTime, other.last) {
                (lastTime, last) = (other.lastTime, other.last)
            }
        }
    }

    /// What is exact in any order.
    private mutating func addCommutative(_ other: Window) {
        count += other.count
        sum.add(other.sum)
        if other.minimum < minimum { minimum = other.minimum }
        if maximum < other.maximum { maximum = other.maximum }
        lateCount += other.lateCount
        revision += other.revision
    }
}

extension Window {
    /// Derives a counter's increase anew where a meter was replaced between the window's first and
    /// last reading: a sum over two meters, each of which only rose.
    ///
    /// Windows are kept as their readings had them, and this is done with each that is read. So a
    /// replacement may be entered, or withdrawn, long after the window was settled. Resets and
    /// faults inside a window in which a meter was replaced are not told apart from it.
    public mutating func allowForReplacements(_ rule: WindowRule) {
        guard rule.replacement(after: firstTime, until: lastTime) != nil else { return }
        second = nil
        fallenFrom = nil
        if count == 2 { keepSecond(last, at: lastTime, rule: rule) }
        var end = CounterEnd(time: firstTime, last: first)
        let rise = end.advance(to: last, at: lastTime, followedBy: .reading(nil), rule: rule)
        (increase, resets) = (rise.increase, rise.resets)
    }
}

extension MetricKind {
    /// Whether statistics of this kind depend on the order of readings.
    public var dependsOnOrder: Bool {
        switch self {
        case .gauge, .amount: false
        case .counter, .state, .steppedGauge: true
        }
    }
}
