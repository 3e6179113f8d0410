import NaiveModel
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import SeriesStore

/// What is entered of meters holds for what was stored long before.
struct MeterJournalTests {
    private let folder: TemporaryFolder
    private static let start = springEve

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Where the readings lie when something is entered.
    enum Place: CaseIterable { case waiting, settled, compacted }

    /// Entered beside the writer, at times inside windows of every tier and between them: at once
    /// for readers, then in the tiers, and gone again when it is withdrawn.
    @Test(arguments: Place.allCases)
    func everyTierFollows(place: Place) throws {
        var random = SplitMix64(seed: 0x5eed_0051)
        let writer = try folder.writer()
        let series = try writer.intern("energy", .counter)
        let other = try writer.intern("other", .counter)
        let readings = totals(of: series, using: &random)
        try writer.commit(readings + totals(of: other, using: &random), time: Self.start)
        let end = Self.start + 3 * 86_400_000
        if place != .waiting { try writer.settle(now: end) }
        if place == .compacted { try writer.compact() }
        let before = try allTiers(series)
        let untouched = try allTiers(other)
        for round in 0..<6 {
            let replacement = replacement(in: readings, using: &random)
            let id = try add(.replacement(replacement, serial: "A-\(round)"), series)
            let comment: Comment = "seed 0x5eed0051, round \(round), at \(replacement.time)"
            let expected = meters(readings, replacement).reduce(0) {
                $0 + (NaiveStatistics(of: $1, kind: .counter).increase ?? 0)
            }
            let found = try allTiers(series)
            for tier in found { #expect(try total(of: tier) == expected, comment) }
            // The same once the writer has derived the tiers.
            try writer.settle(now: end)
            if place != .waiting { try writer.compact() }
            #expect(try statistics(allTiers(series)) == statistics(found), comment)
            #expect(try statistics(allTiers(other)) == statistics(untouched), comment)
            try add(.withdrawal(of: id), series)
            #expect(try statistics(allTiers(series)) == statistics(before), comment)
            try writer.settle(now: end)
            #expect(try statistics(allTiers(series)) == statistics(before), comment)
        }
        #expect(try StoreReader(path: folder.store).snapshot { try $0.verify() } == [])
    }

    /// Of two entries for one time the later holds, and the earlier again once that is withdrawn.
    @Test func theLaterEntryHolds() throws {
        let writer = try folder.writer()
        let series = try writer.intern("energy", .counter)
        try writer.commit(
            [(0, 100), (3, 5)].map {
                Reading(series: series, time: Self.start + $0 * 60_000, value: Value($1))
            }, time: Self.start)
        var ids: [Int64] = []
        for old in [110, 120] as [Int64] {
            ids.append(
                try add(
                    .replacement(
                        MeterReplacement(
                            time: Self.start + 60_000, oldIndex: Value(old), newIndex: Value(2)),
                        serial: ""), series))
            #expect(try total(of: allTiers(series)[0]) == exact(Value(old - 100 + 3)))
        }
        try add(.withdrawal(of: ids[1]), series)
        #expect(try total(of: allTiers(series)[0]) == exact(Value(13)))
        try StoreReader(path: folder.store).snapshot { snapshot in
            let journal = try snapshot.meterJournal()
            #expect(journal.entries.map(\.id) == [1, 2, 3])
            #expect(journal.inForce == [1])
            #expect(journal.entries.map(\.enteredBy) == ["test", "test", "test"])
        }
    }

    /// A file of an older format is brought up to date by the entry.
    @Test func olderFormatsGetTheJournal() throws {
        try folder.makeFormat1()
        let found = try StoreReader(path: folder.store).snapshot { snapshot in
            let journal = try snapshot.meterJournal()
            #expect(journal.entries.isEmpty)
            return snapshot.catalogue.series(SeriesKey(metric: "energy"))
        }
        let series = try #require(found)
        try add(
            .replacement(
                MeterReplacement(time: 0, oldIndex: Value(1), newIndex: Value(1)), serial: ""),
            series)
        try StoreReader(path: folder.store).snapshot { snapshot in
            let (journal, faults) = (try snapshot.meterJournal(), try snapshot.verify())
            #expect(journal.inForce == [1])
            #expect(faults == [])
        }
    }

    // MARK: - Parts

    /// Two days of a counter that only rises, at uneven times.
    private func totals(
        of series: SeriesID, using random: inout SplitMix64
    ) -> [Reading] {
        var total: Int64 = 5000
        var time = Self.start
        return (0..<300).map { _ in
            time += Int64.random(in: 5_000...1_150_000, using: &random)
            total += Int64.random(in: 0...30, using: &random)
            return Reading(series: series, time: time, value: Value(total))
        }
    }

    /// Somewhere between two readings, with what each meter may have shown then.
    private func replacement(
        in readings: [Reading], using random: inout SplitMix64
    ) -> MeterReplacement {
        let index = Int.random(in: 1..<readings.count, using: &random)
        return MeterReplacement(
            time: Int64.random(
                in: (readings[index - 1].time + 1)...readings[index].time, using: &random),
            oldIndex: Value(readings[index - 1].bits + 2),
            newIndex: Value(readings[index].bits - 3))
    }

    private func meters(_ readings: [Reading], _ replacement: MeterReplacement) -> [[Reading]] {
        let end = Reading(series: 0, time: replacement.time, value: replacement.oldIndex)
        let begin = Reading(series: 0, time: replacement.time, value: replacement.newIndex)
        return [
            readings.filter { $0.time < replacement.time } + [end],
            [begin] + readings.filter { $0.time >= replacement.time },
        ]
    }

    @discardableResult
    private func add(_ statement: MeterEntry.Statement, _ series: SeriesID) throws -> Int64 {
        try MeterJournal.add(
            MeterEntry(series: series, statement: statement, entered: 7, enteredBy: "test"),
            toStore: folder.store)
    }

    /// The windows of each tier, and the rule by which they join.
    private func allTiers(_ series: SeriesID) throws -> [(rule: WindowRule, windows: [Window])] {
        try Tier.allCases.map { tier in
            try StoreReader(path: folder.store).snapshot { snapshot in
                var found: [Window] = []
                try snapshot.forEachSeries(
                    [series], tier: tier, from: .min, to: .max, withPreceding: false
                ) { found = $1 }
                return (snapshot.catalogue.entries[Int(series)].rule, found)
            }
        }
    }

    private func total(of tier: (rule: WindowRule, windows: [Window])) throws -> Int128? {
        let whole = WindowFolding.coarsened(tier.windows, rule: tier.rule) { _ in 0 }
        return NaiveStatistics(of: try #require(whole.first), kind: .counter).increase
    }

    private func statistics(
        _ tiers: [(rule: WindowRule, windows: [Window])]
    ) -> [[NaiveStatistics]] {
        tiers.map { $0.windows.map { NaiveStatistics(of: $0, kind: .counter) } }
    }
}
