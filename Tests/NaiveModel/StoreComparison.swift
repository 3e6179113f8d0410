import SeriesStore
import StoredSeries
import Telemetry
import Windows

extension StoreModel {
    /// What a store says otherwise than this model: nothing, if the store is right.
    ///
    /// - Parameter counts: whether the store's ledger holds the readings of this model and no
    ///   others.
    public func differences(
        from snapshot: StoreSnapshot, comparingCounts counts: Bool = true
    ) throws -> [String] {
        var differences: [String] = []
        let catalogue = snapshot.catalogue
        for (number, descriptor) in descriptors.enumerated() {
            guard let series = catalogue.series(descriptor.key) else {
                if !windows(of: number, tier: .base, zone: snapshot.zone).isEmpty {
                    differences.append("\(descriptor.key) is missing")
                }
                continue
            }
            for tier in Tier.allCases where tier == .base || tier.rawValue > descriptor.step {
                let expected = windows(of: number, tier: tier, zone: snapshot.zone)
                var found: [Window] = []
                try snapshot.forEachSeries(
                    [series], tier: tier, from: .min, to: .max, withPreceding: false
                ) { found = $1 }
                differences += compare(found, expected, descriptor).map {
                    "\(descriptor.key) \(tier.name) \($0)"
                }
            }
        }
        return try differences + (counts ? countDifferences(from: snapshot) : [])
    }

    private func compare(
        _ found: [Window], _ expected: [Int64: Expectation], _ descriptor: SeriesDescriptor
    ) -> [String] {
        guard found.map(\.start) == expected.keys.sorted() else {
            let missing = Set(expected.keys).subtracting(found.map(\.start)).sorted()
            return ["has \(found.count) windows for \(expected.count), lacks \(missing)"]
        }
        return found.compactMap { window in
            guard let expected = expected[window.start] else { return nil }
            let statistics = NaiveStatistics(of: window, kind: descriptor.kind)
            let isRight =
                expected.isInOrder
                ? statistics == expected.statistics
                : statistics.withoutOrder == expected.statistics.withoutOrder
            guard isRight, window.lateCount == expected.late, window.revision == expected.revision
            else { return "\(window.start): \(window) for \(expected)" }
            return nil
        }
    }

    private func countDifferences(from snapshot: StoreSnapshot) throws -> [String] {
        var sum = LedgerCounts()
        for (key, counts) in try snapshot.ledger() {
            if counts.readingsUnaccounted != 0 { return ["the ledger of \(key) does not balance"] }
            sum.add(counts)
        }
        let pairs: [(LedgerCounter, Int)] = [
            (.readingsDecoded, decoded + unplaced), (.readingsStored, stored),
            (.readingsUnplaced, unplaced),
            (.readingsDuplicate, duplicates), (.readingsConflict, conflicts),
        ]
        return pairs.filter { sum[$0] != $1 }.map { "\($0) is \(sum[$0]) for \($1)" }
    }
}
