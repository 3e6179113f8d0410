import Telemetry

/// An answer in the OpenMetrics text format: a family a metric and statistic, in it the samples of
/// each set of labels together and in order of time.
///
/// The format wants a family in one piece, and rows come series by series with all statistics: the
/// text waits here until the last row. Memory is that of the answer; where that has no bound there
/// is ``SeriesExport/writeOpenMetrics(_:)``.
struct OpenMetricsText {
    /// The samples of one family.
    private struct Samples {
        let family: OpenMetricsFamily
        var units: [String] = []
        /// Lines by labels, and the labels in their order.
        var lines: [String: String] = [:]
        var labels: [String] = []

        mutating func add(_ labels: String, _ line: String) {
            if lines[labels] == nil { self.labels.append(labels) }
            lines[labels, default: ""] += line
        }
    }

    private var families: [String: Samples] = [:]
    private var names: [String] = []

    /// Takes the samples of one row.
    mutating func add(_ row: borrowing QueryRow, _ statistics: [Statistic]) {
        for (statistic, value) in zip(statistics, row.values) {
            let family = OpenMetricsFamily(row.descriptor.key.metric, statistic)
            for (labels, line) in family.samples(of: row, value) {
                if families[family.name] == nil { names.append(family.name) }
                families[family.name, default: Samples(family: family)].add(labels, line)
                let unit = row.descriptor.unit
                if families[family.name]?.units.contains(unit) == false {
                    families[family.name]?.units.append(unit)
                }
            }
        }
    }

    /// The whole answer.
    func text() -> String {
        var text = ""
        for name in names {
            guard let samples = families[name] else { continue }
            text += samples.family.head(units: samples.units)
            for labels in samples.labels { text += samples.lines[labels] ?? "" }
        }
        return text + "# EOF\n"
    }
}
