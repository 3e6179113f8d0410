import Foundation
import GRDB
import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// A backup is the store as it was at one moment, and a restore puts it back or changes nothing.
struct StoreBackupTests {
    private let folder: TemporaryFolder
    private var backup: String { folder.path + "/backup.sqlite" }
    private var key: [UInt8] { Array(repeating: 7, count: 16) }

    /// Rows in blocks, batches, segments and commits.
    init() throws {
        folder = try TemporaryFolder()
        let writer = try folder.writer()
        var random = SplitMix64(seed: 0x5eed_0071)
        let series = try writer.intern("level", .gauge)
        for day in 0..<3 {
            let time = springEve + Int64(day) * 86_400_000
            try writer.commit(
                randomReadings(40, of: series, kind: .gauge, from: time, using: &random),
                time: time + 40_000_000, messages: [MessageRecord(packetID: 7, hash: 9)])
            if day < 2 { try writer.settle(now: time + 80_000_000) }
            if day < 1 { try writer.compact() }
        }
        try Data(key).write(to: URL(filePath: folder.store + ".key"))
    }

    /// Adds a commit.
    private func goOn(_ number: Int64 = 1) throws {
        let time = springEve + (10 + number) * 86_400_000
        try folder.writer().commit(
            [Reading(series: 0, time: time, value: Value(number))], time: time)
    }

    /// All that a reader finds in a store.
    private func figures(_ path: String) throws -> [String] {
        try StoreReader(path: path).snapshot { snapshot in
            var figures = ["\(try snapshot.newestCommitTime() ?? 0)"]
            for tier in Tier.allCases {
                try snapshot.forEachSeries(
                    [0], tier: tier, from: .min, to: .max, withPreceding: false
                ) { _, windows in figures += windows.map { "\(tier) \($0)" } }
            }
            let ledger = try snapshot.ledger().map { "\($0) \($1)" }.sorted()
            return figures + ledger
        }
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasPrefix("town") && !$0.hasSuffix("-shm") }.sorted()
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func damage(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "UPDATE blocks SET block = x'00' WHERE tier = 0") }
        try queue.close()
    }

    @Test func aBackupIsOneMomentOfAStoreThatIsWritten() throws {
        let writer = try folder.writer()
        let before = try figures(folder.store)
        let made = try StoreBackup(of: folder.store, to: backup) { stage in
            // The writer goes on as soon as the copy is made.
            guard stage == .verifying else { return }
            #expect(throws: Never.self) {
                try writer.commit(
                    [Reading(series: 0, time: springEve, value: Value(9))],
                    time: springEve + 20 * 86_400_000)
            }
        }
        #expect(try figures(backup) == before)
        #expect(try figures(folder.store) != before)
        #expect(made.faults == [] && made.byteCount > 0)
        #expect(made.newestCommitTime == springEve + 2 * 86_400_000 + 40_000_000)
        #expect(try mode(backup) == 0o640 && mode(backup + ".key") == 0o600)
        #expect(FileManager.default.contents(atPath: backup + ".key") == Data(key))
    }

    @Test func anOlderBackupStaysUnlessItMayGo() throws {
        _ = try StoreBackup(of: folder.store, to: backup)
        let before = try figures(backup)
        try goOn()
        #expect(throws: StoreError.isThere(path: backup)) {
            try StoreBackup(of: folder.store, to: backup)
        }
        #expect(try figures(backup) == before)
        _ = try StoreBackup(of: folder.store, to: backup, replaces: true, withKey: false)
        #expect(try figures(backup) == figures(folder.store))
        // The key of an older backup does not lie beside one that has none.
        #expect(!FileManager.default.fileExists(atPath: backup + ".key"))
    }

    /// A copy of a damaged store is made, named as such, and takes no other's place.
    @Test func aDamagedCopyReplacesNothing() throws {
        _ = try StoreBackup(of: folder.store, to: backup)
        let sound = try figures(backup)
        try damage(folder.store)
        #expect(throws: StoreError.wouldReplaceSound(path: backup, faults: 1)) {
            try StoreBackup(of: folder.store, to: backup, replaces: true)
        }
        #expect(try figures(backup) == sound)
        #expect(!FileManager.default.fileExists(atPath: backup + "-new"))
        let other = try StoreBackup(of: folder.store, to: folder.path + "/other.sqlite")
        #expect(other.faults.map(\.tier) == [.base])
    }

    /// Rows say what the indexes must say: a damaged one is not copied.
    @Test func anIndexIsMadeAnew() throws {
        let sound = try figures(folder.store)
        let page = try DatabaseQueue(path: folder.store).writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            return try Int.fetchOne(
                database, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'blocks_place'")
        }
        // The page has one entry fewer, and a row that nobody finds by it.
        let url = URL(filePath: folder.store)
        var bytes = try Data(contentsOf: url)
        let count = try (#require(page) - 1) * 1_024 + 4
        let entries = bytes[count]
        try #require(entries > 0)
        bytes[count] = entries - 1
        try bytes.write(to: url)
        #expect(try figures(folder.store) != sound)
        #expect(try StoreReader(path: folder.store).snapshot { try !$0.verify().isEmpty })

        let copy = try StoreBackup(of: folder.store, to: backup)
        #expect(copy.faults.isEmpty)
        #expect(try figures(backup) == sound)
    }

    @Test(arguments: ["town.sqlite", "town.sqlite-wal", "town.sqlite.key", "other.sqlite"])
    func noStoreIsReplaced(name: String) throws {
        _ = try StoreWriter(path: folder.path + "/other.sqlite", isManaged: false)
        let writer = try folder.writer()
        let path = folder.path + "/" + name
        #expect(throws: StoreError.isStore(path: path)) {
            try StoreBackup(of: folder.store, to: path, replaces: true)
        }
        _ = writer
        #expect(try figures(folder.store).count > 1)
    }

    // MARK: - Restoring

    @Test func aRestorePutsBackAndKeepsWhatWasThere() throws {
        let before = try figures(folder.store)
        _ = try StoreBackup(of: folder.store, to: backup)
        try goOn()
        let after = try figures(folder.store)
        let restore = try StoreRestore(of: backup, to: folder.store, now: 1_774_699_200)
        #expect(try figures(folder.store) == before)
        let kept = try #require(restore.kept)
        #expect(kept == folder.store + "-20260328T120000Z")
        #expect(try figures(kept) == after)
        // Asked for again, it has nothing to do.
        let again = try StoreRestore(of: backup, to: folder.store, now: 1_774_699_200)
        #expect(again.kept == nil)
        // What is restored is a store as any other; the next file that is kept has another name.
        try goOn(2)
        let next = try StoreRestore(of: backup, to: folder.store, now: 1_774_699_200)
        #expect(next.kept == folder.store + "-20260328T120001Z")
        #expect(try figures(folder.store) == before && figures(kept) == after)
    }

    /// The records in a store are worth something with its own key alone.
    @Test func theKeyGoesWithTheStore() throws {
        _ = try StoreBackup(of: folder.store, to: backup)
        let other = Data(repeating: 9, count: 16)
        try other.write(to: URL(filePath: folder.store + ".key"))
        let restore = try StoreRestore(of: backup, to: folder.store, now: 0)
        let kept = try #require(restore.kept)
        #expect(FileManager.default.contents(atPath: folder.store + ".key") == Data(key))
        #expect(FileManager.default.contents(atPath: kept + ".key") == other)
        // A backup without a key leaves the one that is there.
        try FileManager.default.removeItem(atPath: backup + ".key")
        try goOn()
        _ = try StoreRestore(of: backup, to: folder.store, now: 0)
        #expect(FileManager.default.contents(atPath: folder.store + ".key") == Data(key))
    }

    /// Also a file that cannot be opened is kept, and with it its write-ahead log.
    @Test func aBrokenStoreIsReplaced() throws {
        let before = try figures(folder.store)
        _ = try StoreBackup(of: folder.store, to: backup)
        try Data("no store".utf8).write(to: URL(filePath: folder.store))
        try Data("no log".utf8).write(to: URL(filePath: folder.store + "-wal"))
        let restore = try StoreRestore(of: backup, to: folder.store, now: 0)
        let kept = try #require(restore.kept)
        #expect(FileManager.default.contents(atPath: kept) == Data("no store".utf8))
        #expect(FileManager.default.contents(atPath: kept + "-wal") == Data("no log".utf8))
        #expect(try figures(folder.store) == before)
        try goOn()
    }

    @Test func whatCannotBeRestoredChangesNothing() throws {
        _ = try StoreBackup(of: folder.store, to: backup)
        try goOn()
        let present = try figures(folder.store)
        let names = try files()
        func expectRefused(_ expected: StoreError) throws {
            #expect(throws: expected) { try StoreRestore(of: backup, to: folder.store, now: 0) }
            #expect(try figures(folder.store) == present)
            #expect(try files() == names)
        }
        do {
            let writer = try folder.writer()
            try expectRefused(.inUse(path: folder.store))
            _ = writer
        }
        try damage(backup)
        try expectRefused(.damagedBackup(path: backup, faults: 1))
        let queue = try DatabaseQueue(path: backup)
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 99") }
        try queue.close()
        try expectRefused(.newerFormat(found: 99, newestKnown: SeriesStore.formatVersion))
        try FileManager.default.removeItem(atPath: backup)
        try expectRefused(.missing(path: backup))
    }

    /// One that is damaged is better than none.
    @Test func aDamagedBackupIsRestoredWhereThatIsSaid() throws {
        try damage(folder.store)
        let made = try StoreBackup(of: folder.store, to: backup)
        #expect(made.faults.count == 1)
        let restore = try StoreRestore(
            of: backup, to: folder.path + "/new.sqlite", acceptsDamage: true, now: 0)
        #expect(restore.kept == nil && restore.backup.faults.count == 1)
        #expect(try figures(folder.path + "/new.sqlite") == figures(folder.store))
    }
}
