import Telemetry

/// Turns sets of readings into windows, and windows into longer ones.
public enum WindowFolding {
    /// Hands over the windows of one series, one after another.
    ///
    /// - Parameters:
    ///   - readings: of one series, sorted by time and sequence, each once (``ReadingSet``).
    ///   - step: length of a window in milliseconds; 0 keeps a window for each instant.
    public static func forEachWindow(
        of readings: ArraySlice<Reading>, rule: WindowRule, step: Int64,
        _ body: (Window) throws -> Void
    ) rethrows {
        var open: Window?
        for reading in readings {
            let start = windowStart(of: reading.time, step: step)
            if open?.start == start {
                open?.append(reading, rule: rule)
            } else {
                if let open { try body(open) }
                open = Window(reading, start: start, kind: rule.kind)
            }
        }
        if let open { try body(open) }
    }

    /// The same windows as an array.
    public static func windows(
        of readings: ArraySlice<Reading>, rule: WindowRule, step: Int64
    ) -> [Window] {
        var windows: [Window] = []
        forEachWindow(of: readings, rule: rule, step: step) { windows.append($0) }
        return windows
    }

    /// Joins windows that have the same start, after sorting them by start.
    ///
    /// - Parameter windows: of one series and step, in any order; those of one start in the order
    ///   in which they were settled.
    public static func joined(_ windows: [Window], rule: WindowRule) -> [Window] {
        var result: [Window] = []
        result.reserveCapacity(windows.count)
        for window in sortedByStart(windows) {
            if let last = result.indices.last, result[last].start == window.start {
                result[last].join(window, rule: rule)
            } else {
                result.append(window)
            }
        }
        return result
    }

    /// Puts the sum over its meters into each window in which a meter was replaced.
    public static func allowForReplacements(in windows: inout [Window], rule: WindowRule) {
        if rule.replacements.isEmpty { return }
        for index in windows.indices { windows[index].allowForReplacements(rule) }
    }

    /// Folds windows into those of a longer step.
    ///
    /// - Parameters:
    ///   - windows: of one series, sorted by start, one for each start.
    ///   - start: the longer window's start for an instant.
    public static func coarsened(
        _ windows: some Sequence<Window>, rule: WindowRule, start: (Int64) -> Int64
    ) -> [Window] {
        var result: [Window] = []
        var coarsener = WindowCoarsener(rule: rule)
        for window in windows {
            coarsener.add(window, start: start(window.start)) { result.append($0) }
        }
        coarsener.finish { result.append($0) }
        return result
    }
}

/// Folds windows into those of a longer step, one after another.
public struct WindowCoarsener {
    private let rule: WindowRule
    private var open: Window?

    public init(rule: WindowRule) {
        self.rule = rule
    }

    /// Takes the next window of a series, in order of start.
    ///
    /// - Parameters:
    ///   - start: the start of the longer window that it belongs to.
    ///   - body: gets the longer window before that one, which is whole by now.
    public mutating func add(
        _ window: Window, start: Int64, _ body: (Window) throws -> Void
    ) rethrows {
        if open?.start == start {
            if rule.kind.dependsOnOrder {
                open?.append(window, rule: rule)
            } else {
                open?.join(window, rule: rule)
            }
            return
        }
        try finish(body)
        open = window
        open?.start = start
    }

    /// Gives the last longer window away.
    public mutating func finish(_ body: (Window) throws -> Void) rethrows {
        if let open { try body(open) }
        open = nil
    }
}

/// The start of the window that holds an instant; the instant itself where readings stay raw.
@inlinable
public func windowStart(of time: Int64, step: Int64) -> Int64 {
    if step <= 0 { return time }
    let remainder = time % step
    return time - (remainder < 0 ? remainder + step : remainder)
}

/// Stable by start: what was settled first comes first.
private func sortedByStart(_ windows: [Window]) -> [Window] {
    var isSorted = true
    for index in windows.indices.dropFirst()
    where windows[index].start < windows[index - 1].start {
        isSorted = false
        break
    }
    if isSorted { return windows }
    let order = windows.indices.sorted {
        (windows[$0].start, $0) < (windows[$1].start, $1)
    }
    return order.map { windows[$0] }
}
