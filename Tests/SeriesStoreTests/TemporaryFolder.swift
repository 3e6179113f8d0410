import Foundation
import SeriesStore
import StoredSeries
import Telemetry

/// A folder for one test, gone with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "socle-store-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path(percentEncoded: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a store in the folder.
    var store: String { path + "/town.sqlite" }

    /// - Parameters:
    ///   - commitsToFold: commits that wait before they are added to the ledger; fewer than a
    ///     gateway's, so that each settling does all that settling does. Longer tiers are
    ///     there from the first window on as well.
    ///   - windowsToMove: of a transaction of compaction.
    func writer(
        zone: CivilZone = .paris, commitsToFold: Int = 1, windowsToMove: Int = 16_384
    ) throws -> StoreWriter {
        var pace = StorePace()
        (pace.commitsToFold, pace.windowsToMove) = (commitsToFold, windowsToMove)
        pace.batchesToDelete = 3
        pace.windowsWithoutTiers = 0
        return try StoreWriter(path: store, zone: zone, isManaged: true, pace: pace)
    }
}

/// 2026-03-28T12:00:00Z: half a day before the clocks change.
let springEve: Int64 = 1_774_699_200_000
/// 2026-10-24T12:00:00Z.
let autumnEve: Int64 = 1_792_843_200_000

extension StoreWriter {
    /// Commits readings with the counts that the gateway would book for them.
    func commit(
        _ readings: [Reading], time: Int64, messages: [MessageRecord] = [], confirmed: Int64 = 0
    ) throws {
        var batch = CommitBatch()
        batch.messages = messages
        batch.confirmedCommit = confirmed
        let day = civilDayNumber(zone.date(at: time))
        for reading in readings {
            let entry = catalogue.entries[Int(reading.series)]
            var placed = reading
            var counts = LedgerCounts()
            counts[.readingsDecoded] = 1
            counts[.readingsStored] = 1
            if reading.time < settledUntil(SeriesClass(entry.descriptor)) {
                placed.quality.insert(.late)
                counts[.readingsLate] = 1
            }
            batch.readings.append(placed)
            batch.ledger[LedgerKey(day: day, device: entry.device), default: .init()].add(counts)
        }
        try commit(batch, time: time)
    }

    /// A series of a device of the same name.
    func intern(
        _ name: String, _ kind: MetricKind, step: Int64 = 60_000, horizon: Int64? = 600_000,
        modulus: Value? = nil
    ) throws -> SeriesID {
        let device = catalogue.intern(device: name)
        return try catalogue.intern(
            SeriesDescriptor(
                key: SeriesKey(metric: name), kind: kind, unit: "1", step: step, horizon: horizon,
                modulus: modulus),
            device: device)
    }
}
