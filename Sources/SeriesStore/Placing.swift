import BlockCodec
import GRDB
import StoredSeries
import Telemetry
import Windows

/// Commits of a machine whose clock is not set, and what becomes of them when it is
/// (docs/durability.md).
extension StoreWriter {
    /// Gives the readings of one run of the machine their times, and remembers that its clock is
    /// set.
    ///
    /// One transaction: a reading is unplaced or an ordinary one, and the ledger says which. Memory
    /// is bounded by ``settlingReadingsMax`` readings at a time.
    ///
    /// - Returns: how many readings were placed.
    @discardableResult
    public func place(_ placement: Placement) throws(StoreError) -> Int {
        let placed = try write { try place(placement, $0) }
        didPlace(placed)
        return placed.count
    }

    /// Whether the clock of that run of the machine was found to be set before.
    public func isClockSet(boot: String) throws(StoreError) -> Bool {
        try read { try metadata("clock_set", $0) == boot }
    }

    /// The first and the last commit that were made in that run of the machine while its clock was
    /// not set; nil where none waits.
    public func unplaced(
        boot: String
    ) throws(StoreError) -> (first: BootMoment, last: BootMoment)? {
        try read { database in
            let moments = try Row.fetchAll(
                database,
                sql: """
                    SELECT id, uptime, wall FROM unplaced WHERE id IN (
                        SELECT min(id) FROM unplaced WHERE boot = \(sqlLiteral(boot)) UNION
                        SELECT max(id) FROM unplaced WHERE boot = \(sqlLiteral(boot)))
                    ORDER BY id
                    """
            ).map { row in
                BootMoment(
                    boot: boot, uptime: try row.value("uptime", of: "unplaced"),
                    wall: try row.value("wall", of: "unplaced"))
            }
            guard let first = moments.first, let last = moments.last else { return nil }
            return (first, last)
        }
    }

    /// What a placing did, until its transaction is durable.
    struct Placed {
        var count = 0
        /// When the newest of the commits was made, nil where there was none.
        var newestTime: Int64?
    }

    func didPlace(_ placed: Placed) {
        placedReadingCount += placed.count
        if let time = placed.newestTime { newestCommitTime = time }
    }

    /// Writes what a commit holds that has no time, and places all of it once the clock is set.
    func writeUnplaced(
        _ batch: CommitBatch, commit: Int64, at moment: CommitMoment, _ database: Database
    ) throws -> Placed {
        switch moment {
        case .placed:
            precondition(batch.unplaced.isEmpty, "a clock that is set leaves nothing unplaced")
            return Placed()
        case .unplaced(let moment):
            try insertUnplaced(batch, commit: commit, at: moment, database)
            return Placed()
        case .placing(let moment, let placement):
            try insertUnplaced(batch, commit: commit, at: moment, database)
            return try place(placement, database)
        }
    }

    /// Keeps what a commit holds that has no time yet: readings, and counts without a day.
    private func insertUnplaced(
        _ batch: CommitBatch, commit: Int64, at moment: BootMoment, _ database: Database
    ) throws {
        let ledger = batch.ledger.filter { $0.key.day == LedgerKey.unplacedDay }
        try database.cachedStatement(
            sql: """
                INSERT INTO unplaced(id, boot, uptime, wall, readings, ledger, block)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            commit, moment.boot, moment.uptime, moment.wall, batch.unplaced.count,
            coder.encode(
                kind: LedgerColumns.ledgerKind, rowCount: ledger.count,
                columns: LedgerColumns.columns(of: ledger), effort: .quick),
            coder.encode(
                kind: UnplacedColumns.blockKind, rowCount: batch.unplaced.count,
                columns: UnplacedColumns.columns(of: batch.unplaced), effort: .quick),
        ])
        try dropOldest(besides: commit, database)
    }

    /// Bounds what waits: the oldest readings go, counted as abandoned.
    private func dropOldest(besides commit: Int64, _ database: Database) throws {
        var count = try Int.fetchOne(database, sql: "SELECT sum(readings) FROM unplaced") ?? 0
        while count > unplacedReadingsMax,
            let row = try Row.fetchOne(
                database,
                sql: "SELECT id, readings, ledger FROM unplaced WHERE id < ? ORDER BY id LIMIT 1",
                arguments: [commit])
        {
            var moved: [LedgerKey: LedgerCounts] = [:]
            for (key, counts) in try unplacedLedger(row) where counts[.readingsUnplaced] > 0 {
                moved[key, default: LedgerCounts()][.readingsUnplaced] -= counts[.readingsUnplaced]
                moved[key, default: LedgerCounts()][.readingsAbandoned] += counts[.readingsUnplaced]
            }
            try addToLedger(moved, database)
            let id = try row.location(in: "unplaced").row
            try database.cachedStatement(sql: "DELETE FROM unplaced WHERE id = ?")
                .execute(arguments: [id])
            count -= try row.value("readings", of: "unplaced")
        }
    }

    private func unplacedLedger(_ row: Row) throws -> [LedgerKey: LedgerCounts] {
        let location = try row.location(in: "unplaced")
        return try LedgerColumns.ledger(
            from: coder.open(row.value("ledger", of: "unplaced"), at: location))
    }

    private func place(_ placement: Placement, _ database: Database) throws -> Placed {
        var placed = Placed()
        var ledger: [LedgerKey: LedgerCounts] = [:]
        var readings: [Reading] = []
        var order = ArrivalOrder()
        var newest: (commit: Int64, time: Int64)?
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT id, uptime, ledger, block FROM unplaced
                WHERE boot = \(sqlLiteral(placement.boot)) ORDER BY id
                """)
        while let row = try rows.next() {
            let time = placement.time(ofUptime: try row.value("uptime", of: "unplaced"))
            readings += try place(row, at: time, by: placement, &order, moving: &ledger)
            newest = (try row.location(in: "unplaced").row, max(time, order.time))
            if readings.count >= settlingReadingsMax {
                placed.count += try insertPlaced(&readings, at: time, &ledger, database)
            }
        }
        try setMetadata("clock_set", placement.boot, database)
        guard let newest else { return placed }
        placed.newestTime = newest.time
        placed.count += try insertPlaced(&readings, at: newest.time, &ledger, database)
        try database.execute(
            sql: "DELETE FROM unplaced WHERE boot = ?", arguments: [placement.boot])
        try addToLedger(ledger, database)
        // Arrivals after a restart begin behind the newest commit's time.
        try database.execute(
            sql: "UPDATE commits SET time = ? WHERE id = ?",
            arguments: [newest.time, newest.commit])
        return placed
    }

    /// The readings of one commit at their times; its counts move to the day of that time.
    private func place(
        _ row: Row, at time: Int64, by placement: Placement, _ order: inout ArrivalOrder,
        moving ledger: inout [LedgerKey: LedgerCounts]
    ) throws -> [Reading] {
        let day = civilDayNumber(zone.date(at: time))
        for (key, counts) in try unplacedLedger(row) {
            ledger[key, default: LedgerCounts()].subtract(counts)
            var placed = counts
            placed[.readingsUnplaced] = 0
            ledger[LedgerKey(day: day, device: key.device), default: LedgerCounts()].add(placed)
        }
        let location = try row.location(in: "unplaced")
        let waiting = try UnplacedColumns.readings(
            from: coder.open(row.value("block", of: "unplaced"), at: location))
        try catalogue.requireKnown(waiting.lazy.map(\.reading.series), at: location)
        var readings: [Reading] = []
        for entry in waiting {
            let key = LedgerKey(day: day, device: entry.device)
            guard var reading = entry.placed(by: placement, &order) else {
                ledger[key, default: LedgerCounts()][.readingsTooLate] += 1
                continue
            }
            let descriptor = catalogue.entries[Int(reading.series)].descriptor
            if reading.time < settledUntil(SeriesClass(descriptor)) {
                reading.quality.insert(.late)
                ledger[key, default: LedgerCounts()][.readingsLate] += 1
            }
            ledger[key, default: LedgerCounts()][.readingsStored] += 1
            readings.append(reading)
        }
        return readings
    }

    private func insertPlaced(
        _ readings: inout [Reading], at time: Int64, _ ledger: inout [LedgerKey: LedgerCounts],
        _ database: Database
    ) throws -> Int {
        let set = ReadingSet(readings)
        bookRepeats(of: set, time: time, into: &ledger)
        try insertSegments(of: set, database)
        defer { readings.removeAll(keepingCapacity: true) }
        return readings.count
    }
}
