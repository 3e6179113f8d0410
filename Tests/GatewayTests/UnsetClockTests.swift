import DeviceProfiles
import Foundation
import MQTTSession
import MessageRing
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import Gateway

/// Messages that come before the clock is set, from the ring to the file.
struct UnsetClockTests {
    /// 2026-11-24T12:00:00Z: when the machine started.
    private static let start: Int64 = 1_795_521_600_000

    /// The clocks of a board, which stand still until they are moved.
    private final class BoardTime: TimeSource, @unchecked Sendable {
        // SAFETY: of one thread.
        var monotonic: Int64 = 30_000
        /// What the wall clock shows beyond the uptime.
        var lead: Int64 = 0
        var isSynchronised = false
        var wall: Int64 { monotonic + lead }
    }

    /// A gateway without a session: its ring, its collector and its file.
    private final class Station {
        let time = BoardTime()
        private var producer: RingProducer
        var collector: Collector

        /// - Parameter starting: moves the clocks before the gateway judges the clock.
        init(
            folder: URL, lateLimit: Int64? = nil, boot: String = "boot",
            starting: (BoardTime) -> Void = { _ in }
        ) throws {
            starting(time)
            let writer = try StoreWriter(
                path: folder.appending(path: "town.sqlite").path, isManaged: true)
            let clock = try StartingClock(
                .auto, time: time, boot: boot, isKept: false, writer: writer,
                lateLimit: lateLimit)
            let ends = MessageRing.make(capacity: 1 << 16)
            collector = try Collector(
                consumer: ends.consumer, profiles: try profiles(), writer: writer,
                hash: KeyedHash(key: (1, 2)), lateLimit: lateLimit,
                unsetBoot: clock.trust.isSet ? nil : boot)
            producer = ends.producer
        }

        /// A message as the session puts it into the ring.
        func push(
            _ payload: String, at arrival: Int64, _ flags: MessageFlags = .unplaced
        ) {
            let header = MessageHeader(
                arrival: arrival, packetID: 1, flags: flags.union(.qos1), originalSize: 0)
            let topic = Array("town/m1".utf8)
            let bytes = Array(payload.utf8)
            topic.withUnsafeBytes { topic in
                bytes.withUnsafeBytes { bytes in
                    _ = producer.tryPush(header, topic: topic, payload: bytes)
                }
            }
        }

        /// The session's word that the clock is set.
        func setClock() {
            time.lead = UnsetClockTests.start
            let header = MessageHeader(
                arrival: UnsetClockTests.start, packetID: 0, flags: [.control, .clockSet],
                originalSize: 0)
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            _ = producer.tryPush(header, topic: nothing, payload: nothing)
        }

        func commit(received: Int64) throws {
            _ = try collector.commit(
                received: received, confirmed: 0, newestArrival: 0, wall: time.wall,
                uptime: time.monotonic)
        }
    }

    private static func profiles() throws -> ProfileSet {
        try ProfileSet(parsing: [
            (
                "meter.yaml",
                """
                profile: meter
                title: { en: Meter, fr: Compteur }
                source: the test
                match: { topic: "town/{device}" }
                decode: json
                time: { from: $.t, epoch: ms, max_past: 7d }
                readings:
                  - { metric: level, from: $.v, unit: "1", kind: gauge }
                tests:
                  - { topic: town/m1, payload: '{"v":1}', expect: { level: 1 } }
                """
            )
        ])
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-clock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    /// Counts by day, all of which balance, and the number of readings by window.
    private func contents(
        _ folder: URL
    ) throws -> (days: [Int32: LedgerCounts], windows: [Int64: Int64]) {
        let reader = try StoreReader(path: folder.appending(path: "town.sqlite").path)
        return try reader.snapshot { snapshot in
            var days: [Int32: LedgerCounts] = [:]
            for (key, counts) in try snapshot.ledger() {
                #expect(counts.readingsUnaccounted == 0 && counts.messagesUnaccounted == 0)
                days[key.day, default: LedgerCounts()].add(counts)
            }
            var windows: [Int64: Int64] = [:]
            try snapshot.forEachSeries(
                Array(snapshot.catalogue.entries.indices.map { SeriesID($0) }), tier: .base,
                from: .min, to: .max, withPreceding: false
            ) { for window in $1 { windows[window.start, default: 0] += window.count } }
            return (days, windows)
        }
    }

    private func windowStart(_ uptime: Int64) -> Int64 {
        Windows.windowStart(of: Self.start + uptime, step: 60_000)
    }

    /// Committed before and at the moment in which the clock is set, with messages after it in the
    /// same commit. Two readings of one millisecond stay two.
    @Test func readingsWaitAndArePlaced() throws {
        try inFolder { folder in
            let station = try Station(folder: folder)
            let isPlaced = station.collector.isPlaced
            #expect(!isPlaced)
            station.push(#"{"v":1}"#, at: 30_000)
            station.push(#"{"v":2}"#, at: 30_000)
            station.push("no", at: 30_500)
            try station.commit(received: 3)
            var found = try contents(folder)
            #expect(found.days.keys.sorted() == [LedgerKey.unplacedDay])
            #expect(found.days[0]?[.readingsUnplaced] == 2 && found.windows.isEmpty)
            #expect(found.days[0]?[.messagesQuarantined] == 1)
            station.time.monotonic = 95_000
            station.push(#"{"v":3,"t":\#(Self.start - 3_600_000)}"#, at: 90_000)
            station.push(#"{"v":4,"t":\#(Self.start + 800_000)}"#, at: 95_000)
            station.setClock()
            station.push(#"{"v":4}"#, at: Self.start + 95_001, [])
            try station.commit(received: 3)
            found = try contents(folder)
            #expect(found.days.keys.sorted() == [20_261_124])
            #expect(found.days[20_261_124]?[.readingsStored] == 5)
            #expect(found.days[20_261_124]?[.messagesReceived] == 6)
            #expect(
                found.windows == [
                    windowStart(30_000): 2, windowStart(-3_600_000): 1, windowStart(95_000): 2,
                ])
            let isPlacedNow = try station.collector.placeIfDue()
            #expect(isPlacedNow)
        }
    }

    /// Somebody sets the clock, and the process ends before it has looked: the next one sees the
    /// step by the first commit of those that wait.
    @Test func aStepBeforeTheEndIsSeenAtTheStart() throws {
        try inFolder { folder in
            do {
                let station = try Station(folder: folder)
                station.push(#"{"v":1}"#, at: 30_000)
                try station.commit(received: 1)
                station.time.lead = Self.start
                station.push(#"{"v":2}"#, at: 30_500)
                try station.commit(received: 1)
            }
            let station = try Station(folder: folder) { time in
                time.lead = Self.start
                time.monotonic = 40_000
            }
            let isPlaced = station.collector.isPlaced
            #expect(isPlaced)
            #expect(try contents(folder).windows == [windowStart(30_000): 2])
        }
    }

    /// The clock of the run before was ahead: nothing falls on its readings, or comes before them,
    /// unless it was more than an hour ahead. Over a restart too.
    @Test(arguments: [60_000, 3_599_999, 3_600_000], [false, true])
    func theRunBeforeComesFirst(ahead: Int64, isRestarted: Bool) throws {
        try inFolder { folder in
            do {
                let before = try Station(folder: folder, boot: "before") {
                    ($0.lead, $0.isSynchronised) = (Self.start, true)
                }
                before.push(#"{"v":1}"#, at: Self.start + 40_000, [])
                before.time.monotonic = ahead
                try before.commit(received: 1)
            }
            let isHeldBack = ahead < 3_600_000
            var station: Station? = try Station(folder: folder)
            let uptime: Int64 = isHeldBack ? 40_000 : 40_001
            for uptime in [uptime, uptime, 50_000] {
                station?.push(#"{"v":2}"#, at: uptime)
            }
            station?.time.monotonic = 60_000
            try station?.commit(received: 3)
            if isRestarted {
                station = nil
                station = try Station(folder: folder) {
                    ($0.lead, $0.monotonic, $0.isSynchronised) = (Self.start, 70_000, true)
                }
            } else {
                station?.setClock()
                _ = station?.collector.step(limit: 64)
                _ = try station?.collector.placeIfDue()
            }
            let found = try contents(folder)
            #expect(found.days[20_261_124]?[.readingsStored] == 4)
            #expect(
                found.windows
                    == (isHeldBack
                        ? [windowStart(40_000): 1, windowStart(ahead + 1): 3]
                        : [windowStart(40_000): 4]))
            #expect(
                station?.collector.writer.newestCommitTime
                    == Self.start + (isHeldBack ? ahead + 1 : 60_000))
        }
    }

    /// Without a message after the clock was set there is no commit to place with.
    @Test func theQuietDoesNotKeepThemWaiting() throws {
        try inFolder { folder in
            let station = try Station(folder: folder)
            station.push(#"{"v":1}"#, at: 30_000)
            try station.commit(received: 1)
            var isPlaced = try station.collector.placeIfDue()
            var isSettled = try station.collector.settleIfDue(now: 2_145_916_800_000)
            #expect(!isPlaced && !isSettled)
            station.setClock()
            _ = station.collector.step(limit: 64)
            isPlaced = try station.collector.placeIfDue()
            #expect(isPlaced && station.collector.writer.placedReadingCount == 1)
            isSettled = try station.collector.settleIfDue(now: Self.start + 60_000)
            #expect(isSettled)
            #expect(try contents(folder).windows == [windowStart(30_000): 1])
        }
    }

    /// What was taken and not committed yet waits for its commit, and all of it gets its day.
    @Test func nothingIsPlacedByHalves() throws {
        try inFolder { folder in
            let station = try Station(folder: folder)
            station.push("no", at: 30_000)
            station.setClock()
            _ = station.collector.step(limit: 64)
            let isPlaced = try station.collector.placeIfDue()
            #expect(!isPlaced)
            try station.commit(received: 1)
            #expect(try contents(folder).days.keys.sorted() == [20_261_124])
        }
    }

    /// A gateway that starts anew knows that the clock was set, or that somebody set it meanwhile;
    /// another run of the machine knows nothing.
    @Test(arguments: ["boot", "other"])
    func aNewStartPlacesWhatWaits(boot: String) throws {
        try inFolder { folder in
            do {
                let station = try Station(folder: folder)
                station.push(#"{"v":1}"#, at: 30_000)
                try station.commit(received: 1)
            }
            let set = try Station(folder: folder, boot: boot) { time in
                time.lead = Self.start
                time.monotonic = 80_000
            }
            let isPlaced = set.collector.isPlaced
            #expect(isPlaced == (boot == "boot"))
            let found = try contents(folder)
            #expect(found.windows == (isPlaced ? [windowStart(30_000): 1] : [:]))
            #expect(set.collector.writer.newestCommitTime == (isPlaced ? Self.start + 30_000 : 0))
        }
    }

    /// A clock that shows 2038 leaves no trace in the file.
    @Test func aClockFarAheadPoisonsNothing() throws {
        try inFolder { folder in
            let station = try Station(folder: folder) { $0.lead = 2_145_916_800_000 }
            station.push(#"{"v":1}"#, at: 30_000)
            try station.commit(received: 1)
            let newest = station.collector.writer.newestCommitTime
            #expect(newest == 0)
            station.setClock()
            try station.commit(received: 0)
            #expect(station.collector.writer.newestCommitTime == Self.start + 30_000)
            #expect(try contents(folder).windows == [windowStart(30_000): 1])
        }
    }

    /// The policy's limit is asked when the time is known.
    @Test func tooLateIsJudgedWhenTheTimeIsKnown() throws {
        try inFolder { folder in
            let station = try Station(folder: folder, lateLimit: 3_600_000)
            station.push(#"{"v":1,"t":\#(Self.start - 3_600_000)}"#, at: 30_000)
            station.push(#"{"v":2,"t":\#(Self.start - 3_500_000)}"#, at: 30_000)
            try station.commit(received: 2)
            station.setClock()
            try station.commit(received: 0)
            let counts = try contents(folder).days[20_261_124]
            #expect(counts?[.readingsTooLate] == 1 && counts?[.readingsStored] == 1)
        }
    }
}
