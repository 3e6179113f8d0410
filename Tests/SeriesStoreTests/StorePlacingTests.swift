import Foundation
import GRDB
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import SeriesStore

/// Readings that come before the clock is set: kept, counted, and at their time once it is known.
struct StorePlacingTests {
    private let folder: TemporaryFolder
    private let boot = "0d4cb1a2"
    /// When the machine started; the night in which the day of the ledger changes.
    private let start: Int64 = 1_774_652_399_000 - 60_000

    init() throws { folder = try TemporaryFolder() }

    /// Two readings that have no time, one whose device says a time, and a message that could not
    /// be read.
    private func batch(_ writer: StoreWriter, uptime: Int64, deviceTime: Int64) throws
        -> CommitBatch
    {
        let series = try writer.intern("metric", .gauge)
        let device = writer.catalogue.entries[Int(series)].device
        var batch = CommitBatch()
        let times: [(Int64, ReadingQuality)] = [
            (uptime, []), (uptime, []), (deviceTime, .deviceTime),
        ]
        for (sequence, (time, quality)) in times.enumerated() {
            batch.unplaced.append(
                UnplacedReading(
                    reading: Reading(
                        series: series, time: time, value: Value(Int64(sequence)),
                        sequence: UInt16(sequence), quality: quality),
                    arrival: uptime, device: device,
                    limits: TimeLimits(futureMax: 600_000, pastMax: 86_400_000)))
        }
        var counts = LedgerCounts()
        counts[.messagesReceived] = 4
        counts[.messagesDecoded] = 3
        counts[.messagesQuarantined] = 1
        counts[.readingsDecoded] = 3
        counts[.readingsUnplaced] = 3
        batch.ledger[LedgerKey(day: LedgerKey.unplacedDay, device: device)] = counts
        return batch
    }

    private func moment(_ uptime: Int64, boot: String? = nil) -> CommitMoment {
        .unplaced(BootMoment(boot: boot ?? self.boot, uptime: uptime, wall: uptime + 77))
    }

    private func placement(floor: Int64 = 0, lateLimit: Int64? = nil) -> Placement {
        Placement(boot: boot, start: start, floor: floor, lateLimit: lateLimit)
    }

    private func ledger() throws -> [Int32: LedgerCounts] {
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(try snapshot.verify() == [])
            var days: [Int32: LedgerCounts] = [:]
            for (key, counts) in try snapshot.ledger() {
                #expect(counts.readingsUnaccounted == 0 && counts.messagesUnaccounted == 0)
                days[key.day, default: LedgerCounts()].add(counts)
            }
            return days
        }
    }

    private func windows() throws -> [Window] {
        var windows: [Window] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            try snapshot.forEachSeries(
                [0], tier: .base, from: .min, to: .max, withPreceding: false
            ) { windows = $1 }
        }
        return windows
    }

    /// Over a restart, and on the day to which the counts belong; what was counted goes along.
    @Test(arguments: [false, true])
    func readingsGetTheirTime(isReopened: Bool) throws {
        var writer: StoreWriter? = try folder.writer()
        try writer?.commit(CommitBatch(), time: start - 3_600_000)
        let device = start + 30_000
        for uptime in [20_000, 90_000] as [Int64] {
            let batch = try batch(try #require(writer), uptime: uptime, deviceTime: device)
            try writer?.commit(batch, at: moment(uptime + 1_000))
            #expect(writer?.newestCommitTime == start - 3_600_000)
        }
        var days = try ledger()
        #expect(days.keys.sorted() == [0] && days[0]?[.readingsUnplaced] == 6)
        #expect(try windows().isEmpty)
        if isReopened {
            writer = nil
            writer = try folder.writer()
        }
        #expect(writer?.newestCommitTime == start - 3_600_000)
        #expect(
            try writer?.unplaced(boot: boot)?.last
                == BootMoment(boot: boot, uptime: 91_000, wall: 91_077))
        #expect(try writer?.isClockSet(boot: boot) == false)
        #expect(try writer?.place(placement()) == 6)
        #expect(try writer?.isClockSet(boot: boot) == true)
        #expect(writer?.newestCommitTime == start + 91_000)
        #expect(try writer?.unplaced(boot: boot) == nil)
        // Where arrivals begin after a restart.
        writer = nil
        writer = try folder.writer()
        #expect(writer?.newestCommitTime == start + 91_000)
        for isFolded in [false, true] {
            if isFolded {
                try writer?.commit(CommitBatch(), time: start + 100_000)
                try writer?.settle(now: start + 100_000)
            }
            days = try ledger()
            #expect(days.keys.sorted() == [20_260_327, 20_260_328])
            #expect(days.values.map { $0[.messagesReceived] } == [4, 4])
            #expect(days[20_260_327]?[.readingsStored] == 3)
            // The device said the same twice: one reading.
            #expect(days.values.reduce(0) { $0 + $1[.readingsDuplicate] } == 1)
            #expect(days.values.reduce(0) { $0 + $1[.readingsUnplaced] } == 0)
        }
        var expected: [Int64: Int64] = [:]
        for age in [20_000, 20_000, 30_000, 90_000, 90_000] as [Int64] {
            expected[windowStart(of: start + age, step: 60_000), default: 0] += 1
        }
        #expect(try countsByWindow() == expected)
    }

    private func countsByWindow() throws -> [Int64: Int64] {
        try windows().reduce(into: [:]) { $0[$1.start] = $1.count }
    }

    /// With the commit in which the clock is set, and what that holds of before.
    @Test func aCommitPlacesWhatCameBefore() throws {
        let writer = try folder.writer()
        try writer.commit(
            try batch(writer, uptime: 20_000, deviceTime: start), at: moment(21_000))
        let last = try batch(writer, uptime: 50_000, deviceTime: start + 1_000)
        try writer.commit(
            last,
            at: .placing(
                BootMoment(boot: boot, uptime: 60_000, wall: start + 60_000), placement()))
        #expect(writer.placedReadingCount == 6)
        #expect(writer.newestCommitTime == start + 60_000)
        #expect(try windows().reduce(0) { $0 + $1.count } == 6)
        #expect(try ledger().values.reduce(0) { $0 + $1[.readingsStored] } == 6)
        #expect(try writer.isClockSet(boot: boot))
    }

    /// What the device said is judged when the arrival is known: too far ahead, too far behind,
    /// older than the policy allows.
    @Test func devicesTimesAreJudgedLater() throws {
        let writer = try folder.writer()
        for (uptime, time) in [
            (10_000, start + 700_000), (20_000, start - 90_000_000), (30_000, start - 80_000_000),
        ] as [(Int64, Int64)] {
            try writer.commit(
                try batch(writer, uptime: uptime, deviceTime: time), at: moment(uptime))
        }
        try writer.place(placement(lateLimit: 3_600_000))
        #expect(try countsByWindow() == [windowStart(of: start + 10_000, step: 60_000): 8])
        let counts = try ledger().values.reduce(into: LedgerCounts()) { $0.add($1) }
        #expect(counts[.readingsStored] == 8 && counts[.readingsTooLate] == 1)
    }

    /// Arrivals begin with the floor, and go on by the clock once that is later; what the devices
    /// say of their times stands.
    @Test func arrivalsBeginWithTheFloor() throws {
        let writer = try folder.writer()
        for uptime in [10_000, 20_000, 200_000] as [Int64] {
            try writer.commit(
                try batch(writer, uptime: uptime, deviceTime: start - uptime), at: moment(uptime))
        }
        let floor = start + 120_000
        try writer.place(placement(floor: floor))
        var expected: [Int64: Int64] = [:]
        for age in [-10_000, -20_000, -200_000, 200_000, 200_000] as [Int64] {
            expected[windowStart(of: start + age, step: 60_000), default: 0] += 1
        }
        expected[windowStart(of: floor, step: 60_000), default: 0] += 4
        #expect(try countsByWindow() == expected)
        #expect(writer.newestCommitTime == start + 200_000)
    }

    /// A run that came to nothing: the next one's arrivals begin behind it all the same.
    @Test func aCommitIsNotBeforeTheFloor() throws {
        let writer = try folder.writer()
        try writer.commit(CommitBatch(), at: moment(10_000))
        try writer.place(placement(floor: start + 120_000))
        #expect(writer.newestCommitTime == start + 120_000)
    }

    /// More readings of a series than a sequence tells apart go on with the next millisecond, and
    /// what comes after a restart is behind them.
    @Test func manyReadingsAtTheFloorAreMany() throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .gauge)
        let device = writer.catalogue.entries[Int(series)].device
        var batch = CommitBatch()
        for number in 0..<65_537 as Range<Int64> {
            batch.unplaced.append(
                UnplacedReading(
                    reading: Reading(series: series, time: number, value: Value(number)),
                    arrival: number, device: device,
                    limits: TimeLimits(futureMax: 0, pastMax: nil)))
        }
        var counts = LedgerCounts()
        counts[.readingsDecoded] = 65_537
        counts[.readingsUnplaced] = 65_537
        batch.ledger[LedgerKey(day: LedgerKey.unplacedDay, device: device)] = counts
        try writer.commit(batch, at: moment(65_537))
        let floor = start + 120_000
        #expect(try writer.place(placement(floor: floor)) == 65_537)
        #expect(writer.newestCommitTime == floor + 1)
        #expect(try windows().map(\.count) == [65_537])
        #expect(try ledger().values.reduce(0) { $0 + $1[.readingsStored] } == 65_537)
    }

    /// A reading whose window was settled before counts as late.
    @Test func aPlacedReadingMayBeLate() throws {
        let writer = try folder.writer()
        let early = try writer.intern("metric", .gauge)
        try writer.commit(
            [Reading(series: early, time: start - 7_200_000, value: Value(1))],
            time: start - 7_200_000)
        try writer.settle(now: start - 3_600_000)
        try writer.commit(
            try batch(writer, uptime: 10_000, deviceTime: start - 7_190_000), at: moment(10_000))
        try writer.place(placement())
        let counts = try ledger().values.reduce(into: LedgerCounts()) { $0.add($1) }
        #expect(counts[.readingsLate] == 1 && counts[.readingsStored] == 4)
    }

    /// Of another run of the machine nobody knows when it was: counted, and in no window.
    @Test func earlierRunsStayUnplaced() throws {
        let writer = try folder.writer()
        try writer.commit(
            try batch(writer, uptime: 10_000, deviceTime: start), at: moment(10_000, boot: "other"))
        try writer.commit(
            try batch(writer, uptime: 10_000, deviceTime: start), at: moment(10_000))
        #expect(try writer.place(placement()) == 3)
        #expect(try writer.place(placement()) == 0)
        let days = try ledger()
        #expect(days[LedgerKey.unplacedDay]?[.readingsUnplaced] == 3)
        #expect(days[LedgerKey.unplacedDay]?[.messagesQuarantined] == 1)
        for (known, count) in [(boot, 3), ("other", 0)] {
            let found = try StoreReader(path: folder.store).snapshot {
                try $0.unplacedReadingCount(besides: known)
            }
            #expect(found == count)
        }
    }

    /// The oldest go, and the ledger says so.
    @Test func theirNumberIsBounded() throws {
        let writer = try folder.writer()
        writer.unplacedReadingsMax = 7
        for uptime in [10_000, 20_000, 30_000, 40_000] as [Int64] {
            try writer.commit(
                try batch(writer, uptime: uptime, deviceTime: start), at: moment(uptime))
        }
        let counts = try #require(try ledger()[LedgerKey.unplacedDay])
        #expect(counts[.readingsUnplaced] == 6 && counts[.readingsAbandoned] == 6)
        #expect(try writer.place(placement()) == 6)
        let placed = try ledger().values.reduce(into: LedgerCounts()) { $0.add($1) }
        #expect(placed[.readingsAbandoned] == 6 && placed[.readingsUnplaced] == 0)
    }

    /// With little memory at a time it comes to the same.
    @Test func placingIsBounded() throws {
        let writer = try folder.writer()
        writer.settlingReadingsMax = 2
        for uptime in 1...20 as ClosedRange<Int64> {
            try writer.commit(
                try batch(writer, uptime: uptime * 7_000, deviceTime: start + uptime),
                at: moment(uptime * 7_000))
        }
        #expect(try writer.place(placement()) == 60)
        #expect(try windows().reduce(0) { $0 + $1.count } == 60)
        #expect(try ledger().values.reduce(0) { $0 + $1[.readingsStored] } == 60)
    }

    /// What cannot be placed for want of space waits as before.
    @Test func aFailedPlacingChangesNothing() throws {
        let writer = try folder.writer()
        try writer.commit(
            try batch(writer, uptime: 10_000, deviceTime: start), at: moment(10_000))
        let queue = try DatabaseQueue(path: folder.store)
        try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER fail BEFORE DELETE ON unplaced
                    BEGIN SELECT raise(ABORT, 'no'); END
                    """)
        }
        let before = try ledger()
        #expect(throws: StoreError.self) { try writer.place(placement()) }
        #expect(try ledger() == before)
        #expect(try windows().isEmpty)
        #expect(try !writer.isClockSet(boot: boot))
        try queue.write { try $0.execute(sql: "DROP TRIGGER fail") }
        #expect(try writer.place(placement()) == 3)
        #expect(try windows().reduce(0) { $0 + $1.count } == 3)
    }
}
