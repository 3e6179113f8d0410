import DeviceProfiles
import Foundation
import SeriesStore
import Telemetry
import Testing

@testable import Gateway

/// A commit is no earlier than what it holds, though the clock was set back: times of arrival go
/// on behind it after a restart, and two readings never seem to be one.
struct CommitTimeTests {
    private static let now: Int64 = 1_774_699_200_000

    @Test(arguments: [(-60_000, 0), (0, 0), (60_000, 60_000)] as [(Int64, Int64)])
    func aCommitIsNotBeforeItsMessages(arrival: Int64, commit: Int64) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-commit-time-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "town.sqlite").path
        do {
            let writer = try StoreWriter(path: path, zone: .paris, isManaged: true)
            var intake = try MessageIntake(
                profiles: ProfileSet(parsing: []), writer: writer, hash: KeyedHash(key: (1, 2)),
                lateLimit: nil, clock: .set)
            _ = try intake.commit(
                received: 0, confirmed: 0, newestArrival: Self.now + arrival, wall: Self.now,
                uptime: 0)
        }
        let reopened = try StoreWriter(path: path, zone: .paris, isManaged: true)
        #expect(reopened.newestCommitTime == Self.now + commit)
    }
}
