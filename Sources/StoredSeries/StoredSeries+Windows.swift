import Telemetry
import Windows

/// Windows of a series, one at a time: memory is bounded by a block, whatever the range.
extension StoredSeries {
    /// What series have that is not in blocks yet, for
    /// ``forEachWindow(of:_:from:to:withPreceding:_:_:_:)``.
    ///
    /// - Parameters:
    ///   - start: nil, or where windows before the range are not wanted its begin.
    package func recentWindows(
        of series: [SeriesID], from start: Int64? = nil, to end: Int64 = .max
    ) throws -> RecentWindows {
        try RecentWindows(self, series: series, from: start ?? .min, to: end)
    }

    /// Calls `body` with each window of a tier that begins in a half-open range, in order of start,
    /// merged from all that the store holds.
    ///
    /// - Parameters:
    ///   - withPreceding: also the last two windows before the range, where there are any: what a
    ///     counter or a state was when the range began, and whether that is in doubt.
    ///   - fields: what of the windows is wanted; see ``WindowFields``.
    ///   - recent: of this series and range, and of all before it with the preceding ones.
    package func forEachWindow(
        of id: SeriesID, _ tier: Tier, from start: Int64, to end: Int64, withPreceding: Bool,
        _ fields: WindowFields, _ recent: RecentWindows, _ body: (Window) throws -> Void
    ) throws {
        let entry = catalogue.entries[Int(id)]
        let range = WindowRange(
            series: id, tier: try readableTier(of: id, for: tier), start: start, end: end,
            withPreceding: withPreceding,
            fields: entry.descriptor.kind.dependsOnOrder ? .all : fields)
        guard withPreceding else { return try forEachWindow(range, as: tier, recent, body) }
        var before: [Window] = []
        try forEachWindow(range, as: tier, recent) { window in
            if window.start < start {
                before.append(window)
                if before.count > Self.precedingCount { before.removeFirst() }
                return
            }
            if !before.isEmpty {
                try before.forEach(body)
                before.removeAll()
            }
            try body(window)
        }
        try before.forEach(body)
    }

    /// Windows of a tier, folded from those of one that has blocks.
    private func forEachWindow(
        _ range: WindowRange, as tier: Tier, _ recent: RecentWindows,
        _ body: (Window) throws -> Void
    ) throws {
        if tier == range.tier { return try forEachStoredWindow(range, recent, body) }
        let entry = catalogue.entries[Int(range.series)]
        let starts = starts(of: tier, entry)
        var coarsener = WindowCoarsener(rule: entry.rule)
        try forEachStoredWindow(range, recent) { window in
            try coarsener.add(window, start: starts(window.start), body)
        }
        try coarsener.finish(body)
    }

    /// Windows of a tier that has blocks, merged with the base windows that are in none.
    private func forEachStoredWindow(
        _ range: WindowRange, _ recent: RecentWindows, _ body: (Window) throws -> Void
    ) throws {
        let entry = catalogue.entries[Int(range.series)]
        let new = try recent.windows(
            of: range.series, from: range.withPreceding ? .min : range.start, to: range.end)
        // What lies in blocks alone need not be held in memory.
        let edge = new.first.map { starts(of: range.tier, entry)($0.start) } ?? range.end
        var old = range.withPreceding ? try lastBlockWindows(range) : []
        var rest = range
        if edge > range.start {
            rest.end = min(edge, range.end)
            try forEachWindowInForce(old, rest, body)
            old = []
            (rest.start, rest.end) = (rest.end, range.end)
        }
        if new.isEmpty, old.isEmpty { return }
        try forEachBlockWindow(rest) { old.append($0) }
        try merged(old, of: range.tier, new, entry).forEach(body)
    }

    /// Windows from before a range and those in its blocks, as the journal of the meters has them;
    /// those of longer tiers follow it already.
    private func forEachWindowInForce(
        _ before: [Window], _ range: WindowRange, _ body: (Window) throws -> Void
    ) throws {
        let entry = catalogue.entries[Int(range.series)]
        if range.tier != .base || entry.replacements.isEmpty {
            try before.forEach(body)
            try forEachBlockWindow(range, body)
            return
        }
        let rule = entry.rule
        func give(_ window: Window) throws {
            var window = window
            window.allowForReplacements(rule)
            try body(window)
        }
        try before.forEach(give)
        try forEachBlockWindow(range, give)
    }

    /// Windows of a tier from what its blocks have, and the base windows that are in none.
    private func merged(
        _ blocks: [Window], of tier: Tier, _ recent: [Window], _ entry: SeriesCatalogue.Entry
    ) -> [Window] {
        let rule = entry.rule
        if tier == .base {
            var windows = WindowFolding.joined(
                blocks + recent, rule: entry.descriptor.windowRule)
            WindowFolding.allowForReplacements(in: &windows, rule: rule)
            return windows
        }
        var windows = recent
        WindowFolding.allowForReplacements(in: &windows, rule: rule)
        return WindowFolding.joined(
            blocks + coarsened(windows, to: tier, entry), rule: rule)
    }

    func coarsened(
        _ windows: [Window], to tier: Tier, _ entry: SeriesCatalogue.Entry
    ) -> [Window] {
        WindowFolding.coarsened(windows, rule: entry.rule, start: starts(of: tier, entry))
    }

    /// Where the windows of a tier begin that hold instants, which come in order.
    private func starts(
        of tier: Tier, _ entry: SeriesCatalogue.Entry
    ) -> (Int64) -> Int64 {
        let days = DayMemory(zone: zone)
        return { instant in
            tier == .day
                ? days.start(of: instant)
                : tier.windowStart(of: instant, step: entry.descriptor.step, zone: zone)
        }
    }
}

/// Which windows are read from blocks.
struct WindowRange {
    let series: SeriesID
    let tier: Tier
    /// Half-open.
    var start: Int64
    var end: Int64
    let withPreceding: Bool
    let fields: WindowFields
}
