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
    ///
    /// Where it cannot be read, whoever goes round damage takes no windows from batches: some may
    /// be in blocks as well, and would count twice. A writer must not go on from a wrong place.
    ///
    /// - Throws: ``StoreError/damaged(table:row:reason:)`` where nobody goes round damage.
    package init?(_ file: some RowSource, goingRound damage: DamageMet? = nil) throws {
        do {
            guard let text = try file.checkedMetadata(Self.key) else { return nil }
            let numbers = text.split(separator: " ").compactMap { Int64($0) }
            guard numbers.count == 2 else {
                throw StoreError.damaged(table: "meta", row: 0, reason: "\(Self.key) is \(text)")
            }
            self.init(batch: numbers[0], series: SeriesID(clamping: numbers[1]))
        } catch {
            guard let damage else { throw error }
            if let fault = error as? StoreError, case .damaged = fault {
                damage.lose(fault)
            } else if let reason = file.reason(ofUnreachableRow: error) {
                damage.lose(.damaged(table: "meta", row: 0, reason: reason))
            } else {
                throw error
            }
            self.init(batch: .max, series: .max)
        }
    }

    package var text: String { "\(batch) \(series)" }

    /// Whether the windows of a series that are in a batch are in blocks as well.
    package func covers(_ series: SeriesID, ofBatch batch: Int64) -> Bool {
        batch <= self.batch && series < self.series
    }
}
