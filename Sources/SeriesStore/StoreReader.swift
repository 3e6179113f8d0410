import Foundation
import GRDB
import Glibc
import StoredSeries
import Telemetry
import Windows

/// Reads a store, beside its writer if there is one.
///
/// Not thread-safe: one reader a thread. Everything read inside one ``snapshot(_:)`` belongs to
/// one commit, whatever is written meanwhile.
public final class StoreReader {
    private let database: DatabaseQueue
    private let coder = BlockCoder()
    private let path: String

    /// Opens a store that exists.
    public init(path: String) throws(StoreError) {
        try checkFile(path: path, mode: R_OK)
        self.path = path
        do {
            database = try StoreReader.open(path)
        } catch .cannotCreate(_, let reason) {
            throw .notAllowed(path: path, reason: reason)
        }
    }

    private static func open(_ path: String) throws(StoreError) -> DatabaseQueue {
        try catchingDatabaseErrors(path: path) { () throws -> DatabaseQueue in
            try checkIdentity(path: path, isWriter: false)
            return try DatabaseQueue(
                path: path, configuration: SeriesStore.configuration(readOnly: true))
        }
    }

    /// Reads one state of the store.
    ///
    /// - Throws: ``StoreError``, or what `body` throws.
    public func snapshot<T>(_ body: (StoreSnapshot) throws -> T) throws -> T {
        do {
            return try database.read { database in
                try body(
                    StoreSnapshot(
                        database: database, coder: coder, contents: try StoreContents(database)))
            }
        } catch let error as DatabaseError {
            throw storeError(of: error, path: path)
        } catch let error as RowDecodingError {
            throw StoreError.corrupt(path: path, reason: error.description)
        }
    }
}

/// One state of a store, valid inside ``StoreReader/snapshot(_:)``.
public struct StoreSnapshot {
    let database: Database
    let coder: BlockCoder
    private let contents: StoreContents

    fileprivate init(database: Database, coder: BlockCoder, contents: StoreContents) {
        self.database = database
        self.coder = coder
        self.contents = contents
    }

    /// The series and devices of the store.
    public var catalogue: SeriesCatalogue { contents.catalogue }
    /// The zone in which its days begin.
    public var zone: CivilZone { contents.zone }
    /// Whether a gateway's policy governs it.
    public var isManaged: Bool { contents.isManaged }

    /// The windows of a tier that begin in a half-open range, merged from all that the store holds.
    ///
    /// - Parameters:
    ///   - series: the wanted ones.
    ///   - withPreceding: also the last two windows before the range, where there are any: what a
    ///     counter or a state was when the range began, and whether that is in doubt.
    ///   - body: called once for each series that has windows, in the order given, with
    ///     windows sorted by start.
    public func forEachSeries(
        _ series: [SeriesID], tier: Tier, from start: Int64, to end: Int64, withPreceding: Bool,
        _ body: (SeriesID, [Window]) throws -> Void
    ) throws {
        let recent = try RecentWindows(
            self, series: series, from: withPreceding ? .min : start, to: end)
        for id in series {
            let entry = catalogue.entries[Int(id)]
            // Tiers that do not follow the journal of the meters yet are derived here.
            let stored = try entry.hasDerivedTiers ? storedTier(of: id, for: tier) : .base
            var windows = try blockWindows(of: id, entry.descriptor, stored, from: start, to: end)
            if withPreceding {
                windows =
                    try lastBlockWindows(of: id, entry.descriptor, stored, before: start) + windows
            }
            windows = merged(windows, of: stored, recent.windows(of: id), as: tier, entry)
            if withPreceding, let first = windows.firstIndex(where: { $0.start >= start }),
                first > Self.precedingCount
            {
                windows.removeFirst(first - Self.precedingCount)
            }
            if !windows.isEmpty { try body(id, windows) }
        }
    }

    /// The longest tier that the series has blocks of and that fills windows of another one.
    private func storedTier(of series: SeriesID, for tier: Tier) throws -> Tier {
        let step = catalogue.entries[Int(series)].descriptor.step
        for finer in Tier.above(step: step).reversed() where finer.rawValue <= tier.rawValue {
            // Hours cross midnight where clocks differ from UTC by a part of one.
            if tier == .day, finer == .hour { continue }
            let isStored = try Bool.fetchOne(
                database.cachedStatement(
                    sql: "SELECT EXISTS (SELECT 1 FROM blocks WHERE series = ? AND tier = ?)"),
                arguments: [Int64(series), finer.rawValue])
            if isStored == true { return finer }
        }
        return .base
    }

    /// Windows of a tier from what blocks of a shorter one have, or of the same, and the base
    /// windows that are in none.
    private func merged(
        _ blocks: [Window], of stored: Tier, _ recent: [Window], as tier: Tier,
        _ entry: SeriesCatalogue.Entry
    ) -> [Window] {
        let rule = entry.rule
        var windows = recent
        if stored == .base {
            windows = WindowFolding.joined(blocks + recent, rule: entry.descriptor.windowRule)
        }
        WindowFolding.allowForReplacements(in: &windows, rule: rule)
        if stored != .base {
            windows = WindowFolding.joined(
                blocks + coarsened(windows, to: stored, entry), rule: rule)
        }
        return tier == stored ? windows : coarsened(windows, to: tier, entry)
    }

    private func coarsened(
        _ windows: [Window], to tier: Tier, _ entry: SeriesCatalogue.Entry
    ) -> [Window] {
        let days = DayMemory(zone: zone)
        return WindowFolding.coarsened(windows, rule: entry.rule) { instant in
            tier == .day
                ? days.start(of: instant)
                : tier.windowStart(of: instant, step: entry.descriptor.step, zone: zone)
        }
    }

    /// The base windows of each series that are not in blocks yet.
    func forEachRecentSeries(
        _ series: [SeriesID], _ body: (SeriesID, [Window]) throws -> Void
    ) throws {
        let recent = try RecentWindows(self, series: series, from: .min, to: .max)
        for id in series { try body(id, recent.windows(of: id)) }
    }

    private func blockWindows(
        of series: SeriesID, _ descriptor: SeriesDescriptor, _ tier: Tier, from start: Int64,
        to end: Int64
    ) throws -> [Window] {
        guard start < end else { return [] }
        let rows = try Row.fetchCursor(
            database.cachedStatement(sql: BlockTable.overlapQuery("id, block")),
            arguments: BlockTable.overlapArguments(series, tier, start, end - 1))
        var windows: [Window] = []
        while let row = try rows.next() {
            windows += try decode(row, descriptor, tier) { (start..<end).contains($0) }
        }
        return windows
    }

    /// LIMIT: a counter's fall is judged by the reading before it and the one after, and windows
    /// may have one reading each.
    private static let precedingCount = 2

    private func lastBlockWindows(
        of series: SeriesID, _ descriptor: SeriesDescriptor, _ tier: Tier, before start: Int64
    ) throws -> [Window] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT id, block FROM blocks
                    WHERE series = ? AND tier = ? AND first_start < ?
                    ORDER BY first_start DESC
                    """),
            arguments: [Int64(series), tier.rawValue, start])
        var windows: [Window] = []
        while windows.count < Self.precedingCount, let row = try rows.next() {
            windows = try decode(row, descriptor, tier) { $0 < start } + windows
        }
        return windows.suffix(Self.precedingCount)
    }

    private func decode(
        _ row: Row, _ descriptor: SeriesDescriptor, _ tier: Tier, isWanted: (Int64) -> Bool
    ) throws -> [Window] {
        let block = try coder.open(
            row.value("block", of: "blocks"), at: row.location(in: "blocks"))
        return try WindowColumns.rows(
            from: block, kind: descriptor.kind, length: tier.length(step: descriptor.step)
        ) { _, start in isWanted(start) }
        .map(\.window)
    }
}
