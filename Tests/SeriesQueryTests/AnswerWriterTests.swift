import Foundation
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry
import Testing

/// Answers in the machine formats: each is what its readers expect, whatever the labels hold.
struct AnswerWriterTests {
    private static let label = "salle \"A\", 1er\\étage\n\r\nfin\u{1}"

    /// The answer to a question about three series of awkward names.
    private func answer(
        _ format: AnswerWriter.Format, _ statistics: [Statistic], isEpoch: Bool = false
    ) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-answer-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "town.sqlite").path(percentEncoded: false)
        let writer = try StoreWriter(path: path, isManaged: false)
        let descriptors = [
            SeriesDescriptor(
                key: SeriesKey(metric: "co2", labels: ["room": Self.label]), kind: .gauge,
                unit: "[ppm]"),
            SeriesDescriptor(
                key: SeriesKey(metric: "light"), kind: .state, unit: "1",
                states: [0: "off", 1: "on \"full\""]),
        ]
        let device = writer.catalogue.intern(device: "case")
        var batch = CommitBatch()
        for descriptor in descriptors {
            let series = try writer.catalogue.intern(descriptor, device: device)
            for (index, value) in [1, 0, 1].enumerated() {
                batch.readings.append(
                    Reading(
                        series: series, time: 1_774_746_000_500 + Int64(index) * 600_000,
                        value: Value(Int64(value))))
            }
        }
        try writer.commit(batch, time: 0)
        return try StoreReader(path: path).snapshot { snapshot in
            let query = SeriesQuery(
                selectors: [try Selector(parsing: "*")], step: .fixed(900_000),
                statistics: statistics, now: 1_774_746_000_500 + 1_200_000)
            let plan = try query.plan(snapshot.series)
            var writer = AnswerWriter(
                format, statistics: plan.statistics, zone: snapshot.zone, isEpoch: isEpoch)
            var rows: [UInt8] = []
            try query.run(plan, snapshot.series) { writer.append($0, to: &rows) }
            return writer.head() + String(decoding: rows, as: UTF8.self) + writer.tail()
        }
    }

    /// RFC 4180: a field with a comma, a quotation mark or a line end stands in quotation marks.
    @Test func csvFieldsAreQuoted() throws {
        let text = try answer(.csv, [.count])
        let name = #""co2{room=""salle \""A\"", 1er\\étage\n"# + "\r" + #"\nfin"# + "\u{1}\"\"}\""
        let expected = """
            time,series,unit,count
            2026-03-29T03:00:00+02:00,\(name),[ppm],2
            2026-03-29T03:15:00+02:00,\(name),[ppm],1
            2026-03-29T03:00:00+02:00,light,1,2
            2026-03-29T03:15:00+02:00,light,1,1

            """
        #expect(Array(text.utf8) == Array(expected.utf8))
        for field in ["a\r\nb", "a,b", "a\nb", "a\rb", "\"", "\"\u{301}"] {
            let quoted = csvField(field)
            #expect(quoted.hasPrefix("\"") && quoted.utf8.last == UInt8(ascii: "\""))
            let inner = Array(quoted.utf8.dropFirst().dropLast())
            #expect(inner.count == field.utf8.count + field.utf8.count { $0 == 0x22 })
        }
        #expect(csvField("école 1") == "école 1")
    }

    @Test(arguments: [AnswerWriter.Format.json, .ndjson])
    func jsonIsJSON(format: AnswerWriter.Format) throws {
        let text = try answer(format, [.mean, .last, .count, .seconds])
        var rows: [[String: Any]] = []
        if format == .json {
            let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8))
            rows = try #require(parsed as? [[String: Any]])
        } else {
            for line in text.split(separator: "\n") {
                let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8))
                rows.append(try #require(parsed as? [String: Any]))
            }
        }
        #expect(rows.count == 4)
        let key = try #require(SeriesKey(parsing: rows[0]["series"] as? String ?? ""))
        #expect(key.label("room").map { Array($0.utf8) } == Array(Self.label.utf8))
        #expect(rows[0]["time"] as? String == "2026-03-29T03:00:00+02:00")
        #expect(rows[0]["unit"] as? String == "[ppm]")
        #expect(rows[0]["mean"] as? Double == 0.5)
        #expect(rows[0]["count"] as? Int == 2)
        #expect(rows[0]["seconds"] == nil)
        #expect(rows[2]["seconds"] as? [String: Double] == ["off": 299.5, "on \"full\"": 600])
        #expect(rows[3]["last"] as? String == "on \"full\"")
    }

    @Test func noRowsAreJSONToo() throws {
        let writer = AnswerWriter(.json, statistics: [.mean], zone: .utc, isEpoch: true)
        let parsed = try JSONSerialization.jsonObject(
            with: Data((writer.head() + writer.tail()).utf8))
        #expect((parsed as? [Any])?.isEmpty == true)
    }

    @Test func epochTimesAreMilliseconds() throws {
        let text = try answer(.ndjson, [.count], isEpoch: true)
        #expect(text.hasPrefix("{\"time\":1774746000000,"))
    }

    /// A family in one piece, and in it the samples of each set of labels; `# EOF` ends.
    @Test func openMetrics() throws {
        let lines = try openMetricsLines(answer(.openmetrics, [.mean, .seconds]))
        let label = #"{room="salle \"A\", 1er\\étage\n"# + "\r" + #"\nfin"# + "\u{1}\"}"
        #expect(
            lines == [
                "# TYPE co2_mean gauge",
                "# HELP co2_mean mean of a series in [ppm]",
                "co2_mean\(label) 0.5 1774746000",
                "co2_mean\(label) 1 1774746900",
                "# TYPE light_seconds gauge",
                "# UNIT light_seconds seconds",
                "# HELP light_seconds seconds of a series",
                #"light_seconds{state="off"} 299.5 1774746000"#,
                #"light_seconds{state="off"} 300.5 1774746900"#,
                #"light_seconds{state="on \"full\""} 600 1774746000"#,
                "# EOF",
            ])
    }

    /// Several series and statistics: what belongs together stands together.
    @Test func openMetricsFamiliesAreGroups() throws {
        let lines = try openMetricsLines(
            answer(.openmetrics, [.count, .mean, .last, .seconds, .transitions, .revision]))
        var families: [String] = []
        var groups: [String] = []
        for line in lines.dropLast() {
            if line.hasPrefix("# TYPE ") {
                families.append(String(line.split(separator: " ")[2]))
            } else if line.hasPrefix("# ") {
                #expect(line.split(separator: " ")[2] == families.last ?? "")
            } else {
                // Without value and time.
                let sample = line.split(separator: " ").dropLast(2).joined(separator: " ")
                #expect(sample.prefix { $0 != "{" } == families.last ?? "")
                if groups.last != sample { groups.append(sample) }
            }
        }
        #expect(Set(families).count == families.count)
        #expect(Set(groups).count == groups.count)
        #expect(families.contains("co2_count") && families.contains("light_transitions"))
    }

    private func openMetricsLines(_ text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
