import Foundation
import GRDB
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// Files of older formats: a reader takes them as they are, a writer brings them to its own.
struct StoreFormatTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func userVersion() throws -> Int? {
        try DatabaseQueue(path: folder.store).read { database in
            try Int.fetchOne(database, sql: "PRAGMA user_version")
        }
    }

    private func days(_ metric: String) throws -> [Window] {
        var days: [Window] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            let series = try #require(snapshot.catalogue.series(SeriesKey(metric: metric)))
            try snapshot.forEachSeries(
                [series], tier: .day, from: .min, to: .max, withPreceding: false
            ) { days = $1 }
            #expect(try snapshot.verify() == [])
        }
        return days
    }

    @Test func format1IsRead() throws {
        try folder.makeFormat1()
        #expect(try userVersion() == 1)
        for metric in ["energy", "volume"] {
            #expect(try days(metric).map(\.increase.description) == ["780"])
        }
        #expect(try userVersion() == 1)
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(snapshot.catalogue.entries.map(\.descriptor.modulus) == [nil, nil])
        }
    }

    /// A writer adds what format 2 has; what was there stays, and a modulus holds from then on.
    @Test func format1IsWritten() throws {
        try folder.makeFormat1()
        let time: Int64 = 1_767_225_600_000 + 3_600_000
        try addToFormat1(at: time)
        for isSettled in [false, true] {
            if isSettled {
                let writer = try folder.writer()
                try writer.settle(now: time, backfills: true)
                try writer.compact()
            }
            #expect(try days("energy").map(\.increase.description) == ["1040"])
            #expect(try days("energy").map(\.resets) == [0])
            #expect(try days("volume").map(\.increase.description) == ["820"])
            #expect(try days("volume").map(\.resets) == [1])
        }
    }

    private func addToFormat1(at time: Int64) throws {
        let open = try folder.writer()
        #expect(try userVersion() == SeriesStore.formatVersion)
        let device = open.catalogue.intern(device: "(import)")
        let energy = try open.catalogue.intern(
            SeriesDescriptor(
                key: SeriesKey(metric: "energy"), kind: .counter, unit: "W.h", horizon: nil,
                modulus: Value(1_000_000)), device: device)
        let volume = try #require(open.catalogue.series(SeriesKey(metric: "volume")))
        // The second reading confirms what the first one fell to.
        try open.commit(
            [time, time + 60_000].flatMap { time in
                [energy, volume].map { Reading(series: $0, time: time, value: Value(40)) }
            }, time: time)
    }

    /// A profile may give a series another modulus, or none; the file follows with the next commit.
    @Test(arguments: [Value(1_000_000), Value(429_496_729_5, scale: 1), nil])
    func aModulusMayChange(modulus: Value?) throws {
        var descriptor = SeriesDescriptor(
            key: SeriesKey(metric: "energy"), kind: .counter, unit: "W.h", modulus: Value(1_000))
        for next in [Value(1_000), modulus] {
            descriptor.modulus = next
            let writer = try folder.writer()
            let device = writer.catalogue.intern(device: "meter")
            #expect(try writer.catalogue.intern(descriptor, device: device) == 0)
            try writer.commit([], time: 1)
            #expect(writer.catalogue.entries[0].descriptor == descriptor)
            try StoreReader(path: folder.store).snapshot { snapshot in
                #expect(snapshot.catalogue.entries.map(\.descriptor) == [descriptor])
            }
        }
    }
}

extension TemporaryFolder {
    /// Makes the file that Golden/format1.sql describes: the counters `energy` and `volume` rose
    /// from 999000 to 999780 in twenty minutes from 2026-01-01T00:00:00Z.
    func makeFormat1() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/format1.sql")
        let dump = try String(contentsOf: golden, encoding: .utf8)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: store, configuration: configuration)
            .writeWithoutTransaction { try $0.execute(sql: dump) }
    }
}
