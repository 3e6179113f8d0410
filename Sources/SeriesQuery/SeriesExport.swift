import StoredSeries
import Telemetry
import Windows

/// Everything that a store keeps of some series, window by window or reading by reading, in bounded
/// memory: one at a time.
public struct SeriesExport {
    /// The series, sorted by key.
    public let series: [SeriesID]
    /// What it has of them: what was asked for, or what was chosen.
    public let extent: Extent
    /// Every statistic that one of them has.
    public let statistics: [Statistic]
    let stored: StoredSeries
    private let range: Range<Int64>
    private let now: Int64
    private let recent: RecentWindows

    /// What of the series is wanted.
    public enum Extent: Sendable, Equatable {
        /// Readings, of the series that are kept as they came.
        case readings
        /// Windows of a tier; of series that do not have that tier, their own.
        case windows(Tier)
    }

    /// - Parameters:
    ///   - extent: nil: readings where all of the series are kept as they came, and otherwise base
    ///     windows.
    ///   - range: of the times of readings or the starts of windows, milliseconds since 1970 UTC.
    ///   - now: a state does not hold into the future.
    ///   - stored: the export is valid as long as it.
    /// - Throws: ``QueryError``, ``StoreError``.
    public init(
        _ selectors: [Selector], _ extent: Extent? = nil, range: Range<Int64>, now: Int64,
        _ stored: StoredSeries
    ) throws {
        let entries = stored.catalogue.entries
        let selected = try SeriesQuery.select(selectors, stored)
        let raw = selected.filter { entries[Int($0)].descriptor.isRaw }
        self.extent = extent ?? (raw == selected ? .readings : .windows(.base))
        series = self.extent == .readings ? raw : selected
        let available = Set(
            series.flatMap { Statistic.available(for: entries[Int($0)].descriptor.kind) })
        statistics = Statistic.allCases.filter(available.contains)
        self.stored = stored
        self.range = range
        self.now = now
        recent = try stored.recentWindows(of: series)
    }

    /// Hands over each window of a series as a row, in order of time.
    ///
    /// What lies between two windows, a counter's rise or the time for which a state held on, is in
    /// the window in which it ends or lies. Readings that stand alone have nothing between them.
    ///
    /// - Parameter statistics: nil for all of ``statistics``.
    public func forEachRow(
        of id: SeriesID, _ statistics: [Statistic]? = nil,
        _ body: (borrowing QueryRow) throws -> Void
    ) throws {
        let entry = stored.catalogue.entries[Int(id)]
        let tier = tier(of: entry.descriptor)
        let start = edge(range.lowerBound, tier)
        let end = edge(range.upperBound, tier)
        let statistics = statistics ?? self.statistics
        if tier == .base, entry.descriptor.isRaw {
            try stored.forEachReading(
                of: id, statistics, from: start, to: end, recent, body)
            return
        }
        var row = QueryRow(id, entry.descriptor, statistics)
        func give(_ interval: borrowing Interval) throws {
            row.answer(interval)
            try body(row)
        }
        let length = tier == .base ? entry.descriptor.step : tier.rawValue
        // Of the windows only civil days are counted in the store's zone.
        var folder = IntervalFolder(
            rule: entry.rule, step: tier == .day ? .days(1) : .fixed(length),
            zone: tier == .day ? stored.zone : .utc, range: start..<max(start, end), now: now)
        try stored.forEachWindow(
            of: id, tier, from: start, to: end, withPreceding: true, row.fields, recent
        ) { try folder.add($0, give) }
        try folder.finish(give)
    }

    /// Hands over each reading of a series that is kept as it came, in order of time.
    ///
    /// - Parameter body: called with the time, the value, and how many readings of this instant
    ///   there are, of which it is the last; of an amount it is the sum.
    public func forEachReading(
        of id: SeriesID, _ body: (Int64, ExactSum, Int64) throws -> Void
    ) throws {
        let kind = stored.catalogue.entries[Int(id)].descriptor.kind
        try stored.forEachWindow(
            of: id, .base, from: range.lowerBound, to: range.upperBound, withPreceding: false,
            kind == .amount ? .sum : .last, recent
        ) { window in
            var value = window.sum
            if kind != .amount {
                value = ExactSum()
                value.add(window.last)
            }
            try body(window.start, value, window.count)
        }
    }

    /// The tier of which a series has windows here.
    func tier(of descriptor: SeriesDescriptor) -> Tier {
        guard case .windows(let tier) = extent, Tier.above(step: descriptor.step).contains(tier)
        else { return .base }
        return tier
    }

    /// The first start of a window at or after an instant.
    private func edge(_ instant: Int64, _ tier: Tier) -> Int64 {
        guard tier != .base, instant != .min, instant != .max else { return instant }
        let start = tier.windowStart(of: instant, step: 0, zone: stored.zone)
        return start == instant
            ? start : tier.windowEnd(from: start, step: 0, zone: stored.zone)
    }
}

extension SeriesDescriptor {
    /// Whether readings stay as they came.
    public var isRaw: Bool { step == SeriesDescriptor.rawStep }
}
