import Telemetry

/// An answer in one of the machine formats, which never change with the reader's language.
///
/// - csv: `time,series,unit,STAT,…`, one row an interval and series, nothing where there is no
///   value.
/// - json: one array of the objects that ndjson has a line each.
/// - ndjson: `{"time":…,"series":…,"unit":…,"STAT":…}`.
/// - openmetrics: a family `metric_STAT` a statistic, in it a sample
///   `metric_STAT{labels} value seconds` an interval; all of it comes with the tail.
public struct AnswerWriter {
    /// The formats by their names on the command line.
    public enum Format: String, Sendable, CaseIterable {
        case csv, json, ndjson, openmetrics
    }

    private let format: Format
    private let statistics: [Statistic]
    private let zone: CivilZone
    private let isEpoch: Bool
    private var rowCount = 0
    private var metrics = OpenMetricsText()
    /// What stands between the time and the values of the rows of a series.
    private var middle: (series: SeriesID, text: String)?

    /// - Parameter isEpoch: times as epoch milliseconds instead of RFC 3339 with offset.
    public init(_ format: Format, statistics: [Statistic], zone: CivilZone, isEpoch: Bool) {
        self.format = format
        self.statistics = statistics
        self.zone = zone
        self.isEpoch = isEpoch
    }

    /// What stands before the first row.
    public func head() -> String {
        switch format {
        case .csv:
            "time,series,unit," + statistics.map(\.rawValue).joined(separator: ",") + "\n"
        case .json: "["
        case .ndjson, .openmetrics: ""
        }
    }

    /// One row.
    public mutating func row(_ row: borrowing QueryRow) -> String {
        defer { rowCount += 1 }
        switch format {
        case .csv: return csv(row)
        case .json: return (rowCount == 0 ? "\n" : ",\n") + object(row)
        case .ndjson: return object(row) + "\n"
        case .openmetrics:
            metrics.add(row, statistics)
            return ""
        }
    }

    /// What stands after the last row.
    public func tail() -> String {
        switch format {
        case .csv, .ndjson: ""
        case .json: rowCount == 0 ? "]\n" : "\n]\n"
        case .openmetrics: metrics.text()
        }
    }

    /// An instant as the format prints it.
    public func time(_ instant: Int64) -> String {
        if isEpoch { return String(instant) }
        return rfc3339(instant, zone: zone)
    }

    private mutating func middle(of row: borrowing QueryRow) -> String {
        if let middle, middle.series == row.series { return middle.text }
        let quoted = format == .csv ? csvField : jsonString
        let name = quoted(row.descriptor.key.description)
        let unit = quoted(row.descriptor.unit)
        let text =
            format == .csv ? ",\(name),\(unit)" : ",\"series\":\(name),\"unit\":\(unit)"
        middle = (row.series, text)
        return text
    }

    private mutating func csv(_ row: borrowing QueryRow) -> String {
        var line = time(row.time)
        line += middle(of: row)
        for value in row.values {
            line += ","
            guard let value else { continue }
            switch value {
            case .exact, .rounded, .count: line += value.text
            case .name, .durations: line += csvField(value.text)
            }
        }
        line += "\n"
        return line
    }

    private mutating func object(_ row: borrowing QueryRow) -> String {
        var line = "{\"time\":"
        line += isEpoch ? time(row.time) : jsonString(time(row.time))
        line += middle(of: row)
        for (statistic, value) in zip(statistics, row.values) {
            guard let value else { continue }
            line += ",\"\(statistic.rawValue)\":"
            line += json(value)
        }
        line += "}"
        return line
    }

    private func json(_ value: QueryValue) -> String {
        switch value {
        case .name(let name): return jsonString(name)
        case .durations(let list):
            let members = list.map { jsonString($0.name) + ":" + doubleText($0.seconds) }
            return "{" + members.joined(separator: ",") + "}"
        case .exact, .rounded, .count: return value.text
        }
    }
}

/// A CSV field, quoted where it must be (RFC 4180).
public func csvField(_ text: String) -> String {
    // By bytes: "\r\n" is one character, and so is a quotation mark with an accent.
    guard text.utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) else { return text }
    return text.unicodeScalars.reduce(into: "\"") { field, scalar in
        field += scalar == "\"" ? "\"\"" : String(scalar)
    } + "\""
}

/// A JSON string with its quotes.
public func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20:
            let hex = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
