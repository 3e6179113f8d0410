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

    /// How many of the first readings of that content are in the file from an import that was cut
    /// off. Others may be settled by now, and would not be known as such.
    ///
    /// - Throws: ``StoreError/damaged(table:row:reason:)`` where nobody can tell.
    public func importedReadings(digest: String) throws(StoreError) -> Int {
        let key = ImportProgress(digest: digest, readings: 0).key
        return try read { database in
            guard let text = try DatabaseRows(database).checkedMetadata(key) else { return 0 }
            guard let count = Int(text), count >= 0 else {
                throw StoreError.damaged(table: "meta", row: 0, reason: "\(key) is \(text)")
            }
            return count
        }
    }

    /// Settles what an import brought and remembers the content, in one transaction.
    public func finishImport(
        digest: String, name: String, readings: Int, now: Int64
    ) throws(StoreError) {
        settledUntil = try write { database in
            let settled = try settleClasses(now: now, backfills: true, database)
            try database.execute(
                sql: "INSERT INTO imports(digest, time, name, readings) VALUES (?, ?, ?, ?)",
                arguments: [digest, now, name, readings])
            let progress = ImportProgress(digest: digest, readings: readings)
            try database.execute(sql: "DELETE FROM meta WHERE key = \(sqlLiteral(progress.key))")
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
        let due = try dueSegments(seriesClass, before: cut, database)
        if due.isEmpty { return 0 }
        let survey = try survey(of: due, before: cut, step: seriesClass.step, database)
        var output = BatchOutput(writer: self)
        var ledger: [LedgerKey: LedgerCounts] = [:]
        for part in survey.parts(limit: settlingReadingsMax) {
            var readings: [Reading] = []
            for segment in part.segments {
                readings += try self.readings(of: segment.id, database, isWanted: part.contains)
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
            // The next part may begin with the first series again.
            try output.flush(database)
        }
        try keepRest(of: survey.segments, from: cut, seriesClass, database)
        try addToLedger(ledger, database)
        return output.windowCount
    }

    private func dueSegments(
        _ seriesClass: SeriesClass, before cut: Int64, _ database: Database
    ) throws -> [Int64] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT id FROM segments
                WHERE horizon = ? AND step = ? AND first_time < ? ORDER BY id
                """,
            arguments: [seriesClass.horizon ?? -1, seriesClass.step, cut]
        ).map { try $0.location(in: "segments").row }
    }

    private func survey(
        of due: [Int64], before cut: Int64, step: Int64, _ database: Database
    ) throws -> SettlingSurvey {
        var survey = SettlingSurvey(before: cut, step: step, partMax: settlingReadingsMax)
        for id in due {
            let block = try block(of: id, in: "segments", database)
            let (series, times) = try ReadingColumns.places(of: block)
            try catalogue.requireKnown(series, at: block.location)
            survey.add(id: id, series: series, times: times)
        }
        return survey
    }

    /// Deletes segments but for what is not due yet. That stays where it was, because the order of
    /// segments tells which of two readings came first.
    private func keepRest(
        of segments: [SurveyedSegment], from cut: Int64, _ seriesClass: SeriesClass,
        _ database: Database
    ) throws {
        for segment in segments {
            var rest: [Reading] = []
            if segment.times.upperBound >= cut {
                rest = try readings(of: segment.id, database) { _, time in time >= cut }
            }
            try database.cachedStatement(sql: "DELETE FROM segments WHERE id = ?")
                .execute(arguments: [segment.id])
            if !rest.isEmpty {
                try insertSegment(rest[...], seriesClass, id: segment.id, database)
            }
        }
    }

    private func readings(
        of segment: Int64, _ database: Database, isWanted: (SeriesID, Int64) -> Bool
    ) throws -> [Reading] {
        try ReadingColumns.readings(
            from: block(of: segment, in: "segments", database), isWanted: isWanted)
    }
}
