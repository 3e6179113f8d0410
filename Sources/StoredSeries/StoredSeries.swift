import Telemetry
import Windows

/// The series of a store in one state of it: what there is, and its windows.
///
/// Whoever reads the file, by whichever SQLite (``RowSource``), reads the same: windows are joined
/// by their start from the three places in which they lie (docs/format/store.md). Valid as long as
/// the source reads that state; of one thread.
public struct StoredSeries {
    /// Marks a file as a store: "Socl", SQLite's `application_id`.
    package static let applicationID: Int32 = 0x536f_636c
    /// The newest version of the tables that is read, and the one that is written.
    package static let formatVersion = 2

    package let file: any RowSource
    let coder: BlockCoder
    private let contents: StoreContents

    /// - Parameter coder: opens the blocks; whoever shares it keeps none open meanwhile.
    package init(_ file: some RowSource, coder: BlockCoder) throws {
        self.file = file
        self.coder = coder
        contents = try StoreContents(file)
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
            var isStored = false
            try file.forEachRow(
                "SELECT id FROM blocks WHERE series = ?1 AND tier = ?2 LIMIT 1",
                [Int64(series), finer.rawValue]
            ) { _ in
                isStored = true
                return false
            }
            if isStored { return finer }
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
        if recent.isEmpty, stored == tier, stored != .base || rule.replacements.isEmpty {
            // Blocks do not overlap: what they have is in order, and each start is there once.
            return blocks
        }
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
    package func forEachRecentSeries(
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
        var windows: [Window] = []
        try file.forEachRow(
            BlockPlaces.overlapQuery("id, block"), [Int64(series), tier.rawValue, start, end - 1]
        ) { row in
            try decode(row, descriptor, tier, into: &windows) { (start..<end).contains($0) }
            return true
        }
        return windows
    }

    /// LIMIT: a counter's fall is judged by the reading before it and the one after, and windows
    /// may have one reading each.
    private static let precedingCount = 2

    private func lastBlockWindows(
        of series: SeriesID, _ descriptor: SeriesDescriptor, _ tier: Tier, before start: Int64
    ) throws -> [Window] {
        var windows: [Window] = []
        try file.forEachRow(
            """
            SELECT id, block FROM blocks
            WHERE series = ?1 AND tier = ?2 AND first_start < ?3
            ORDER BY first_start DESC
            """, [Int64(series), tier.rawValue, start]
        ) { row in
            var earlier: [Window] = []
            try decode(row, descriptor, tier, into: &earlier) { $0 < start }
            windows = earlier.suffix(Self.precedingCount) + windows
            return windows.count < Self.precedingCount
        }
        return windows.suffix(Self.precedingCount)
    }

    private func decode(
        _ row: StoredRow, _ descriptor: SeriesDescriptor, _ tier: Tier,
        into windows: inout [Window], isWanted: (Int64) -> Bool
    ) throws {
        let block = try coder.open(
            row.blob("block", of: "blocks"), at: row.location(in: "blocks"))
        try WindowColumns.forEachRow(
            of: block, kind: descriptor.kind, length: tier.length(step: descriptor.step),
            isWanted: { _, start in isWanted(start) }, { windows.append($1) })
    }
}

/// Where blocks lie.
package enum BlockPlaces {
    /// Blocks of a series (`?1`) and tier (`?2`) that overlap a closed range of starts (`?3` to
    /// `?4`), in order.
    package static func overlapQuery(_ columns: String) -> String {
        """
        SELECT \(columns) FROM blocks
        WHERE series = ?1 AND tier = ?2 AND first_start <= ?4 AND last_start >= ?3
            AND first_start >= ifnull((
                SELECT max(first_start) FROM blocks
                WHERE series = ?1 AND tier = ?2 AND first_start <= ?3), ?3)
        ORDER BY first_start
        """
    }
}
