import Telemetry

/// An answer in the OpenMetrics text format: a family a metric and statistic, in it the samples of
/// each set of labels together and in order of time.
///
/// The format wants a family in one piece, and rows come series by series with all statistics: the
/// text waits here until the last row. Memory is that of the answer.
///
/// Every family is a gauge, as statistics of an interval are no running totals. A `# UNIT` must be
/// the end of the family's name, which UCUM codes cannot be: only `seconds` has one, and the unit
/// stands in `# HELP`.
struct OpenMetricsText {
    /// The samples of one metric and statistic.
    private struct Family {
        let statistic: Statistic
        var units: [String] = []
        /// Lines by labels, and the labels in their order.
        var samples: [String: String] = [:]
        var labels: [String] = []

        mutating func add(_ list: [String], _ sample: String, name: String) {
            let text = list.isEmpty ? "" : "{\(list.joined(separator: ","))}"
            if samples[text] == nil { labels.append(text) }
            samples[text, default: ""] += "\(name)\(text) \(sample)\n"
        }
    }

    private var families: [String: Family] = [:]
    private var names: [String] = []

    /// Takes the samples of one row.
    mutating func add(_ row: QueryRow, _ statistics: [Statistic]) {
        let seconds = doubleText(Double(row.time) / 1000)
        for (statistic, value) in zip(statistics, row.values) {
            let name = exposedName(row.descriptor.key.metric) + "_" + statistic.rawValue
            switch value {
            // The name of a state is no number.
            case nil, .name: continue
            case .durations(let list):
                for entry in list {
                    let state = "state=\"\(escapedLabelValue(entry.name))\""
                    let labels = labels(of: row, besides: "state") + [state]
                    add(
                        labels, "\(doubleText(entry.seconds)) \(seconds)", name, statistic, row)
                }
            case .exact, .rounded, .count:
                add(labels(of: row), "\(value?.text ?? "") \(seconds)", name, statistic, row)
            }
        }
    }

    /// The whole answer.
    func text() -> String {
        var text = ""
        for name in names {
            guard let family = families[name] else { continue }
            let units = family.units.filter { $0 != "1" }.map { " in " + escapedLabelValue($0) }
            text += "# TYPE \(name) gauge\n"
            if family.statistic == .seconds { text += "# UNIT \(name) seconds\n" }
            text +=
                "# HELP \(name) \(family.statistic.rawValue) of a series"
                + units.joined(separator: " or") + "\n"
            for labels in family.labels { text += family.samples[labels] ?? "" }
        }
        return text + "# EOF\n"
    }

    private mutating func add(
        _ labels: [String], _ sample: String, _ name: String, _ statistic: Statistic,
        _ row: QueryRow
    ) {
        if families[name] == nil { names.append(name) }
        let unit = row.descriptor.unit
        families[name, default: Family(statistic: statistic)].add(labels, sample, name: name)
        if families[name]?.units.contains(unit) == false { families[name]?.units.append(unit) }
    }

    /// - Parameter taken: a label that the format adds; the series' own gives way, as Prometheus
    ///   does it.
    private func labels(of row: QueryRow, besides taken: String? = nil) -> [String] {
        row.descriptor.key.labels.map { label in
            let name = label.name == taken ? "exported_" + label.name : exposedName(label.name)
            return "\(name)=\"\(escapedLabelValue(label.value))\""
        }
    }

    /// Names of recordings may begin with a digit, those of the format may not.
    private func exposedName(_ name: String) -> String {
        name.first?.isNumber == true ? "_" + name : name
    }
}
