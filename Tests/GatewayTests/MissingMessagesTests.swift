import DeviceProfiles
import GRDB
import MessageRing
import PrivateBroker
import SeriesStore
import StoredSeries
import Telemetry
import Testing

@testable import Gateway

/// What the ledger says of messages that never came, through restarts and crashes.
struct MissingMessagesTests {
    private let folder: TemporaryFolder
    private let profiles: ProfileSet
    private static let arrival: Int64 = 1_774_699_200_000

    init() throws {
        folder = try TemporaryFolder()
        profiles = try ProfileSet(parsing: [
            (
                "uplink.yaml",
                """
                profile: uplink
                title: { en: Sensor, fr: Capteur }
                source: this test
                match: { topic: "up/{device}" }
                decode: json
                time: { from: $.t, epoch: s }
                sequence: { from: $.fCnt, modulus: 65536 }
                readings:
                  - { metric: level, from: $.v, unit: "%", kind: gauge }
                tests:
                  - { topic: up/s1, payload: '{"fCnt":7,"v":3}', expect: { level: 3 }, sequence: 7 }
                """
            )
        ])
    }

    /// One life of the gateway, from a start to an end at any time.
    private func run(_ body: (inout MessageIntake) throws -> Void) throws {
        let writer = try StoreWriter(
            path: folder.path("town.sqlite"), zone: .paris, isManaged: true)
        var intake = try MessageIntake(
            profiles: profiles, writer: writer, hash: KeyedHash(key: (1, 2)), lateLimit: nil,
            clock: .set)
        try body(&intake)
    }

    /// Has all commits folded into the tables.
    private func fold() throws {
        let writer = try StoreWriter(path: folder.path("town.sqlite"), isManaged: true)
        var batch = CommitBatch()
        batch.confirmedCommit = writer.newestCommit
        try writer.commit(batch, time: Self.arrival)
        try writer.settle(now: Self.arrival)
    }

    private func sql(_ statement: String) throws {
        try DatabaseQueue(path: folder.path("town.sqlite")).write { database in
            try database.execute(sql: statement)
        }
    }

    private func missing() throws -> [String: Int64] {
        try StoreReader(path: folder.path("town.sqlite")).snapshot { snapshot in
            var missing: [String: Int64] = [:]
            for (key, counts) in try snapshot.ledger() {
                #expect(counts.messagesUnaccounted == 0)
                missing[snapshot.catalogue.devices[Int(key.device)], default: 0] +=
                    counts[.messagesMissing]
            }
            return missing
        }
    }

    @Test func gapsAreCountedByDevice() throws {
        try run { intake in
            for number in [1, 2, 4, 5, 9, 8] { intake.take("s1", number) }
            for number in [40, 40, 41] { intake.take("s2", number) }
            try intake.commit(9)
        }
        #expect(try missing() == ["s1": 3, "s2": 0])
    }

    /// Messages are lost while nobody is there: the next life goes on from the last number, also
    /// where its commit was folded into the tables.
    @Test(arguments: [false, true]) func gapsOverARestart(isFolded: Bool) throws {
        try run { intake in
            for number in [1, 2, 5] { intake.take("s1", number) }
            try intake.commit(3)
        }
        if isFolded { try fold() }
        try run { intake in
            // A late one of before, and two that nobody will see.
            for number in [4, 8] { intake.take("s1", number) }
            try intake.commit(2)
        }
        #expect(try missing() == ["s1": 3])
    }

    /// A break of the numbers is confirmed by the next life, also where the commit that had it was
    /// folded into the tables; what comes of the gap after all is taken off by a third.
    @Test(arguments: [false, true]) func aBreakOverARestart(isFolded: Bool) throws {
        try run { intake in
            for number in [1, 2, 203] { intake.take("s1", number) }
            for number in [900, 0] { intake.take("s2", number) }
            try intake.commit(5)
        }
        #expect(try missing() == ["s1": 0, "s2": 0])
        if isFolded { try fold() }
        try run { intake in
            intake.take("s1", 204)
            for number in [1, 3] { intake.take("s2", number) }
            try intake.commit(3)
        }
        #expect(try missing() == ["s1": 200, "s2": 1])
        if isFolded { try fold() }
        try run { intake in
            for number in 3...100 { intake.take("s1", number) }
            try intake.commit(98)
        }
        #expect(try missing() == ["s1": 102, "s2": 1])
    }

    /// Killed before a commit, and after one that the broker has not heard of: what is delivered
    /// again counts as if nothing had happened.
    @Test func crashesChangeNothing() throws {
        try run { intake in
            for (packet, number) in [(1, 1), (2, 3)] {
                intake.take("s1", number, packet: UInt16(packet))
            }
            try intake.commit(2)
            intake.take("s1", 7, packet: 3)
        }
        #expect(try missing() == ["s1": 1])
        try run { intake in
            intake.beginConnection()
            for (packet, number) in [(1, 1), (2, 3), (3, 7), (4, 8)] {
                intake.take("s1", number, packet: UInt16(packet), flags: .resumed)
            }
            try intake.commit(4)
        }
        #expect(try missing() == ["s1": 4])
    }

    /// After a failed commit everything is still there, and counts once.
    @Test func afterAFailedCommit() throws {
        try run { intake in
            intake.take("s1", 1)
            try intake.commit(1)
            intake.take("s1", 3)
            // A device that the file has already makes the transaction fail.
            try sql("INSERT INTO devices(id, name) VALUES (2, 's2')")
            intake.take("s2", 5)
            #expect(throws: StoreError.self) { try intake.commit(2) }
            try sql("DELETE FROM devices WHERE id = 2")
            intake.take("s1", 5)
            try intake.commit(3)
        }
        try run { intake in
            intake.take("s2", 7)
            try intake.commit(1)
        }
        #expect(try missing() == ["s1": 2, "s2": 1])
    }

    /// A retained message is of any age, also where it says a time and its reading counts.
    @Test func retainedMessagesSayNothing() throws {
        try run { intake in
            intake.take("s1", 10)
            intake.take(
                "s1", payload: #"{"fCnt":200,"v":2,"t":1774699200}"#, flags: .retained)
            intake.take("s1", 11)
            try intake.commit(3)
        }
        #expect(try missing() == ["s1": 0])
    }

    /// What cannot be read shows no number: it stands in quarantine and is suspected as well.
    @Test func garbledMessagesAreMissing() throws {
        try run { intake in
            intake.take("s1", 1)
            intake.take("s1", payload: "{\"fCnt\":2,\"v\":")
            intake.take("s1", 3)
            try intake.commit(3)
        }
        #expect(try missing() == ["s1": 1])
    }
}

extension MessageIntake {
    /// Takes a message of a device.
    fileprivate mutating func take(
        _ device: String, _ number: Int = 0, payload: String? = nil, packet: UInt16 = 1,
        flags: MessageFlags = []
    ) {
        let topic = Array("up/\(device)".utf8)
        let payload = Array((payload ?? "{\"fCnt\":\(number),\"v\":\(number)}").utf8)
        take(
            MessageHeader(
                arrival: 1_774_699_200_000, packetID: packet, flags: flags.union(.qos1),
                originalSize: UInt32(payload.count)),
            topic: topic.span, payload: payload.span)
    }

    /// The session says that it goes on.
    fileprivate mutating func beginConnection() {
        let nothing: [UInt8] = []
        take(
            MessageHeader(arrival: 0, packetID: 0, flags: [.control, .resumed], originalSize: 0),
            topic: nothing.span, payload: nothing.span)
    }

    fileprivate mutating func commit(_ received: Int64) throws {
        _ = try commit(
            received: received, confirmed: 0, newestArrival: 0, wall: 1_774_699_200_000, uptime: 0)
    }
}
