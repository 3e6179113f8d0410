import Foundation
import GRDB
import StoredSeries
import Synchronization
import Telemetry
import Testing

@testable import SeriesStore

/// Which files a store opens, and what it says of the others.
struct StoreOpeningTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aMissingFileIsMissing() {
        #expect(throws: StoreError.missing(path: folder.store)) {
            try StoreReader(path: folder.store)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.store))
    }

    @Test func aFolderThatIsNotThereCannotHoldAStore() throws {
        let path = folder.path + "/no/town.sqlite"
        #expect {
            try StoreWriter(path: path, isManaged: true)
        } throws: { error in
            if case StoreError.cannotCreate = error { true } else { false }
        }
    }

    @Test(arguments: ["text", "database"])
    func anotherFileIsNoStoreAndStaysAsItWas(content: String) throws {
        if content == "text" {
            let text = String(repeating: "Délibération du conseil municipal. ", count: 99)
            try Data(text.utf8).write(to: URL(filePath: folder.store))
        } else {
            try DatabaseQueue(path: folder.store).write { database in
                try database.execute(sql: "CREATE TABLE accounts(id INTEGER PRIMARY KEY)")
            }
        }
        let before = try Data(contentsOf: URL(filePath: folder.store))
        #expect(throws: StoreError.notAStore(path: folder.store)) {
            try StoreReader(path: folder.store)
        }
        #expect(throws: StoreError.notAStore(path: folder.store)) { try folder.writer() }
        #expect(try Data(contentsOf: URL(filePath: folder.store)) == before)
    }

    @Test func anEmptyFileIsNoStoreToReaders() throws {
        try Data().write(to: URL(filePath: folder.store))
        #expect(throws: StoreError.notAStore(path: folder.store)) {
            try StoreReader(path: folder.store)
        }
        #expect(try Data(contentsOf: URL(filePath: folder.store)).isEmpty)
    }

    /// To the window, by whichever class was settled last, though commits were made since.
    @Test func whenWindowsWereSettledIsKnown() throws {
        do {
            let writer = try folder.writer()
            #expect(writer.newestSettling == nil)
            let days = try writer.intern("days", .gauge, horizon: 7 * 86_400_000)
            let minutes = try writer.intern("minutes", .gauge)
            let now = springEve + 90_000
            try writer.commit([Reading(series: days, time: now, value: Value(1))], time: now)
            try writer.settle(now: now)
            try writer.commit(
                [Reading(series: minutes, time: now, value: Value(1))], time: now)
            try writer.settle(now: now + 60_000)
            try writer.commit(CommitBatch(), time: now + 7_200_000)
        }
        #expect(try folder.writer().newestSettling == springEve + 120_000)
    }

    @Test func aNewerFormatIsRefused() throws {
        _ = try folder.writer()
        let newer = SeriesStore.formatVersion + 1
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(sql: "PRAGMA user_version = \(newer)")
        }
        let expected = StoreError.newerFormat(
            found: newer, newestKnown: SeriesStore.formatVersion)
        #expect(throws: expected) { try StoreReader(path: folder.store) }
        #expect(throws: expected) { try folder.writer() }
    }

    @Test func thereIsOneWriter() throws {
        var first: StoreWriter? = try folder.writer()
        #expect(throws: StoreError.inUse(path: folder.store)) { try folder.writer() }
        #expect(first?.newestCommit == 0)
        first = nil
        #expect(throws: Never.self) { try folder.writer() }
    }

    /// A writer that has announced itself is known by its number, for as long as it writes: what is
    /// left behind, or an import, is nobody that takes signals.
    @Test func aWriterIsKnownOnceItSaysSo() throws {
        #expect(try SeriesStore.announcedWriter(store: folder.store) == nil)
        for _ in 0..<2 {
            var writer: StoreWriter? = try folder.writer()
            #expect(try SeriesStore.announcedWriter(store: folder.store) == nil)
            try writer?.announceProcess()
            let process = try SeriesStore.announcedWriter(store: folder.store)
            #expect(process == ProcessInfo.processInfo.processIdentifier)
            writer = nil
            #expect(try SeriesStore.announcedWriter(store: folder.store) == nil)
        }
    }

    /// Who asks is in nobody's way: a gateway that starts just then is not turned away.
    @Test func askingForTheWriterTurnsNobodyAway() throws {
        _ = try folder.writer()
        let store = folder.store
        let isOver = Mutex(false)
        let asker = Thread {
            while !isOver.withLock({ $0 }) { _ = try? SeriesStore.announcedWriter(store: store) }
        }
        asker.start()
        defer { isOver.withLock { $0 = true } }
        for _ in 0..<500 {
            let lock = try WriterLock(path: store)
            try lock.write("1\n")
        }
    }

    /// A file keeps its zone and who governs it, also where its creation was cut off.
    @Test(arguments: [false, true])
    func aStoreKeepsWhatItWasMadeWith(wasCutOff: Bool) throws {
        if wasCutOff {
            #expect(FileManager.default.createFile(atPath: folder.store, contents: nil))
        }
        let reunion = try #require(CivilZone(identifier: "Indian/Reunion"))
        _ = try folder.writer(zone: reunion)
        let again = try folder.writer(zone: .paris)
        #expect(again.zone.identifier == "Indian/Reunion")
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(snapshot.zone.identifier == "Indian/Reunion")
            #expect(snapshot.isManaged)
        }
    }

    @Test func onlyTheTownReadsTheFile() throws {
        _ = try folder.writer()
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.store)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
    }

    /// Series keep their numbers and definitions; another definition is another series.
    @Test func seriesKeepTheirNumbers() throws {
        let writer = try folder.writer()
        let device = writer.catalogue.intern(device: "capteur \u{301}\"à\\ \n")
        var descriptor = SeriesDescriptor(
            key: SeriesKey(metric: "mode", labels: ["device": "\u{301}\"\r\n\\"]), kind: .state,
            unit: "1", step: 0, horizon: nil, states: [0: "off=", 7: "on"])
        let id = try writer.catalogue.intern(descriptor, device: device)
        try writer.commit([Reading(series: id, time: 1, value: Value(7))], time: 1)
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(snapshot.catalogue.entries.map(\.descriptor) == [descriptor])
            #expect(snapshot.catalogue.devices.last == "capteur \u{301}\"à\\ \n")
        }
        #expect(try writer.catalogue.intern(descriptor, device: device) == id)
        descriptor.unit = "W"
        #expect {
            try writer.catalogue.intern(descriptor, device: device)
        } throws: { error in
            if case StoreError.redefined = error { true } else { false }
        }
    }
}
