import Telemetry

/// How far a compaction has come that is not at its end: windows of the older batches, of series
/// with lower numbers, are in blocks already, and are not read from the batches any more.
package struct CompactionMark: Equatable, Sendable {
    /// The key in `meta`.
    package static let key = "compacting"

    /// The newest batch that the compaction takes windows from.
    package var batch: Int64
    /// The first series whose windows it has not moved.
    package var series: SeriesID

    package init(batch: Int64, series: SeriesID) {
        (self.batch, self.series) = (batch, series)
    }

    /// nil where no compaction is on its way.
    package init?(_ file: some RowSource, goingRound damage: DamageMet? = nil) throws {
        guard let text = try file.metadata(Self.key, goingRound: damage) else { return nil }
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 2 else { return nil }
        self.init(batch: numbers[0], series: SeriesID(clamping: numbers[1]))
    }

    package var text: String { "\(batch) \(series)" }

    /// Whether the windows of a series that are in a batch are in blocks as well.
    package func covers(_ series: SeriesID, ofBatch batch: Int64) -> Bool {
        batch <= self.batch && series < self.series
    }
}
