import Foundation
import GRDB
import Gateway
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// Importing twice is importing once.
struct RecordingImportTests {
    private let folder: TemporaryFolder
    private let settings = RecordingImport(kind: .gauge, step: 60_000, unit: "Cel")

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, as name: String) throws -> Recording {
        let path = folder.path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: path))
        return Recording(path: path)
    }

    private func counts(
        _ place: TemporaryFolder? = nil
    ) throws -> (readings: Int64, stored: Int64, unaccounted: Int64) {
        try StoreReader(path: (place ?? folder).store).snapshot { snapshot in
            let all = snapshot.catalogue.entries.indices.map { SeriesID($0) }
            var readings: Int64 = 0
            try snapshot.forEachSeries(
                all, tier: .base, from: .min, to: .max, withPreceding: false
            ) { _, windows in readings += windows.reduce(0) { $0 + $1.count } }
            let ledger = try snapshot.ledger().values.reduce(into: LedgerCounts()) { $0.add($1) }
            return (readings, ledger[.readingsStored], ledger.readingsUnaccounted)
        }
    }

    private static let text = """
        \u{FEFF}series,time,value,note,more
        "temperature{room=""1""}",2026-03-29T01:59:30+01:00,19.5
        "temperature{room=""1""}",2026-03-29T03:00:00+02:00,19.25
        "temperature{room=""1""}",1774699200000,20
        salle des fêtes,1774699200000,18.5,further,fields
        salle des fêtes,1774699200000,18.5
        """

    @Test func twiceIsOnce() throws {
        let writer = try folder.writer()
        let first = try write(Self.text, as: "a.csv")
        var outcome = try settings.run(first, into: writer, now: springEve) { _ in }
        #expect(outcome.readings == 5 && !outcome.wasKnown)
        let copy = try write(Self.text, as: "copy.csv")
        for recording in [first, copy] {
            outcome = try settings.run(recording, into: writer, now: springEve) { _ in }
            #expect(outcome.readings == 0 && outcome.wasKnown)
        }
        let found = try counts()
        #expect(found.readings == 4 && found.stored == 4 && found.unaccounted == 0)
        #expect(
            writer.catalogue.entries.map(\.descriptor.key.description)
                == ["temperature{room=\"1\"}", "value{series=\"salle des fêtes\"}"])
    }

    /// A window a day is no gap: the block of a series is written once, and not once a day.
    @Test func aWindowADayIsWrittenOnce() throws {
        let days = (0..<200).map { "level,\(springEve + Int64($0) * 86_400_000),\($0)\n" }
        let recording = try write("series,time,value\n" + days.joined(), as: "days.csv")
        let writer = try folder.writer()
        let file = try DatabaseQueue(path: folder.store)
        try file.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE written(block INTEGER);
                    CREATE TRIGGER inserted AFTER INSERT ON blocks
                        BEGIN INSERT INTO written VALUES (new.id); END;
                    CREATE TRIGGER updated AFTER UPDATE ON blocks
                        BEGIN INSERT INTO written VALUES (new.id); END
                    """)
        }
        let daily = RecordingImport(kind: .gauge, step: 86_400_000, unit: "1")
        _ = try daily.run(recording, into: writer, now: springEve) { _ in }
        let written = try file.read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM written")
        }
        #expect(written == 1)
    }

    /// An import that was cut off after some of its readings is completed by the next.
    @Test func aCutOffImportIsCompleted() throws {
        let writer = try folder.writer()
        let device = writer.catalogue.intern(device: RecordingImport.device)
        let id = try writer.catalogue.intern(
            SeriesDescriptor(
                key: SeriesKey(metric: "temperature", labels: ["room": "1"]), kind: .gauge,
                unit: "Cel", horizon: nil), device: device)
        try writer.commit(
            [Reading(series: id, time: springEve, value: Value(200, scale: 1))], time: springEve)
        let recording = try write(Self.text, as: "a.csv")
        _ = try settings.run(recording, into: writer, now: springEve) { _ in }
        let found = try counts()
        #expect(found.readings == 4 && found.stored == 4 && found.unaccounted == 0)
    }

    /// Whatever happens to the store in between: readings that were settled are not known as such.
    @Test func aCutOffImportGoesOnWhereItWas() throws {
        let rows = 140_000
        var text = "series,time,value\n"
        for row in 0..<rows { text += "a,\(springEve + Int64(row) * 1_000),\(row % 1_000)\n" }
        let recording = try write(text, as: "long.csv")
        // As a kill behind the first commit leaves it.
        let (cutOff, names) = (try TemporaryFolder(), ["", "-wal"])
        var isCopied = false
        _ = try settings.run(recording, into: folder.writer(), now: springEve) { _ in
            guard !isCopied else { return }
            isCopied = true
            for name in names {
                try? FileManager.default.copyItem(
                    atPath: folder.store + name, toPath: cutOff.store + name)
            }
        }
        let whole = try counts()
        #expect(whole.readings == Int64(rows) && whole.stored == Int64(rows))

        do {
            let writer = try cutOff.writer()
            try writer.settle(now: springEve + 40 * 86_400_000, backfills: true)
            try writer.compact()
        }
        let outcome = try settings.run(recording, into: cutOff.writer(), now: springEve) { _ in }
        #expect(outcome.readings == rows && !outcome.wasKnown)
        let found = try counts(cutOff)
        #expect(found.readings == Int64(rows) && found.stored == Int64(rows))
        let again = try settings.run(recording, into: cutOff.writer(), now: springEve) { _ in }
        #expect(again.wasKnown)
    }

    /// Line ends, quotes, packing and the name are no content.
    @Test func theSameRowsAreTheSameFile() throws {
        let plain = try write(
            "series,time,value\na,1774699200000,1.50\nb,1774699200000,2\n", as: "a")
        _ = try settings.run(plain, into: folder.writer(), now: springEve) { _ in }
        for text in [
            "series,time,value\r\na,1774699200000,1.50\r\nb,1774699200000,2",
            "\"a\",2026-03-28T13:00:00+01:00,1.50,note\nb,1774699200000,2\n",
        ] {
            let other = try write(text, as: "b")
            let outcome = try settings.run(other, into: folder.writer(), now: springEve) { _ in }
            #expect(outcome.wasKnown, "\(text)")
        }
        let differs = try write("a,1774699200000,1.5\nb,1774699200000,2\n", as: "c")
        #expect(try !settings.run(differs, into: folder.writer(), now: springEve) { _ in }.wasKnown)
        #expect(throws: RecordingError.badRow(file: folder.path + "/d", line: 1, fault: .lineEnds))
        {
            try write("series,time,value\ra,1,2\r", as: "d").forEachReading { _ in }
        }
    }

    /// Times without an offset are those of the clocks of the recording's zone.
    @Test func timesOfTheTownsClocks() throws {
        let path = try write(
            """
            a,2026-03-29,1
            a,2026-03-29 01:59,2
            a,2026-03-29T03:00:30,3
            a,2026-03-29T03:30:00+02:00,4
            a,1774746000000,5
            """, as: "clock.csv"
        ).path
        func times(_ zone: String) throws -> [Int64] {
            var times: [Int64] = []
            let zone = try #require(CivilZone(identifier: zone))
            try Recording(path: path, zone: zone).forEachReading { times.append($0.time) }
            return times.map { ($0 - 1_774_746_000_000) / 1000 }
        }
        // 01:00 UTC on the 29th is the change to summer time in Paris.
        #expect(try times("Europe/Paris") == [-7200, -60, 30, 1800, 0])
        #expect(try times("UTC") == [-3600, 3540, 7230, 1800, 0])
    }

    /// Without options a known series goes on as it is; with options that say otherwise nothing is
    /// taken.
    @Test func aKnownSeriesStaysWhatItIs() throws {
        let writer = try folder.writer()
        let first = try write("co2,1774699200000,400\n", as: "first.csv")
        _ = try RecordingImport(kind: .counter, step: 900_000, unit: "Cel")
            .run(first, into: writer, now: springEve) { _ in }
        let second = try write("new,1774699260000,1\nco2,1774699260000,410\n", as: "second.csv")
        for asked in [
            RecordingImport(kind: .gauge), RecordingImport(step: 60_000),
            RecordingImport(unit: "[ppm]"),
        ] {
            #expect {
                try asked.run(second, into: writer, now: springEve) { _ in }
            } throws: { error in
                if case RecordingError.redefined("co2", "counter Cel 900s", _) = error {
                    true
                } else {
                    false
                }
            }
        }
        #expect(try counts().readings == 1)
        #expect(writer.catalogue.series(SeriesKey(metric: "new")) == nil)
        _ = try RecordingImport().run(second, into: writer, now: springEve) { _ in }
        #expect(try counts().readings == 3)
    }

    /// A bad row is named, and nothing of the file is taken.
    @Test(arguments: [
        ("a,1774699200000,1\nb,yesterday,2\n", 2), ("a,1774699200000,nan\n", 1),
        ("series,time,value\na,1774699200000\n", 2), ("a,,1\n", 1),
        // A comma for the point would lose what is behind it.
        ("series,time,value\na,1774699200000,1\na,1774699260000,20,5\n", 3),
        ("series,time,value\na,1774699200000,\"20,5\"\n", 2),
        // Of no year: windows of it could not be counted with.
        ("a,0,1\na,9223372036854775807,1\n", 2), ("a,-62135596800000,1\n", 1),
    ])
    func badRows(text: String, line: Int) throws {
        let writer = try folder.writer()
        let recording = try write(text, as: "bad.csv")
        #expect {
            try settings.run(recording, into: writer, now: springEve) { _ in }
        } throws: { error in
            if case RecordingError.badRow(_, line, _) = error { true } else { false }
        }
        #expect(try counts().readings == 0)
    }

    /// What another encoding has in place of an accent would be another series for good.
    @Test func otherEncodingsAreNamed() throws {
        let writer = try folder.writer()
        let path = folder.path + "/latin.csv"
        var bytes = Data("temperature{site=\"ecole\"},1774699200000,1\n".utf8)
        bytes[18] = 0xE9
        try bytes.write(to: URL(filePath: path))
        #expect(throws: RecordingError.badRow(file: path, line: 1, fault: .encoding)) {
            try settings.run(Recording(path: path), into: writer, now: springEve) { _ in }
        }
    }

    /// Nobody else reads the log, at no time.
    @Test func theLogIsAsPrivateAsTheStore() throws {
        let writer = try folder.writer()
        _ = try settings.run(
            write(Self.text, as: "a.csv"), into: writer, now: springEve
        ) { _ in }
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: folder.store + suffix)
            let mode = try #require(attributes[.posixPermissions] as? Int)
            #expect(mode & 0o007 == 0, "\(suffix)")
        }
    }
}
