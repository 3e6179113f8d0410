import GRDB
import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// What was received and what became of it, through every change of place.
struct StoreLedgerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func ledger() throws -> LedgerCounts {
        try StoreReader(path: folder.store).snapshot { snapshot in
            try snapshot.ledger().values.reduce(into: LedgerCounts()) { $0.add($1) }
        }
    }

    /// Counts wait with their commits until there are many, and the ledger has them all the while,
    /// over a restart too.
    @Test func countsWaitWithTheirCommits() throws {
        func rows(_ table: String) throws -> Int {
            try DatabaseQueue(path: folder.store).read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
        }
        var writer: StoreWriter? = try folder.writer(commitsToFold: 5)
        let series = try writer?.intern("metric", .gauge) ?? 0
        for number in 1...8 {
            let time = springEve + Int64(number) * 1_000
            try writer?.commit([Reading(series: series, time: time, value: Value(5))], time: time)
            try writer?.settle(now: time)
            #expect(try rows("commits") == (number < 5 ? number : number - 4))
            #expect(try (rows("ledger") > 0) == (number >= 5))
            #expect(try ledger()[.readingsStored] == Int64(number))
            if number == 3 {
                writer = nil
                writer = try folder.writer(commitsToFold: 5)
            }
        }
    }

    /// A reading that came twice is found out when its window is settled, at the latest.
    @Test func duplicatesAreFoundAtSettling() throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .gauge)
        let reading = Reading(series: series, time: springEve, value: Value(5))
        let other = Reading(series: series, time: springEve, value: Value(6))
        try writer.commit([reading, reading], time: springEve)
        try writer.commit([reading, other], time: springEve)
        var counts = try ledger()
        #expect(counts[.readingsDecoded] == 4 && counts.readingsUnaccounted == 0)
        try writer.settle(now: springEve + 900_000)
        counts = try ledger()
        #expect(counts.readingsUnaccounted == 0)
        #expect(counts[.readingsStored] == 1)
        #expect(counts[.readingsDuplicate] == 2)
        #expect(counts[.readingsConflict] == 1)
        try StoreReader(path: folder.store).snapshot { snapshot in
            try snapshot.forEachSeries(
                [series], tier: .base, from: .min, to: .max, withPreceding: false
            ) { _, windows in
                #expect(windows.map(\.count) == [1])
                #expect(windows.map(\.last) == [Value(5)])
            }
        }
    }

    /// The first of two that contradict each other stays, also when others of its commit were
    /// settled meanwhile and it was written anew.
    @Test func firstStaysWhileOthersSettle() throws {
        let writer = try folder.writer()
        let series = try writer.intern("metric", .gauge)
        let waiting = springEve + 1_200_000
        try writer.commit(
            [
                Reading(series: series, time: springEve, value: Value(1)),
                Reading(series: series, time: waiting, value: Value(2)),
            ], time: waiting)
        try writer.commit(
            [Reading(series: series, time: waiting, value: Value(3))], time: waiting)
        for now in [springEve + 900_000, waiting + 900_000] {
            try writer.settle(now: now)
            try StoreReader(path: folder.store).snapshot { snapshot in
                try snapshot.forEachSeries(
                    [series], tier: .base, from: waiting, to: .max, withPreceding: false
                ) { _, windows in
                    #expect(windows.map(\.last) == [Value(2)])
                }
            }
        }
        #expect(try ledger()[.readingsConflict] == 1)
        #expect(try ledger()[.readingsStored] == 2)
    }

    /// Counts of days and devices stay apart, and add up the same when commits are folded.
    @Test func countsStayApart() throws {
        let writer = try folder.writer()
        let devices = try [0, 1].map { index in
            let series = try writer.intern("device_\(index)", .amount)
            return writer.catalogue.entries[Int(series)].device
        }
        var batch = CommitBatch()
        for (index, device) in devices.enumerated() {
            for day in [20_260_328, 20_260_329] as [Int32] {
                var counts = LedgerCounts()
                for counter in LedgerCounter.allCases {
                    counts[counter] = Int64(counter.rawValue) * 1_000 + Int64(index) + Int64(day)
                }
                batch.ledger[LedgerKey(day: day, device: device)] = counts
            }
        }
        let expected = batch.ledger
        try writer.commit(batch, time: springEve)
        for _ in 0..<3 {
            try StoreReader(path: folder.store).snapshot { snapshot in
                let found = try snapshot.ledger()
                #expect(found == expected)
                #expect(try snapshot.ledger(day: 20_260_329).count == 2)
                #expect(try snapshot.ledger(day: 20_260_330).isEmpty)
                let ofOne = try snapshot.ledger(device: devices[1])
                #expect(ofOne == expected.filter { $0.key.device == devices[1] })
            }
            try writer.settle(now: springEve)
            try writer.commit(CommitBatch(), time: springEve)
        }
    }

    /// Records of messages outlive a restart and every settling, until the broker has confirmed.
    @Test func recordsWaitForTheBroker() throws {
        var writer: StoreWriter? = try folder.writer()
        let records = (0..<500).map {
            MessageRecord(packetID: UInt16(65_300 + $0 % 236), hash: UInt32($0) &* 2_654_435_761)
        }
        try writer?.commit([], time: 1, messages: Array(records[..<300]))
        try writer?.commit([], time: 2, messages: Array(records[300...]))
        for _ in 0..<3 {
            try writer?.commit([], time: 3)
            try writer?.settle(now: springEve)
            writer = nil
            writer = try folder.writer()
            #expect(try writer?.unconfirmedMessages() == records)
        }
        try writer?.commit([], time: 4, confirmed: 1)
        #expect(try writer?.unconfirmedMessages() == Array(records[300...]))
        try writer?.commit([], time: 5, confirmed: 2)
        for _ in 0..<3 {
            #expect(try writer?.unconfirmedMessages() == [])
            // A commit that knows of no confirmation takes none back.
            try writer?.commit([], time: 6)
            try writer?.settle(now: springEve)
            writer = nil
            writer = try folder.writer()
        }
        #expect(writer?.newestCommit == 10)
    }

    /// A sequence stays where the newest commit brought it, though commits are folded out of order
    /// and the store is opened anew.
    @Test func sequencesGoOn() throws {
        var writer: StoreWriter? = try folder.writer()
        var expected: [SequenceID: SequenceState] = [:]
        func commit(_ number: Int64, messages: Int = 0, confirmed: Int64 = 0) throws {
            let open = try #require(writer)
            let device = open.catalogue.intern(device: "sensor")
            var batch = CommitBatch()
            for source in ["uplink", "status"] {
                let id = open.catalogue.intern(sequenceOf: device, source: source)
                // Of the status only the first commit has something to say.
                if source == "status", number > 1 { continue }
                let aside = NumberRun(last: 70 + number, missing: .max - UInt64(number))
                let meanings: [SequenceState.Meaning?] = [nil, .leap, .gap(number), nil]
                batch.sequences[id] = SequenceState(
                    last: number, missing: .max - UInt64(number),
                    aside: meanings[Int(number)].map { .init(aside, $0) })
                expected[id] = batch.sequences[id]
            }
            batch.messages = (0..<messages).map { MessageRecord(packetID: UInt16($0), hash: 1) }
            batch.confirmedCommit = confirmed
            try open.commit(batch, time: 1)
        }
        func check() throws {
            // Of a newest commit that has nothing to say, older ones may be folded or not.
            try writer?.commit([], time: 2)
            for _ in 0..<2 {
                #expect(try writer?.sequences() == expected)
                try writer?.settle(now: springEve)
                writer = nil
                writer = try folder.writer()
            }
        }
        // The second is folded while the first waits for the broker, and the first afterwards.
        try commit(1, messages: 1)
        try commit(2)
        try check()
        try writer?.commit([], time: 3, confirmed: 1)
        try check()
        try commit(3, messages: 1)
        try check()
        #expect(expected.count == 2)
    }

    @Test func subscriptionsAreKept() throws {
        var writer: StoreWriter? = try folder.writer()
        try writer?.setSubscriptions(["tele/+/SENSOR", "a/#"])
        try writer?.setSubscriptions(["b/#", "a/#"])
        writer = nil
        #expect(try folder.writer().subscriptions() == ["a/#", "b/#"])
    }
}
