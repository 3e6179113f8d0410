import Foundation
import Glibc
import PrivateBroker
import Testing

extension EndToEnd {
    /// A real file system without space, under load, and then with space again.
    @Suite(.enabled(if: SmallDisk.canBeMade, "only root may mount the small disk of these tests"))
    struct FullDiskTests {
        /// With `SOCLE_FULL=1` the disk stays full for ten minutes, otherwise for three failures.
        private static let fullSeconds = Surroundings.isFull ? 600 : 0

        @Test func whatComesMeanwhileIsKept() throws {
            let disk = try SmallDisk()
            let town = try CrashTown(folder: disk.folder, storeName: "disk/town.sqlite")
            try town.station.start()
            try town.publish(20_000)
            try town.station.awaitStored(town.sent)

            try disk.fill()
            let end = ContinuousClock.now + .seconds(Self.fullSeconds)
            try town.publish(
                burst: 200, most: 200_000, patience: .seconds(Self.fullSeconds + 120)
            ) {
                ContinuousClock.now >= end && failures(town) >= 3
            }
            #expect(town.station.daemon?.isRunning == true)
            // Queries go on, and memory does not grow with what waits.
            let answer = try town.station.socle("query", "pulses", "--stat", "count")
            #expect(answer.code == 0, "\(answer.errors)")
            #expect(try town.station.peakKilobytes() < 120_000)

            try disk.makeRoom()
            try town.endPublishing()
            try town.station.awaitStored(town.sent)
            #expect(try town.station.stop() == 0)
            try town.expectSound("after a full disk")
            let (count, differences) = try town.compare()
            #expect(differences == [], "\(count.summary)")
        }

        private func failures(_ town: CrashTown) -> Int {
            town.station.log.split(separator: "\n").count { $0.contains("commit failed") }
        }
    }
}

/// A file system of eight megabytes in a test's folder, unmounted with this object.
final class SmallDisk {
    let folder: TemporaryFolder
    private var path: String { folder.path("disk") }

    static var canBeMade: Bool { getuid() == 0 }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        guard mount("tmpfs", path, "tmpfs", 0, "size=8m") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Leaves no byte.
    func fill() throws {
        let descriptor = open(path + "/ballast", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 1, count: 4_096)
        while write(descriptor, page, page.count) > 0 {}
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: path + "/ballast") }
}
