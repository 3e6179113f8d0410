import Telemetry
import Windows

/// Base windows that are not in blocks yet: settled ones from batches, and those of readings that
/// still wait.
package struct RecentWindows {
    private var bySeries: [SeriesID: [Window]] = [:]
    private let catalogue: SeriesCatalogue

    init(_ stored: StoredSeries, series: [SeriesID], from start: Int64, to end: Int64) throws {
        catalogue = stored.catalogue
        let wanted = Set(series)
        try readBatches(stored) { id, time in
            wanted.contains(id) && time >= start && time < end
        }
        try readSegments(stored) { id, time in
            // A window that begins before the range belongs to what precedes it.
            guard wanted.contains(id) else { return false }
            let step = stored.catalogue.entries[Int(id)].descriptor.step
            let windowStart = Windows.windowStart(of: time, step: step)
            return windowStart >= start && windowStart < end
        }
    }

    /// Of one series, those that begin in a half-open range.
    func windows(of series: SeriesID, from start: Int64 = .min, to end: Int64 = .max) -> [Window] {
        WindowFolding.joined(
            (bySeries[series] ?? []).filter { $0.start >= start && $0.start < end },
            rule: catalogue.entries[Int(series)].descriptor.windowRule)
    }

    private mutating func readBatches(
        _ stored: StoredSeries, isWanted: (SeriesID, Int64) -> Bool
    ) throws {
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

    private mutating func readSegments(
        _ stored: StoredSeries, isWanted: (SeriesID, Int64) -> Bool
    ) throws {
        try stored.forEachWaitingSeries(where: isWanted) { series, readings in
            let descriptor = catalogue.entries[Int(series)].descriptor
            bySeries[series, default: []] += WindowFolding.windows(
                of: readings, rule: descriptor.windowRule, step: descriptor.step)
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
