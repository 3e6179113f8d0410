import DeviceProfiles
import Foundation
import MessageRing
import SeriesStore
import Telemetry
import Testing

@testable import Gateway

/// When a gateway settles whose clock is set back.
struct SettlingAfterAStepTests {
    /// A clock that was a day ahead at the first start, and is set right: what comes then is
    /// settled, and compacted, without a restart.
    @Test func settlingGoesOnWhenTheClockIsSetBack() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-step-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let writer = try StoreWriter(
            path: folder.path + "/town.sqlite", zone: .paris, isManaged: true)
        let ends = MessageRing.make(capacity: 65_536)
        var collector = try Collector(
            consumer: ends.consumer, profiles: ProfileSet(parsing: []), writer: writer,
            hash: KeyedHash(key: (1, 2)), lateLimit: nil, unsetBoot: nil)
        let right: Int64 = 1_774_738_800_000
        let ahead = right + 86_400_000
        #expect(try collector.settleIfDue(now: ahead))
        #expect(try collector.settleIfDue(now: ahead + 1_000) == false)
        #expect(try collector.settleIfDue(now: right))
        #expect(try collector.settleIfDue(now: right + 59_000) == false)
        #expect(try collector.settleIfDue(now: right + 60_000))
    }
}
