import Telemetry
import Windows

/// Windows of a series in bounded memory.
extension StoredSeries {
    /// LIMIT: blocks that are read at a time, of 2,048 windows of some 300 bytes each.
    private static let blocksInPart = 8

    /// What series have that is not in blocks yet, for ``forEachPart(of:_:from:to:_:_:)``.
    package func recentWindows(of series: [SeriesID]) throws -> RecentWindows {
        try RecentWindows(self, series: series, from: .min, to: .max)
    }

    /// The windows of one series as ``forEachSeries(_:tier:from:to:withPreceding:_:)`` has them
    /// with the preceding ones, a bounded number at a time.
    ///
    /// - Parameter body: called with a part of the range, which is one of whole windows, and with
    ///   what it has, for each part in order of time.
    package func forEachPart(
        of series: SeriesID, _ tier: Tier, from start: Int64, to end: Int64,
        _ recent: RecentWindows, _ body: (Range<Int64>, [Window]) throws -> Void
    ) throws {
        for part in try parts(of: series, tier, from: start, to: end) {
            let windows = try windows(
                of: series, tier, from: part.lowerBound, to: part.upperBound, withPreceding: true,
                recent)
            if !windows.isEmpty { try body(part, windows) }
        }
    }

    /// Splits a range where blocks begin.
    private func parts(
        of id: SeriesID, _ tier: Tier, from start: Int64, to end: Int64
    ) throws -> [Range<Int64>] {
        let step = catalogue.entries[Int(id)].descriptor.step
        var edges = [start]
        let spans = try blockSpans(of: id, readableTier(of: id, for: tier), from: start, to: end)
        for index in stride(from: Self.blocksInPart, to: spans.count, by: Self.blocksInPart) {
            let edge = tier.windowStart(of: spans[index].first, step: step, zone: zone)
            if let last = edges.last, edge > last { edges.append(edge) }
        }
        return zip(edges, edges.dropFirst() + [end]).compactMap { edge, next in
            edge < next ? edge..<next : nil
        }
    }
}
