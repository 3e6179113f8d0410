import GRDB
import StoredSeries
import Telemetry
import Windows

/// Windows of one series, into its blocks and from there into the longer tiers.
extension StoreWriter {
    /// Adds settled windows of one series to its base blocks and derives the tiers above.
    func addToBlocks(
        _ windows: [Window], of series: SeriesID, sealing time: Int64, _ database: Database
    ) throws {
        let descriptor = catalogue.entries[Int(series)].descriptor
        let place = BlockPlace(
            series: series, tier: .base, step: descriptor.step, rule: descriptor.windowRule)
        let joined = WindowFolding.joined(windows, rule: descriptor.windowRule)
        let blocks = BlockTable(
            writer: self, database: database, place: place, sealing: time)
        for group in groups(joined, step: descriptor.step) {
            try blocks.add(Array(group))
            guard let oldest = group.first?.start, let newest = group.last?.start else { continue }
            try deriveTiers(
                from: oldest, through: newest, of: series, sealing: time, database)
        }
    }

    /// Splits windows where a day or more lies between the end of one and the next, so that one
    /// late reading of last year does not derive a year anew.
    private func groups(_ windows: [Window], step: Int64) -> [ArraySlice<Window>] {
        var groups: [ArraySlice<Window>] = []
        var begin = 0
        for index in windows.indices.dropFirst()
        where windows[index].start - windows[index - 1].start >= step + 86_400_000 {
            groups.append(windows[begin..<index])
            begin = index
        }
        groups.append(windows[begin...])
        return groups
    }

    /// Derives the tiers above the base anew where base windows of a closed range lie.
    ///
    /// A series has a longer tier from its first window on or not at all: it gets one once that
    /// is worth its room, and keeps it.
    func deriveTiers(
        from oldest: Int64, through newest: Int64, of series: SeriesID,
        sealing time: Int64 = .min, _ database: Database
    ) throws {
        let descriptor = catalogue.entries[Int(series)].descriptor
        let rule = catalogue.entries[Int(series)].rule
        func table(_ tier: Tier) -> BlockTable {
            BlockTable(
                writer: self, database: database,
                place: BlockPlace(
                    series: series, tier: tier, step: descriptor.step, rule: rule),
                sealing: time)
        }
        var finer = [Tier.base]
        for tier in Tier.above(step: descriptor.step) {
            let target = table(tier)
            var range: ClosedRange? = oldest...newest
            if try target.range() == nil {
                guard try table(.base).isWorth(tier) else { continue }
                range = try table(.base).range()
            }
            guard let range else { continue }
            // Not from hours, which cross midnight where clocks differ from UTC by a part of one.
            let below = finer.last { tier != .day || $0 != .hour } ?? .base
            let start = { (instant: Int64) in
                tier.windowStart(of: instant, step: descriptor.step, zone: self.zone)
            }
            let first = start(range.lowerBound)
            let end = tier.windowEnd(
                from: start(range.upperBound), step: descriptor.step, zone: zone)
            let days = DayMemory(zone: zone)
            var coarse: [Window] = []
            var coarsener = WindowCoarsener(rule: rule)
            try table(below).forEachWindow(from: first, to: end) { window in
                var window = window
                if below == .base { window.allowForReplacements(rule) }
                let start = tier == .day ? days.start(of: window.start) : start(window.start)
                coarsener.add(window, start: start) { coarse.append($0) }
            }
            coarsener.finish { coarse.append($0) }
            try target.replace(from: first, to: end, with: coarse)
            finer.append(tier)
        }
    }
}

extension Tier {
    /// Base windows that a window of a longer tier must stand for, and the bytes of these, so that
    /// the tier is worth its room: its windows take some five bytes each, and where nothing
    /// changes the base takes fewer.
    static let rowsPerWindow: Int64 = 16
    /// Where it stands for fewer than these it costs more and saves less: the series must be that
    /// many times as long.
    static let manyRowsPerWindow: Int64 = 64
    static let bytesPerWindow: Int64 = 4
}
