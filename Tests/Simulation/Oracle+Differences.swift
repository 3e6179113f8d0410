import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry

/// The answer: what is in the store, held against what must be.
extension Oracle {
    /// What the store says otherwise.
    ///
    /// - Parameter allowsLate: whether windows of devices with a clock may have been settled before
    ///   all of their readings were in.
    func differences(
        from snapshot: StoreSnapshot, allowingLate allowsLate: Bool
    ) throws -> [String] {
        var differences = faults
        for (number, descriptor) in model.descriptors.enumerated()
        where !allowsLate && descriptor.key.metric == "sim_energy" {
            let windows = model.windows(of: number, tier: .base, zone: snapshot.zone)
            for (start, window) in windows where window.late > 0 || !window.isInOrder {
                differences.append("\(descriptor.key) \(start) was settled too early")
            }
        }
        differences += try model.differences(
            from: snapshot, comparingCounts: !forgetsMessages)
        var sum = LedgerCounts()
        for (key, counts) in try snapshot.ledger() {
            if counts.messagesUnaccounted != 0 {
                differences.append("the ledger of \(key) does not balance")
            }
            sum.add(counts)
        }
        if forgetsMessages { return differences }
        for counter in [
            LedgerCounter.messagesReceived, .messagesDecoded, .messagesDuplicate,
            .messagesQuarantined, .messagesRetained, .messagesAtMostOnce,
        ] where sum[counter] != counts[counter, default: 0] {
            differences.append("\(counter) is \(sum[counter]) for \(counts[counter, default: 0])")
        }
        return differences
    }
}
