import Telemetry

/// A family of the OpenMetrics text format: one statistic of the series of one metric.
///
/// Every family is a gauge, as statistics of an interval are no running totals. A `# UNIT` must be
/// the end of the family's name, which UCUM codes cannot be: only `seconds` has one, and the unit
/// stands in `# HELP`.
struct OpenMetricsFamily {
    let statistic: Statistic
    /// `metric_STAT`.
    let name: String

    init(_ metric: String, _ statistic: Statistic) {
        self.statistic = statistic
        name = Self.exposedName(metric) + "_" + statistic.rawValue
    }

    /// What stands before its samples.
    ///
    /// - Parameter units: UCUM codes, each once.
    func head(units: [String]) -> String {
        let named = units.filter { $0 != "1" }.map { " in " + escapedLabelValue($0) }
        return "# TYPE \(name) gauge\n"
            + (statistic == .seconds ? "# UNIT \(name) seconds\n" : "")
            + "# HELP \(name) \(statistic.rawValue) of a series" + named.joined(separator: " or")
            + "\n"
    }

    /// The samples of a row, each with its labels and its whole line.
    ///
    /// - Parameter value: of this statistic. The name of a state is no number and no sample.
    func samples(
        of row: borrowing QueryRow, _ value: QueryValue?
    ) -> [(labels: String, line: String)] {
        let seconds = doubleText(Double(row.time) / 1000)
        switch value {
        case nil, .name: return []
        case .durations(let list):
            return list.map { entry in
                let state = "state=\"\(escapedLabelValue(entry.name))\""
                let labels = text(labels(of: row, besides: "state") + [state])
                return (labels, "\(name)\(labels) \(doubleText(entry.seconds)) \(seconds)\n")
            }
        case .exact, .rounded, .count:
            let labels = text(labels(of: row))
            return [(labels, "\(name)\(labels) \(value?.text ?? "") \(seconds)\n")]
        }
    }

    private func text(_ labels: [String]) -> String {
        labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
    }

    /// - Parameter taken: a label that the format adds; the series' own gives way, as Prometheus
    ///   does it.
    private func labels(of row: borrowing QueryRow, besides taken: String? = nil) -> [String] {
        row.descriptor.key.labels.map { label in
            let name =
                label.name == taken ? "exported_" + label.name : Self.exposedName(label.name)
            return "\(name)=\"\(escapedLabelValue(label.value))\""
        }
    }

    /// Names of recordings may begin with a digit, those of the format may not.
    private static func exposedName(_ name: String) -> String {
        name.first?.isNumber == true ? "_" + name : name
    }
}
