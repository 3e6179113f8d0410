import StoredSeries
import Telemetry
import Windows

/// An export in the standard formats that need more than a line a row.
extension SeriesExport {
    /// Writes OpenMetrics text: each series is read once for each statistic, because the format
    /// wants a family in one piece, and there is no bound to what would have to wait.
    ///
    /// - Parameter progress: told how many of all passes are done.
    public func writeOpenMetrics(
        progress: (Int, Int) -> Void = { _, _ in }, _ write: (String) throws -> Void
    ) throws {
        let entries = stored.catalogue.entries
        let byMetric = Dictionary(grouping: series) { entries[Int($0)].descriptor.key.metric }
        var done = 0
        for (metric, ids) in byMetric.sorted(by: { $0.key < $1.key }) {
            let units = ids.map { entries[Int($0)].descriptor.unit }
                .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            for statistic in statistics {
                let family = OpenMetricsFamily(metric, statistic)
                var hasHead = false
                for id in ids {
                    try forEachSample(of: id, family) { line in
                        if !hasHead { try write(family.head(units: units)) }
                        hasHead = true
                        try write(line)
                    }
                    done += 1
                    progress(done, series.count * statistics.count)
                }
            }
        }
        try write("# EOF\n")
    }

    /// The samples of each set of labels together.
    private func forEachSample(
        of id: SeriesID, _ family: OpenMetricsFamily, _ body: (String) throws -> Void
    ) throws {
        let kind = stored.catalogue.entries[Int(id)].descriptor.kind
        guard Statistic.available(for: kind).contains(family.statistic) else { return }
        var labels: [String] = []
        // A state has one set of labels for each of its values.
        if family.statistic == .seconds {
            try forEachRow(of: id, [.seconds]) { row in
                for sample in family.samples(of: row, row.values[0])
                where !labels.contains(sample.labels) { labels.append(sample.labels) }
            }
        }
        for wanted in labels.isEmpty ? [nil] : labels.map(Optional.some) {
            try forEachRow(of: id, [family.statistic]) { row in
                for sample in family.samples(of: row, row.values[0])
                where wanted == nil || sample.labels == wanted { try body(sample.line) }
            }
        }
    }

    /// Fills a file of plain SQLite tables: `series`, `windows` and `readings`.
    ///
    /// Readings that are kept as they came are in `readings`, unless windows of a longer tier are
    /// wanted. Numbers are integers and doubles.
    package func fill(
        _ tables: some RowSink, progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        try makeTables(tables)
        for (index, id) in series.enumerated() {
            let entry = stored.catalogue.entries[Int(id)]
            let number = StoredValue.integer(Int64(index + 1))
            try tables.insert(into: "series", [number] + describe(entry))
            if entry.descriptor.isRaw, tier(of: entry.descriptor) == .base {
                try forEachReading(of: id) { time, value, count in
                    try tables.insert(
                        into: "readings",
                        [number, .integer(time), plain(.exact(value)), .integer(count)])
                }
            } else {
                try forEachRow(of: id) { row in
                    try tables.insert(
                        into: "windows", [number, .integer(row.time)] + row.values.map(plain))
                }
            }
            progress(index + 1, series.count)
        }
    }

    private func makeTables(_ tables: some RowSink) throws {
        let columns = statistics.map { statistic -> String in
            let type =
                switch statistic {
                case .count, .resets, .transitions, .revision, .late: "INTEGER"
                case .seconds: "TEXT"
                default: "REAL"
                }
            return "\"\(statistic.rawValue)\" \(type)"
        }
        try tables.execute(
            """
            CREATE TABLE series(
                id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, metric TEXT NOT NULL,
                labels TEXT NOT NULL, kind TEXT NOT NULL, unit TEXT NOT NULL,
                step_ms INTEGER NOT NULL, device TEXT NOT NULL);
            CREATE TABLE windows(
                series INTEGER NOT NULL REFERENCES series(id), time INTEGER NOT NULL,
                \((columns + ["PRIMARY KEY (series, time)"]).joined(separator: ", "))
                ) WITHOUT ROWID;
            CREATE TABLE readings(
                series INTEGER NOT NULL REFERENCES series(id), time INTEGER NOT NULL,
                value REAL NOT NULL, "count" INTEGER NOT NULL, PRIMARY KEY (series, time)
                ) WITHOUT ROWID;
            """)
    }

    private func describe(_ entry: SeriesCatalogue.Entry) -> [StoredValue] {
        let descriptor = entry.descriptor
        let labels = descriptor.key.labels.map { jsonString($0.name) + ":" + jsonString($0.value) }
        let tier = tier(of: descriptor)
        let devices = stored.catalogue.devices
        let device = devices.indices.contains(Int(entry.device)) ? devices[Int(entry.device)] : ""
        return [
            .text(descriptor.key.description), .text(descriptor.key.metric),
            .text("{" + labels.joined(separator: ",") + "}"), .text(descriptor.kind.name),
            .text(descriptor.unit),
            .integer(tier == .base ? descriptor.step : tier.rawValue), .text(device),
        ]
    }

    private func plain(_ value: QueryValue?) -> StoredValue {
        switch value {
        case nil: .null
        case .count(let count): .integer(count)
        case .exact(let sum): .real(sum.double)
        case .rounded(let number): .real(number)
        case .name(let name): .text(name)
        case .durations(let list):
            .text(
                "{"
                    + list.map { jsonString($0.name) + ":" + doubleText($0.seconds) }
                    .joined(separator: ",") + "}")
        }
    }
}
