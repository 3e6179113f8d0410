import Foundation
import GRDB
import StoredSeries
import Telemetry
import Windows

/// Base windows that are not in blocks yet: settled ones from batches, and those of readings that
/// still wait.
struct RecentWindows {
    private var bySeries: [SeriesID: [Window]] = [:]
    private let catalogue: SeriesCatalogue

    init(_ snapshot: StoreSnapshot, series: [SeriesID], from start: Int64, to end: Int64) throws {
        catalogue = snapshot.catalogue
        let wanted = Set(series)
        try readBatches(snapshot) { id, time in
            wanted.contains(id) && time >= start && time < end
        }
        try readSegments(snapshot) { id, time in
            // A window that begins before the range belongs to what precedes it.
            guard wanted.contains(id) else { return false }
            let step = snapshot.catalogue.entries[Int(id)].descriptor.step
            let windowStart = Windows.windowStart(of: time, step: step)
            return windowStart >= start && windowStart < end
        }
    }

    func windows(of series: SeriesID) -> [Window] {
        WindowFolding.joined(
            bySeries[series] ?? [], rule: catalogue.entries[Int(series)].descriptor.windowRule)
    }

    private mutating func readBatches(
        _ snapshot: StoreSnapshot, isWanted: (SeriesID, Int64) -> Bool
    ) throws {
        let rows = try Row.fetchCursor(
            snapshot.database, sql: "SELECT id, kind, block FROM batches ORDER BY id")
        while let row = try rows.next() {
            let location = try row.location(in: "batches")
            let block = try snapshot.coder.open(row.value("block", of: "batches"), at: location)
            let number: Int64 = try row.value("kind", of: "batches")
            guard let kind = MetricKind(rawValue: UInt8(truncatingIfNeeded: number)) else {
                throw location.damaged("kind \(number)")
            }
            for (series, window) in try WindowColumns.rows(
                from: block, kind: kind, isWanted: isWanted)
            {
                bySeries[series, default: []].append(window)
            }
        }
    }

    private mutating func readSegments(
        _ snapshot: StoreSnapshot, isWanted: (SeriesID, Int64) -> Bool
    ) throws {
        var readings: [Reading] = []
        let rows = try Row.fetchCursor(
            snapshot.database, sql: "SELECT id, block FROM segments ORDER BY id")
        while let row = try rows.next() {
            let location = try row.location(in: "segments")
            let block = try snapshot.coder.open(row.value("block", of: "segments"), at: location)
            readings += try ReadingColumns.readings(from: block, isWanted: isWanted)
        }
        ReadingSet(readings).forEachSeries { series, readings in
            let descriptor = catalogue.entries[Int(series)].descriptor
            bySeries[series, default: []] += WindowFolding.windows(
                of: readings, rule: descriptor.windowRule, step: descriptor.step)
        }
    }
}
