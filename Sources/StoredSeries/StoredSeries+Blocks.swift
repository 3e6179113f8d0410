import Telemetry
import Windows

/// Windows that lie in blocks.
///
/// A block that does not read back ends the reading, or is gone round where that was asked for:
/// windows of a longer tier are derived from a shorter one, and what base windows held is missing.
extension StoredSeries {
    /// LIMIT: a counter's fall is judged by the reading before it and the one after, and windows
    /// may have one reading each.
    static let precedingCount = 2

    /// The longest tier that the series has blocks of and that fills windows of another one.
    ///
    /// - Parameter isShorter: whether that other one itself does not count.
    func storedTier(of series: SeriesID, for tier: Tier, isShorter: Bool = false) throws -> Tier {
        let step = catalogue.entries[Int(series)].descriptor.step
        for finer in Tier.above(step: step).reversed() where finer.rawValue <= tier.rawValue {
            // Hours cross midnight where clocks differ from UTC by a part of one.
            if tier == .day, finer == .hour { continue }
            if isShorter, finer == tier { continue }
            let isStored = try reachingBlocks { blocks in
                var isStored = false
                try file.forEachRow(
                    "SELECT id FROM \(blocks) WHERE series = ?1 AND tier = ?2 LIMIT 1",
                    [Int64(series), finer.rawValue]
                ) { _ in
                    isStored = true
                    return false
                }
                return isStored
            }
            if isStored { return finer }
        }
        return .base
    }

    /// Calls `body` with each window that begins in a range, in order of start.
    func forEachBlockWindow(_ range: WindowRange, _ body: (Window) throws -> Void) throws {
        guard range.start < range.end else { return }
        // What was given away before a damaged row is not given once more.
        var next = range.start
        do {
            try file.forEachRow(
                BlockPlaces.overlapQuery("id, block"),
                [Int64(range.series), range.tier.rawValue, range.start, range.end - 1]
            ) { row in
                try decode(row, range) { window in
                    next = window.start + 1
                    try body(window)
                }
                return true
            }
            return
        } catch {
            guard goesRound(error) else { throw error }
        }
        var rest = range
        rest.start = next
        for span in try blockSpans(rest) {
            for window in try windows(of: span, rest) { try body(window) }
        }
    }

    /// The last windows before a range.
    func lastBlockWindows(_ range: WindowRange) throws -> [Window] {
        var before = range
        (before.start, before.end) = (.min, range.start)
        var windows: [Window] = []
        do {
            try file.forEachRow(
                """
                SELECT id, block FROM blocks
                WHERE series = ?1 AND tier = ?2 AND first_start < ?3
                ORDER BY first_start DESC
                """, [Int64(range.series), range.tier.rawValue, range.start]
            ) { row in
                var earlier: [Window] = []
                try decode(row, before) { earlier.append($0) }
                windows = earlier.suffix(Self.precedingCount) + windows
                return windows.count < Self.precedingCount
            }
        } catch {
            guard goesRound(error) else { throw error }
            windows = []
            for span in try blockSpans(before).reversed()
            where windows.count < Self.precedingCount {
                windows = try self.windows(of: span, before) + windows
            }
        }
        return windows.suffix(Self.precedingCount)
    }

    private func decode(
        _ row: StoredRow, _ range: WindowRange, _ body: (Window) throws -> Void
    ) throws {
        let descriptor = catalogue.entries[Int(range.series)].descriptor
        let block = try coder.open(
            row.blob("block", of: "blocks"), at: row.location(in: "blocks"))
        try WindowColumns.forEachRow(
            of: block, kind: descriptor.kind, range.fields,
            length: range.tier.length(step: descriptor.step),
            isWanted: { _, start in start >= range.start && start < range.end },
            { try body($1) })
    }

    // MARK: - Round damage

    /// Where a block is by the index alone, which is intact where the block's page may not be.
    struct BlockSpan {
        let id: Int64
        let first: Int64
        /// Where the next one begins, or the range ends.
        var end: Int64
    }

    /// Looks for blocks by their index, or by the table alone where a page of the index is damaged.
    ///
    /// - Parameter read: what stands behind FROM.
    private func reachingBlocks<T>(_ read: (_ blocks: String) throws -> T) throws -> T {
        do {
            return try read("blocks")
        } catch {
            guard damage != nil, file.reason(ofUnreachableRow: error) != nil else { throw error }
            return try read("blocks NOT INDEXED")
        }
    }

    /// The blocks that may have windows in a range, in order.
    private func blockSpans(_ range: WindowRange) throws -> [BlockSpan] {
        guard range.start < range.end else { return [] }
        return try reachingBlocks { try blockSpans(range, in: $0) }
    }

    private func blockSpans(_ range: WindowRange, in blocks: String) throws -> [BlockSpan] {
        var spans: [BlockSpan] = []
        try file.forEachRow(
            """
            SELECT id, first_start FROM \(blocks)
            WHERE series = ?1 AND tier = ?2 AND first_start < ?4
                AND first_start >= ifnull((
                    SELECT max(first_start) FROM \(blocks)
                    WHERE series = ?1 AND tier = ?2 AND first_start <= ?3), ?3)
            ORDER BY first_start
            """, [Int64(range.series), range.tier.rawValue, range.start, range.end]
        ) { row in
            let first = try row.instant("first_start", of: "blocks")
            if let last = spans.indices.last { spans[last].end = first }
            spans.append(
                BlockSpan(id: try row.location(in: "blocks").row, first: first, end: range.end))
            return true
        }
        return spans
    }

    private func goesRound(_ error: any Error) -> Bool {
        guard damage != nil else { return false }
        if case .damaged? = error as? StoreError { return true }
        return file.reason(ofUnreachableRow: error) != nil
    }

    /// The windows of a block that begin in a range; where it does not read back, those that follow
    /// from a shorter tier.
    private func windows(of span: BlockSpan, _ range: WindowRange) throws -> [Window] {
        do {
            var windows: [Window] = []
            let row = try file.row(span.id, of: "blocks", columns: "id, block")
            try decode(row, range) { windows.append($0) }
            return windows
        } catch let error as StoreError {
            guard case .damaged = error else { throw error }
            if range.tier == .base {
                damage?.lose(error)
                return []
            }
            damage?.derive(error)
            return try windows(inPlaceOf: span, range)
                .filter { $0.start >= range.start && $0.start < range.end }
        }
    }

    /// The windows that a block of a longer tier has, from those of a shorter one.
    private func windows(inPlaceOf span: BlockSpan, _ range: WindowRange) throws -> [Window] {
        let entry = catalogue.entries[Int(range.series)]
        let step = entry.descriptor.step
        // A range may begin and end within a window; the window is whole all the same.
        let first =
            range.start > span.first
            ? range.tier.windowStart(of: range.start, step: step, zone: zone) : span.first
        let last = range.tier.windowStart(
            of: min(span.end, Self.latest) - 1, step: step, zone: zone)
        let finer = WindowRange(
            series: range.series,
            tier: try storedTier(of: range.series, for: range.tier, isShorter: true),
            start: first, end: range.tier.windowEnd(from: last, step: step, zone: zone),
            withPreceding: false, fields: range.fields)
        var windows: [Window] = []
        try forEachBlockWindow(finer) { windows.append($0) }
        if finer.tier == .base {
            WindowFolding.allowForReplacements(in: &windows, rule: entry.rule)
        }
        return coarsened(windows, to: range.tier, entry)
    }

    /// 9999-12-31: a time behind all others that a calendar can still compute with.
    private static let latest: Int64 = 253_402_214_400_000
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
