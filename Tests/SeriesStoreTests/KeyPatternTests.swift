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
            let text = SeriesKey(
                metric: metric, labels: Dictionary(labels) { first, _ in first }
            ).description
            for count in 0...2 {
                let pattern = KeyPattern(
                    metric: metric, labels: labels.prefix(count).map { (name: $0.0, value: $0.1) })
                #expect(pattern.mayMatch(text), "\(text)")
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
}
