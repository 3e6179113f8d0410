import DeviceProfiles
import Foundation
import MessageRing
import SeriesStore
import Telemetry
import Testing

@testable import Gateway

/// On which day the ledger counts a reading whose window was settled before its commit.
struct LateCountTests {
    private static let profile = """
        profile: meter
        title: { en: Meter, fr: Compteur }
        source: this test
        match: { topic: "meter/{name}" }
        decode: json
        time: { from: $.t, epoch: ms }
        readings:
          - { metric: power, from: $.p, unit: W, kind: gauge, horizon: 1m }
        tests:
          - { topic: meter/m1, payload: '{"p":1}', expect: { power: 1 } }
        """
    /// 2026-03-29 begins in Paris.
    private static let midnight: Int64 = 1_774_738_800_000

    private func take(_ time: Int64, at arrival: Int64, _ intake: inout MessageIntake) {
        let payload = Array("{\"t\":\(time),\"p\":5}".utf8)
        let header = MessageHeader(
            arrival: arrival, packetID: 1, flags: [.qos1],
            originalSize: UInt32(payload.count))
        intake.take(header, topic: Array("meter/m1".utf8).span, payload: payload.span)
    }

    @Test func aLateReadingCountsOnTheDayOfItsArrival() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-late-count-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/town.sqlite"
        let midnight = Self.midnight
        let writer = try StoreWriter(path: path, zone: .paris, isManaged: true)
        var intake = try MessageIntake(
            profiles: ProfileSet(parsing: [("meter.yaml", Self.profile)]), writer: writer,
            hash: KeyedHash(key: (1, 2)), lateLimit: nil, clock: .set)
        take(midnight - 120_000, at: midnight - 120_000, &intake)
        _ = try intake.commit(
            received: 1, confirmed: 0, newestArrival: 0, wall: midnight - 115_000, uptime: 0)
        // Two of windows that are settled meanwhile: one comes before midnight, one after it.
        take(midnight - 180_000, at: midnight - 30_000, &intake)
        take(midnight - 170_000, at: midnight + 5_000, &intake)
        try writer.settle(now: midnight + 10_000)
        intake.refreshSettled()
        _ = try intake.commit(
            received: 2, confirmed: 0, newestArrival: 0, wall: midnight + 10_000, uptime: 0)
        for (day, stored, late) in [(20_260_328, 2, 1), (20_260_329, 1, 1)] {
            let counts = try StoreReader(path: path).snapshot { snapshot in
                try snapshot.ledger(day: Int32(day)).values
                    .reduce(into: LedgerCounts()) { $0.add($1) }
            }
            #expect(counts[.readingsStored] == Int64(stored), "\(day)")
            #expect(counts[.readingsLate] == Int64(late), "\(day)")
        }
    }
}
