import Telemetry
import Windows

/// Base windows that are not in blocks yet: settled ones from batches, and those of readings that
/// still wait.
///
/// They are read for a group of series at a time, so that many series take no more memory than a
/// group: whoever asks for them series by series in the order given reads each group once.
package final class RecentWindows {
    private let stored: StoredSeries
    private let groups: [ArraySlice<SeriesID>]
    private let groupBySeries: [SeriesID: Int]
    private let range: Range<Int64>
    private var group: Int?
    private var bySeries: [SeriesID: [Window]] = [:]

    init(_ stored: StoredSeries, series: [SeriesID], from start: Int64, to end: Int64) throws {
        self.stored = stored
        range = start..<max(start, end)
        groups = try stored.groups(of: series)
        groupBySeries = groups.enumerated().reduce(into: [:]) { numbers, group in
            for id in group.element { numbers[id] = group.offset }
        }
    }

    /// Of one of the series, those that begin in a half-open range.
    func windows(
        of series: SeriesID, from start: Int64 = .min, to end: Int64 = .max
    ) throws -> [Window] {
        let number = groupBySeries[series]
        if let number, number != group {
            bySeries.removeAll(keepingCapacity: true)
            try read(groups[number])
            group = number
        }
        return WindowFolding.joined(
            (bySeries[series] ?? []).filter { $0.start >= start && $0.start < end },
            rule: stored.catalogue.entries[Int(series)].descriptor.windowRule)
    }

    private func read(_ series: ArraySlice<SeriesID>) throws {
        let wanted = Set(series)
        try readBatches { [range] id, time in wanted.contains(id) && range.contains(time) }
        try readSegments { [range, stored] id, time in
            // A window that begins before the range belongs to what precedes it.
            guard wanted.contains(id) else { return false }
            let step = stored.catalogue.entries[Int(id)].descriptor.step
            return range.contains(Windows.windowStart(of: time, step: step))
        }
    }

    private func readBatches(isWanted: (SeriesID, Int64) -> Bool) throws {
        try stored.forEachRow(of: "batches", columns: "id, kind, block") { row in
            let location = try row.location(in: "batches")
            let block = try stored.coder.open(row.blob("block", of: "batches"), at: location)
            let number = try row.integer("kind", of: "batches")
            guard let kind = MetricKind(rawValue: UInt8(truncatingIfNeeded: number)) else {
                throw location.damaged("kind \(number)")
            }
            for (series, window) in try WindowColumns.rows(
                from: block, kind: kind,
                isWanted: { series, time in
                    stored.compactionMark?.covers(series, ofBatch: location.row) != true
                        && isWanted(series, time)
                })
            {
                bySeries[series, default: []].append(window)
            }
        }
    }

    private func readSegments(isWanted: (SeriesID, Int64) -> Bool) throws {
        try stored.forEachWaitingSeries(where: isWanted) { series, readings in
            let descriptor = stored.catalogue.entries[Int(series)].descriptor
            bySeries[series, default: []] += WindowFolding.windows(
                of: readings, rule: descriptor.windowRule, step: descriptor.step)
        }
    }
}

extension StoredSeries {
    /// LIMIT: windows of batches that are held at a time, some 50 MB of them, where series have
    /// about as many each.
    private static let recentWindowsMax = 131_072

    /// Series, in their order, in groups that have a bounded number of windows in batches.
    fileprivate func groups(of series: [SeriesID]) throws -> [ArraySlice<SeriesID>] {
        var count: Int64 = 0
        do {
            let sum = "CAST(total(windows) AS INTEGER)"
            try file.forEachRow("SELECT \(sum) AS windows FROM batches", []) { row in
                count = try row.integer("windows", of: "batches")
                return false
            }
        } catch {
            // Who reads the batches goes round what is damaged, or says so.
            guard file.reason(ofUnreachableRow: error) != nil else { throw error }
        }
        let each = max(1, Int(clamping: count) / max(1, catalogue.entries.count))
        let size = max(1, Self.recentWindowsMax / each)
        return stride(from: 0, to: series.count, by: size).map {
            series[$0..<min($0 + size, series.count)]
        }
    }
}

extension StoredSeries {
    /// Calls `body` with the readings of each series that still wait for their window to settle,
    /// in order of time, each once.
    ///
    /// - Parameter isWanted: of series and time; no other series is one of the catalogue for sure.
    package func forEachWaitingSeries(
        where isWanted: (SeriesID, Int64) -> Bool,
        _ body: (SeriesID, ArraySlice<Reading>) throws -> Void
    ) throws {
        var readings: [Reading] = []
        try forEachRow(of: "segments", columns: "id, block") { row in
            let location = try row.location(in: "segments")
            let block = try coder.open(row.blob("block", of: "segments"), at: location)
            readings += try ReadingColumns.readings(from: block, isWanted: isWanted)
        }
        try ReadingSet(readings).forEachSeries(body)
    }
}
