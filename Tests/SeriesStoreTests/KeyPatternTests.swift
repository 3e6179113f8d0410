import GRDB
import NaiveModel
import Telemetry
import Testing
import Windows

@testable import SeriesStore
@testable import StoredSeries

/// A reader that knows which series it is asked for reads the names of those.
struct KeyPatternTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A series that has the metric and the labels is never left out, however it is written.
    @Test func nothingThatIsMeantIsLeftOut() {
        var random = SplitMix64(seed: 0x5eed_0045)
        let values = [
            "", "a", "b", "aa", "a\"b", "a\\", "a,b=\"c\"", "été", "é", "e\u{301}", "a\nb",
        ]
        for _ in 0..<500 {
            let all = Array(["device", "site", "port"].shuffled(using: &random).prefix(2))
            let labels = all.map { ($0, values.randomElement(using: &random) ?? "") }
            let metric = ["power", "power_w", "p"].randomElement(using: &random) ?? ""
            let key = SeriesKey(metric: metric, labels: Dictionary(labels) { first, _ in first })
            let text = key.description
            let index = NameIndex(of: [
                SeriesCatalogue.Entry(
                    descriptor: SeriesDescriptor(key: key, kind: .gauge, unit: "1"), device: 0)
            ])
            for count in 0...2 {
                let pattern = KeyPattern(
                    metric: metric, labels: labels.prefix(count).map { (name: $0.0, value: $0.1) })
                #expect(pattern.mayMatch(text), "\(text)")
                #expect(index.numbers(matching: [pattern]) == [0], "\(text)")
            }
            #expect(KeyPattern(metric: nil).mayMatch(text))
        }
        // The sign of the kelvin is a K to whoever compares texts.
        let kelvin = KeyPattern(metric: nil, labels: [(name: "unit", value: "K")])
        #expect(kelvin.mayMatch("t{unit=\"\u{212A}\"}"))
    }

    @Test(
        arguments: [
            ("powe", [], false), ("power", [], true), ("power_", [], false),
            ("power", [("site", "a")], true), ("power", [("site", "b")], false),
            ("power", [("site", "a"), ("device", "x")], false),
        ] as [(String, [(String, String)], Bool)])
    func othersAreLeftOut(metric: String, labels: [(String, String)], isMeant: Bool) {
        let pattern = KeyPattern(
            metric: metric, labels: labels.map { (name: $0.0, value: $0.1) })
        #expect(pattern.mayMatch("power{device=\"pac\",site=\"a\"}") == isMeant)
    }

    /// Numbers stay those of the file, and what is damaged is told of whichever series it is.
    @Test func readersKnowTheSeriesThatTheyAskFor() throws {
        let writer = try folder.writer()
        for index in 0..<5 { _ = try writer.intern("metric_\(index)", .gauge) }
        try writer.commit(
            (0..<5).map { Reading(series: $0, time: springEve, value: Value(Int64($0))) },
            time: springEve)
        let reader = try StoreReader(path: folder.store)
        try reader.snapshot(only: [KeyPattern(metric: "metric_3")]) { snapshot in
            #expect(snapshot.catalogue.known == [3])
            #expect(snapshot.catalogue.entries[3].descriptor.key.metric == "metric_3")
            let damage = try snapshot.damage()
            #expect(damage.isEmpty)
            let metrics = try snapshot.series.metrics()
            #expect(metrics.count == 5)
            let place = snapshot.place(
                of: .damaged(table: "segments", row: 1, reason: "checksum mismatch"))
            #expect(place.series.map(\.metric) == ["metric_3"])
            var found: [SeriesID] = []
            try snapshot.forEachSeries(
                [3], tier: .base, from: .min, to: .max, withPreceding: false
            ) { id, windows in
                found.append(id)
                #expect(windows.map(\.minimum) == [Value(3)])
            }
            #expect(found == [3])
        }
        try DatabaseQueue(path: folder.store).write { database in
            try database.execute(sql: "UPDATE series SET unit = 'W' WHERE id = 1")
        }
        try reader.snapshot(only: [KeyPattern(metric: "metric_3")]) { snapshot in
            let damage = try snapshot.damage()
            #expect(damage.count == 1)
            #expect(snapshot.catalogue.known == [1, 3])
        }
    }

    /// Of many series the index finds those that are asked for, those behind it are looked at, and
    /// a name that is damaged later is told of who asks for it.
    @Test func anIndexFindsSomeOfMany() throws {
        func add(_ range: Range<Int>) throws {
            let writer = try folder.writer()
            for number in range { _ = try writer.intern("metric_\(number)", .gauge) }
            try writer.commit(
                range.map { Reading(series: SeriesID($0), time: springEve, value: Value(1)) },
                time: springEve)
        }
        try add(0..<600)
        try add(600..<660)
        let indexed = try index()?.count
        #expect(indexed == 600)
        try add(660..<700)
        let extended = try index()?.count
        #expect(extended == 700)
        // Names of the same twelve bits are read and left out.
        for number in [0, 17, 599, 650, 699] {
            let found = try known("metric_\(number)")
            #expect(found == [SeriesID(number)])
        }
        let none = try known("metric")
        #expect(none == [])

        let queue = try DatabaseQueue(path: folder.store)
        func set(_ key: String, of id: Int) throws {
            try queue.write { database in
                try database.execute(
                    sql: "UPDATE series SET key = ? WHERE id = ?", arguments: [key, id])
            }
        }
        try set("metric_x", of: 17)
        let reader = try StoreReader(path: folder.store)
        try reader.snapshot(only: [KeyPattern(metric: "metric_17")]) { snapshot in
            let damage = try snapshot.damage()
            #expect(damage.count == 1)
        }
        // The profile says what it is: so does the index again.
        let restored = try folder.writer()
        _ = try restored.intern("metric_17", .gauge)
        try restored.commit([], time: springEve)
        let again = try known("metric_17")
        #expect(again == [17])
    }

    private func index() throws -> NameIndex? {
        try DatabaseQueue(path: folder.store).read { try NameIndex(DatabaseRows($0)) }
    }

    private func known(_ metric: String) throws -> [SeriesID] {
        try StoreReader(path: folder.store).snapshot(only: [KeyPattern(metric: metric)]) {
            $0.catalogue.known
        }
    }
}
