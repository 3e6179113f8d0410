import Telemetry
import Windows

/// The series of a store in one state of it: what there is, and its windows.
///
/// Whoever reads the file, by whichever SQLite (``RowSource``), reads the same: windows are joined
/// by their start from the three places in which they lie (docs/format/store.md). Valid as long as
/// the source reads that state; of one thread. A row that does not read back ends the reading, or
/// is gone round and remembered, as whoever opens it wants.
public struct StoredSeries {
    /// Marks a file as a store: "Socl", SQLite's `application_id`.
    package static let applicationID: Int32 = 0x536f_636c
    /// The newest version of the tables that is read, and the one that is written.
    package static let formatVersion = 2

    package let file: any RowSource
    let coder: BlockCoder
    let damage: DamageMet?
    private let contents: StoreContents

    /// - Parameters:
    ///   - coder: opens the blocks; whoever shares it keeps none open meanwhile.
    ///   - damage: remembers the rows that reading went round; nil: the first of them ends it.
    ///   - patterns: of the series that will be asked for, where not all of them are.
    package init(
        _ file: some RowSource, coder: BlockCoder, goingRound damage: DamageMet? = nil,
        only patterns: [KeyPattern] = []
    ) throws {
        self.file = file
        self.coder = coder
        self.damage = damage
        contents = try StoreContents(file, goingRound: damage, only: patterns)
    }

    /// The series and devices of the store.
    public var catalogue: SeriesCatalogue { contents.catalogue }
    /// The zone in which its days begin.
    public var zone: CivilZone { contents.zone }
    /// Which windows of batches are in blocks already.
    var compactionMark: CompactionMark? { contents.compactionMark }
    /// Whether a gateway's policy governs it.
    public var isManaged: Bool { contents.isManaged }

    /// The metrics of all series, whichever were asked for.
    package func metrics() throws -> Set<String> {
        var metrics: Set<String> = []
        try file.forEachRow("SELECT key FROM series", []) { row in
            if case .text(let key)? = row.values.first {
                metrics.insert(String(key.prefix { $0 != "{" }))
            }
            return true
        }
        return metrics
    }

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
        let recent = try recentWindows(
            of: series, from: withPreceding ? nil : start, to: end)
        for id in series {
            var windows: [Window] = []
            try forEachWindow(
                of: id, tier, from: start, to: end, withPreceding: withPreceding, .all, recent
            ) { windows.append($0) }
            if !windows.isEmpty { try body(id, windows) }
        }
    }

    /// The tier whose blocks windows of a tier are read from. Tiers that do not follow the journal
    /// of the meters yet are derived from the base.
    package func readableTier(of id: SeriesID, for tier: Tier) throws -> Tier {
        try catalogue.entries[Int(id)].hasDerivedTiers ? storedTier(of: id, for: tier) : .base
    }

    /// The base windows of each series that are not in blocks yet.
    package func forEachRecentSeries(
        _ series: [SeriesID], _ body: (SeriesID, [Window]) throws -> Void
    ) throws {
        let recent = try recentWindows(of: series)
        for id in series { try body(id, recent.windows(of: id)) }
    }
}
