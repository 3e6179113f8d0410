import GRDB
import StoredSeries
import Telemetry
import Windows

extension StoreWriter {
    /// Settles every window whose wait for late readings is over: its readings become one row of
    /// statistics and leave the file. Follows the journal of the meters.
    ///
    /// One transaction; memory is bounded by some ``settlingReadingsMax`` readings at a time,
    /// whatever has piled up.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970 UTC.
    ///   - backfills: also settles series without a horizon, though readings may have come in a
    ///     moment ago.
    /// - Returns: how many windows were settled.
    @discardableResult
    public func settle(now: Int64, backfills: Bool = false) throws(StoreError) -> Int {
        let (windowCount, until) = try write { database in
            try settleClasses(now: now, backfills: backfills, database)
        }
        settledUntil = until
        return windowCount
    }

    private func settleClasses(
        now: Int64, backfills: Bool, _ database: Database
    ) throws -> (windowCount: Int, settledUntil: [SeriesClass: Int64]) {
        var windowCount = 0
        var until = settledUntil
        for seriesClass in try openClasses(database) {
            guard let cut = cut(of: seriesClass, now: now, backfills: backfills) else { continue }
            windowCount += try settle(seriesClass, before: cut, now: now, database)
            guard seriesClass.horizon != nil else { continue }
            until[seriesClass] = max(cut, until[seriesClass] ?? .min)
            try database.write(
                [seriesClass.horizon, seriesClass.step, until[seriesClass]], to: "settled",
                replaces: true)
        }
        try foldCommits(atLeast: backfills ? 1 : pace.commitsToFold, database)
        try followMeterJournal(database)
        return (windowCount, until)
    }

    /// Whether a file of that content was imported.
    public func hasImported(digest: String) throws(StoreError) -> Bool {
        try read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT count(*) > 0 FROM imports WHERE digest = \(sqlLiteral(digest))")
                ?? false
        }
    }

    /// Settles what an import brought and remembers the file, in one transaction: either it
    /// was imported, or its readings still wait and are known when it is imported again.
    public func finishImport(
        digest: String, name: String, readings: Int, now: Int64
    ) throws(StoreError) {
        settledUntil = try write { database in
            let settled = try settleClasses(now: now, backfills: true, database)
            try database.execute(
                sql: "INSERT INTO imports(digest, time, name, readings) VALUES (?, ?, ?, ?)",
                arguments: [digest, now, name, readings])
            return settled.settledUntil
        }
    }

    /// Series without a horizon settle when nothing has come in for so long.
    static let quietMilliseconds: Int64 = 600_000

    private func openClasses(_ database: Database) throws -> [SeriesClass] {
        try Row.fetchAll(
            database, sql: "SELECT id, horizon, step FROM segments GROUP BY horizon, step"
        )
        .map { row in
            SeriesClass(
                horizon: try row.value("horizon", of: "segments"),
                step: try row.value("step", of: "segments"))
        }.sorted()
    }

    /// The instant before which windows of a class are settled, nil while it must wait.
    private func cut(of seriesClass: SeriesClass, now: Int64, backfills: Bool) -> Int64? {
        guard let horizon = seriesClass.horizon else {
            let isQuiet = now - newestCommitTime >= Self.quietMilliseconds
            return backfills || isQuiet ? .max : nil
        }
        return windowStart(of: now - horizon, step: seriesClass.step)
    }

    private func settle(
        _ seriesClass: SeriesClass, before cut: Int64, now: Int64, _ database: Database
    ) throws -> Int {
        let segments = try dueSegments(seriesClass, before: cut, database)
        if segments.isEmpty { return 0 }
        var output = BatchOutput(writer: self)
        var ledger: [LedgerKey: LedgerCounts] = [:]
        for part in try parts(of: segments, before: cut, step: seriesClass.step, database) {
            var readings: [Reading] = []
            for segment in segments {
                readings += try self.readings(of: segment, database) { series, time in
                    part.times.contains(time) && part.series.contains(series)
                }
            }
            let set = ReadingSet(readings)
            bookRepeats(of: set, time: now, into: &ledger)
            try set.forEachSeries { series, readings in
                let rule = catalogue.entries[Int(series)].descriptor.windowRule
                try WindowFolding.forEachWindow(
                    of: readings, rule: rule, step: seriesClass.step
                ) { window in
                    try output.add(window, of: series, kind: rule.kind, database)
                }
            }
        }
        try output.flush(database)
        try keepRest(of: segments, from: cut, seriesClass, database)
        try addToLedger(ledger, database)
        return output.windowCount
    }

    private func dueSegments(
        _ seriesClass: SeriesClass, before cut: Int64, _ database: Database
    ) throws -> [SegmentRow] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT id, first_time, last_time, readings FROM segments
                WHERE horizon = ? AND step = ? AND first_time < ? ORDER BY id
                """,
            arguments: [seriesClass.horizon ?? -1, seriesClass.step, cut]
        ).map { row in
            SegmentRow(
                id: try row.location(in: "segments").row,
                firstTime: try row.value("first_time", of: "segments"),
                lastTime: try row.value("last_time", of: "segments"),
                count: try row.value("readings", of: "segments"))
        }
    }

    /// Deletes segments but for what is not due yet. That stays where it was, because the order of
    /// segments tells which of two readings came first.
    private func keepRest(
        of segments: [SegmentRow], from cut: Int64, _ seriesClass: SeriesClass,
        _ database: Database
    ) throws {
        for segment in segments {
            var rest: [Reading] = []
            if segment.lastTime >= cut {
                rest = try readings(of: segment, database) { _, time in time >= cut }
            }
            try database.cachedStatement(sql: "DELETE FROM segments WHERE id = ?")
                .execute(arguments: [segment.id])
            if !rest.isEmpty {
                try insertSegment(rest[...], seriesClass, id: segment.id, database)
            }
        }
    }

    private func readings(
        of segment: SegmentRow, _ database: Database, isWanted: (SeriesID, Int64) -> Bool
    ) throws -> [Reading] {
        let block = try block(of: segment.id, in: "segments", database)
        let readings = try ReadingColumns.readings(from: block, isWanted: isWanted)
        try catalogue.requireKnown(readings.lazy.map(\.series), at: block.location)
        return readings
    }

    /// What is due, in parts of about ``settlingReadingsMax`` readings: ranges of series, and of a
    /// series that alone has more, ranges of whole windows.
    private func parts(
        of segments: [SegmentRow], before cut: Int64, step: Int64, _ database: Database
    ) throws -> [SettlingPart] {
        let limit = settlingReadingsMax
        if segments.reduce(0, { $0 + $1.count }) <= limit {
            return [SettlingPart(series: 0...SeriesID.max, times: .min..<cut)]
        }
        var counts = [Int](repeating: 0, count: catalogue.entries.count)
        for segment in segments {
            for series in try ReadingColumns.series(
                of: block(of: segment.id, in: "segments", database))
            where series < counts.count {
                counts[Int(series)] += 1
            }
        }
        return balancedRanges(counts, limit: limit).flatMap { range in
            let count = counts[Int(range.lowerBound)...].prefix(range.count).reduce(0, +)
            let edges = timeEdges(of: segments, parts: count / limit + 1, before: cut, step: step)
            return zip(edges, edges.dropFirst()).map { edge, next in
                SettlingPart(series: range, times: edge..<next)
            }
        }
    }

    /// Where to split the time of segments so that each part has about as many readings. Most come
    /// in the order of their times, so that a segment's first tells where it lies.
    private func timeEdges(
        of segments: [SegmentRow], parts: Int, before cut: Int64, step: Int64
    ) -> [Int64] {
        var edges = [Int64.min]
        let all = segments.reduce(0) { $0 + $1.count }
        var sum = 0
        for segment in segments.sorted(by: { $0.firstTime < $1.firstTime }) {
            let edge = windowStart(of: segment.firstTime, step: step)
            if sum * parts >= all * edges.count, edge > edges[edges.count - 1], edge < cut {
                edges.append(edge)
            }
            sum += segment.count
        }
        return edges + [cut]
    }
}

/// Readings that are settled together.
private struct SettlingPart {
    let series: ClosedRange<SeriesID>
    let times: Range<Int64>
}

/// A row of `segments`, without its block.
private struct SegmentRow {
    let id: Int64
    let firstTime: Int64
    let lastTime: Int64
    let count: Int
}

/// Ranges of indexes whose counts add up to at most `limit`, one index at least in each.
func balancedRanges(_ counts: [Int], limit: Int) -> [ClosedRange<SeriesID>] {
    var ranges: [ClosedRange<SeriesID>] = []
    var start = 0
    var sum = 0
    for (index, count) in counts.enumerated() {
        if sum + count > limit, sum > 0 {
            ranges.append(SeriesID(start)...SeriesID(index - 1))
            start = index
            sum = 0
        }
        sum += count
    }
    ranges.append(SeriesID(start)...SeriesID.max)
    return ranges
}
