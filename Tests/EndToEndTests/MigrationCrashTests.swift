import Foundation
import GRDB
import Glibc
import PrivateBroker
import Testing

extension EndToEnd.CrashTests {
    /// What a gateway brings up to date before it reads a message.
    enum Migration: CaseIterable {
        /// There is no file: it makes one.
        case creation
        /// There is a file of format 1.
        case format1

        /// The dump of a store of an older format, nil for none.
        fileprivate var olderStore: URL? {
            switch self {
            case .creation: nil
            case .format1:
                URL(filePath: #filePath).deletingLastPathComponent()
                    .appending(path: "../SeriesStoreTests/Golden/format1.sql")
            }
        }
    }

    /// A start that is killed at any write of its migrations is made good by the next start.
    @Test(
        .enabled(if: Tracer.isUsable, Tracer.absence), arguments: CrashPlan.lives(of: .migrating))
    func killedWhileMigrating(life: CrashLife) throws {
        var generator = life.generator
        let migration = Migration.allCases[life.number % Migration.allCases.count]
        let town = try CrashTown()
        let writes = try town.writes(of: migration)
        let point = try #require(writes.randomElement(using: &generator))
        try town.layDown(migration)
        try town.station.startWithoutBroker(by: Tracer.runner(killingAt: point))
        try town.station.awaitKill()
        // There may be no store to verify yet; the next start has to make it whole.
        try town.station.start()
        try town.station.kill()
        try town.expectSound("\(life.testDescription): \(migration) at \(point)")
        try town.station.start()
        try town.publish(.random(in: 8...500, using: &generator))
        try town.expectEachOnce(life)
    }
}

extension CrashTown {
    /// Lets a gateway find what there is to migrate.
    fileprivate func layDown(_ migration: EndToEnd.CrashTests.Migration) throws {
        for path in storeFiles { try? FileManager.default.removeItem(atPath: path) }
        if let older = migration.olderStore {
            let dump = try String(contentsOf: older, encoding: .utf8)
            let queue = try DatabaseQueue(path: station.store)
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: dump)
                // The ledger is to count what is sent, and nothing else.
                try database.execute(sql: "DELETE FROM ledger; DELETE FROM commits")
            }
            try queue.close()
        }
    }

    /// All writes of a start, up to the broker's answer.
    fileprivate func writes(of migration: EndToEnd.CrashTests.Migration) throws -> [KillPoint] {
        try layDown(migration)
        let recorder = Tracer.recorder(
            of: Self.writingCalls, on: storeFiles, to: station.folder.path("calls.log"))
        try station.startWithoutBroker(by: recorder)
        try station.awaitLog("subscribed")
        try station.kill()
        return Tracer.points(in: station.folder.text(of: "calls.log"), on: storeFiles)
    }

    /// Everything that belongs to the store; of the folder only the names are written.
    private var storeFiles: [String] {
        ["", "-wal", "-shm", "-journal", ".key"].map { station.store + $0 }
    }
}
