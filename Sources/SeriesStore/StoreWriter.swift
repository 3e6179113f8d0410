import BlockCodec
import Foundation
import GRDB
import Glibc
import StoredSeries
import Telemetry
import Windows

/// The one writer of a store.
///
/// Not thread-safe: it belongs to the thread that commits. A lock beside the file keeps other
/// processes from writing.
public final class StoreWriter {
    /// The numbers of series and devices.
    public var catalogue: SeriesCatalogue
    /// The zone in which days begin.
    public let zone: CivilZone
    let database: DatabaseQueue
    let pace: StorePace
    let coder = BlockCoder()
    var lastCommit: Int64
    var settledUntil: [SeriesClass: Int64]
    /// When the newest commit was made; series without a horizon wait for quiet.
    public internal(set) var newestCommitTime: Int64
    /// Readings that got their time since the store was opened, see ``place(_:)``.
    public internal(set) var placedReadingCount = 0
    /// LIMIT: readings that wait for the clock to be set; they take some ten bytes each.
    var unplacedReadingsMax = 4_000_000
    private var newestConfirmed: Int64 = 0
    /// LIMIT: readings that settling holds in memory at a time, 6 MB of them.
    var settlingReadingsMax = 262_144
    /// How far a compaction has come, in the file too.
    var compactionMark: CompactionMark?
    /// Where new rows of `blocks` go; made with the first one, and anew for sealed ones.
    var pageFilling: PageFilling?
    /// Windows that were written into blocks since the store was opened.
    var writtenWindowCount = 0
    /// What is not as it was written, of the rows that were read when the store was opened. They
    /// are taken as they read now.
    public let faults: [StoreError]
    /// Told of each row that was set aside because it did not read back
    /// (``StoreError/setAside(table:row:reason:)``), on the thread that works with the store.
    public var onSetAside: (StoreError) -> Void = { _ in }
    /// What SQLite said of the file when it found it damaged.
    var corruption: StoreError?
    let lock: WriterLock

    /// Opens a store, creating it where there is none.
    ///
    /// - Parameters:
    ///   - path: the database file.
    ///   - zone: the zone of a new file; an existing file keeps its own.
    ///   - isManaged: whether a new file belongs to a configured gateway.
    public init(
        path: String, zone: CivilZone = .paris, isManaged: Bool, pace: StorePace = StorePace()
    ) throws(StoreError) {
        do {
            try checkFile(path: path, mode: R_OK | W_OK)
        } catch .missing {
            // It is made below.
        }
        lock = try WriterLock(path: path)
        try StoreRestore.complete(path)
        let opened = try catchingDatabaseErrors(path: path) { () throws -> Opened in
            try Opened(path: path, zone: zone, isManaged: isManaged, pace: pace)
        }
        database = opened.database
        self.pace = pace
        self.zone = opened.zone
        catalogue = opened.catalogue
        lastCommit = opened.lastCommit
        settledUntil = opened.settledUntil
        newestCommitTime = opened.lastCommitTime
        faults = opened.faults
        compactionMark = opened.compactionMark
    }

    /// Makes a batch durable, by a clock that is set: ``commit(_:at:)``.
    ///
    /// - Parameter time: now, milliseconds since 1970 UTC.
    @discardableResult
    public func commit(_ batch: CommitBatch, time: Int64) throws(StoreError) -> Int64 {
        try commit(batch, at: .placed(time))
    }

    /// Makes a batch durable: when this returns, all of it survives a power cut.
    ///
    /// - Returns: the commit's number.
    /// - Throws: ``StoreError/diskFull`` or ``StoreError/database(code:message:)``; nothing of the
    ///   batch is then in the file, and the batch can be committed again.
    @discardableResult
    public func commit(
        _ batch: CommitBatch, at moment: CommitMoment
    ) throws(StoreError) -> Int64 {
        // A clock that is not set says nothing: the newest time that is known stays the newest.
        var time = newestCommitTime
        if case .placed(let now) = moment { time = now }
        if case .placing(let now, _) = moment { time = now.wall }
        let set = ReadingSet(batch.readings)
        var ledger = batch.ledger
        bookRepeats(of: set, time: time, into: &ledger)
        let id = lastCommit + 1
        let placed = try write { database in
            try catalogue.insertChanges(database)
            let placed = try writeUnplaced(batch, commit: id, at: moment, database)
            try insertSegments(of: set, database)
            try insertCommit(
                CommitRow(
                    id: id, time: time, confirmed: max(batch.confirmedCommit, newestConfirmed),
                    ledger: ledger, sequences: batch.sequences, messages: batch.messages),
                database)
            try insert(batch.quarantined, database)
            if let progress = batch.importProgress {
                try setMetadata(progress.key, String(progress.readings), database)
            }
            return placed
        }
        didPlace(placed)
        lastCommit = id
        newestConfirmed = max(batch.confirmedCommit, newestConfirmed)
        newestCommitTime = time
        catalogue.changesAreCommitted()
        return id
    }

    /// Up to when windows of a class are settled: an earlier reading is late.
    public func settledUntil(_ seriesClass: SeriesClass) -> Int64 {
        settledUntil[seriesClass] ?? .min
    }

    /// By which time windows were last settled, milliseconds since 1970 UTC, as far as the classes
    /// tell: at most a window earlier. nil where none were.
    public var newestSettling: Int64? {
        settledUntil.compactMap { seriesClass, until in
            seriesClass.horizon.map { until + $0 }
        }.max()
    }

    /// The number of the newest commit, 0 for none.
    public var newestCommit: Int64 { lastCommit }

    /// Runs one transaction; its failure leaves the file as it was. It is run again without each
    /// damaged row that it trips over.
    func write<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        try settingDamageAside { () throws(StoreError) in
            do throws(StoreError) {
                return try catchingDatabaseErrors(path: database.path) { try database.write(body) }
            } catch {
                // Rows that were deleted are there again, and those that were laid are not.
                pageFilling = nil
                throw error
            }
        }
    }

    /// Reads with the connection that writes. Not by GRDB's `read`: that makes the connection
    /// read-only and back again by a statement, and where memory is short for the way back no
    /// commit would ever succeed again.
    func read<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
        try settingDamageAside { () throws(StoreError) in
            try catchingDatabaseErrors(path: database.path) { try database.unsafeRead(body) }
        }
    }

    /// Opens the block of a row.
    func block(of id: Int64, in table: String, _ database: Database) throws -> StoredBlock {
        let location = StoredBlock.Location(table: table, row: id)
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT id, block FROM \(table) WHERE id = ?"),
            arguments: [id])
        guard let row else { throw location.damaged("it is not there") }
        return try coder.open(row.value("block", of: table), at: location)
    }

    /// The number of a new row of `blocks` of so many bytes.
    func blockID(forRowOf payload: Int, _ database: Database) throws -> Int64 {
        var filling =
            try pageFilling
            ?? PageFilling(after: newestBlock(database))
        defer { pageFilling = filling }
        return filling.id(forRowOf: payload)
    }

    func newestBlock(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT max(id) FROM blocks") ?? 0
    }

    func insertCommit(_ row: CommitRow, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO commits(id, time, confirmed, ledger, messages)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            row.id, row.time, row.confirmed,
            coder.encode(
                kind: LedgerColumns.ledgerKind, rowCount: row.ledger.count,
                columns: LedgerColumns.columns(of: row.ledger)
                    + LedgerColumns.columns(of: row.sequences), effort: .quick),
            coder.encode(
                kind: LedgerColumns.messagesKind, rowCount: row.messages.count,
                columns: LedgerColumns.columns(of: row.messages), effort: .quick),
        ])
    }

    func insertSegments(of set: ReadingSet, _ database: Database) throws {
        var byClass: [SeriesClass: [Reading]] = [:]
        set.forEachSeries { series, readings in
            let descriptor = catalogue.entries[Int(series)].descriptor
            byClass[SeriesClass(descriptor), default: []].append(contentsOf: readings)
        }
        for (seriesClass, readings) in byClass.sorted(by: { $0.key < $1.key }) {
            try insertSegments(readings, seriesClass, database)
        }
    }

    /// Inserts readings of one class as segments of a bounded size.
    private func insertSegments(
        _ readings: [Reading], _ seriesClass: SeriesClass, _ database: Database
    ) throws {
        var start = 0
        while start < readings.count {
            let end = min(start + Self.segmentReadingsMax, readings.count)
            try insertSegment(readings[start..<end], seriesClass, database)
            start = end
        }
    }

    /// LIMIT: readings of a segment; far below what a block may hold.
    private static let segmentReadingsMax = 131_072

    /// - Parameter id: nil: after all others.
    func insertSegment(
        _ readings: ArraySlice<Reading>, _ seriesClass: SeriesClass, id: Int64? = nil,
        _ database: Database
    ) throws {
        var first = Int64.max
        var last = Int64.min
        for reading in readings {
            first = min(first, reading.time)
            last = max(last, reading.time)
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO segments(id, horizon, step, first_time, last_time, readings, block)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            id, seriesClass.horizon ?? -1, seriesClass.step, first, last, readings.count,
            coder.encode(
                kind: ReadingColumns.blockKind, rowCount: readings.count,
                columns: ReadingColumns.columns(of: readings), effort: .quick),
        ])
    }

    /// Moves readings that stood in the set already from stored to duplicate.
    func bookRepeats(
        of set: ReadingSet, time: Int64, into ledger: inout [LedgerKey: LedgerCounts]
    ) {
        let day = civilDayNumber(zone.date(at: time))
        for (series, repeats) in set.repeats {
            let key = LedgerKey(day: day, device: catalogue.entries[Int(series)].device)
            ledger[key, default: LedgerCounts()][.readingsStored] -= repeats.total
            ledger[key, default: LedgerCounts()][.readingsDuplicate] += repeats.duplicates
            ledger[key, default: LedgerCounts()][.readingsConflict] += repeats.conflicts
            ledger[key, default: LedgerCounts()][.readingsLate] -= repeats.late
        }
    }
}

/// A row of `commits`.
struct CommitRow {
    let id: Int64
    let time: Int64
    let confirmed: Int64
    let ledger: [LedgerKey: LedgerCounts]
    let sequences: [SequenceID: SequenceState]
    let messages: [MessageRecord]
}

/// Series that settle together: same wait for late readings, same base window.
public struct SeriesClass: Hashable, Sendable, Comparable {
    /// Milliseconds; nil: no limit.
    public var horizon: Int64?
    /// Milliseconds; 0: readings stay as they came.
    public var step: Int64

    public init(_ descriptor: SeriesDescriptor) {
        horizon = descriptor.horizon
        step = descriptor.step
    }

    init(horizon: Int64, step: Int64) {
        self.horizon = horizon < 0 ? nil : horizon
        self.step = step
    }

    public static func < (left: SeriesClass, right: SeriesClass) -> Bool {
        (left.horizon ?? .max, left.step) < (right.horizon ?? .max, right.step)
    }
}

/// A civil day as the ledger writes it: yyyymmdd.
public func civilDayNumber(_ date: CivilDate) -> Int32 {
    Int32(truncatingIfNeeded: date.year * 10_000 + date.month * 100 + date.day)
}
