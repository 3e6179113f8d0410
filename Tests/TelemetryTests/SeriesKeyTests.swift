import Telemetry
import Testing

/// The names of series as text: what is printed is read back as the same series.
struct SeriesKeyTests {
    @Test(arguments: [
        ("co2", "co2"), ("co2{}", "co2"), ("co2{site=\"ecole\"}", "co2{site=\"ecole\"}"),
        ("co2{site=\"ecole\",room=\"1\"}", "co2{room=\"1\",site=\"ecole\"}"),
        ("co2{site=\"ecole\",}", "co2{site=\"ecole\"}"), ("co2{site=\"\"}", "co2{site=\"\"}"),
        ("co2{a=\"}\\\"\\\\\\n,\"}", "co2{a=\"}\\\"\\\\\\n,\"}"),
        ("co2{site=\"a\",site=\"b\"}", "co2{site=\"b\"}"),
    ])
    func readsKeys(text: String, canonical: String) throws {
        #expect(try #require(SeriesKey(parsing: text)).description == canonical)
    }

    @Test(arguments: [
        "", "{}", "co2{", "co2}", "co 2", "co2{site}", "co2{site=ecole}", "co2{site=\"ecole}",
        "co2{site=\"ecole\\\"}", "co2{site=\"a\" room=\"b\"}", "co2{=\"a\"}", "é{a=\"b\"}",
        "co2{a=\"b\"}x", "co2{a=\"b\",,}",
    ])
    func refusesAllElse(text: String) {
        #expect(SeriesKey(parsing: text) == nil)
    }

    /// Label values come from topics, so they are whatever a device's owner could type: a store
    /// whose series do not read back cannot be opened.
    @Test func anyLabelValueReadsBack() {
        var random = SplitMix64(seed: 0x5eed_0017)
        // Marks that join the character before or after them are the hard ones.
        let pieces = [
            "\"", "\\", "\n", "\r\n", "\r", ",", "{", "}", "=", "a", "é", "\u{301}", "\u{600}",
            "\u{200d}", "\u{1f1eb}", "\u{1f1f7}", "\u{fe0f}", " ", "\t", "\0", "n", "日",
        ]
        for _ in 0..<20_000 {
            let value = (0..<Int.random(in: 0...6, using: &random))
                .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let key = SeriesKey(metric: "co2", labels: ["device": value, "room": "1"])
            let read = SeriesKey(parsing: key.description)
            #expect(
                read.map { Array($0.label("device")?.utf8 ?? "".utf8) } == Array(value.utf8),
                "seed 0x5eed0017: \(value.debugDescription)")
            #expect(!key.description.utf8.contains(UInt8(ascii: "\n")))
        }
    }

    @Test func orderIsByMetricThenLabels() {
        let keys = ["co2{site=\"b\"}", "power", "co2{site=\"a\"}", "co2"]
            .compactMap(SeriesKey.init(parsing:))
        #expect(
            keys.sorted().map(\.description)
                == ["co2", "co2{site=\"a\"}", "co2{site=\"b\"}", "power"])
    }

    @Test func kindsHaveNames() {
        for kind in MetricKind.allCases {
            let weighting = kind == .steppedGauge ? "time" : nil
            #expect(MetricKind(name: kind.name, weighting: weighting) == kind)
        }
        #expect(MetricKind(name: "counter", weighting: "time") == nil)
        #expect(MetricKind(name: "Gauge") == nil)
    }
}
