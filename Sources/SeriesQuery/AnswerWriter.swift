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
    private var offsets: OffsetMemory
    private let isEpoch: Bool
    private var rowCount = 0
    private var metrics = OpenMetricsText()
    /// What stands between the time and the values of the rows of a series.
    private var middle: (series: SeriesID, text: [UInt8])?

    /// - Parameter isEpoch: times as epoch milliseconds instead of RFC 3339 with offset.
    public init(_ format: Format, statistics: [Statistic], zone: CivilZone, isEpoch: Bool) {
        self.format = format
        self.statistics = statistics
        offsets = OffsetMemory(zone: zone)
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

    /// Appends one row, in UTF-8.
    public mutating func append(_ row: borrowing QueryRow, to text: inout [UInt8]) {
        defer { rowCount += 1 }
        switch format {
        case .csv: appendLine(row, to: &text)
        case .json:
            text += (rowCount == 0 ? "\n" : ",\n").utf8
            appendObject(row, to: &text)
        case .ndjson:
            appendObject(row, to: &text)
            text.append(UInt8(ascii: "\n"))
        case .openmetrics: metrics.add(row, statistics)
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

    private mutating func appendTime(_ instant: Int64, to text: inout [UInt8]) {
        if isEpoch {
            text += String(instant).utf8
        } else {
            let offset = offsets.offsetSeconds(at: instant)
            appendRFC3339(instant, offsetSeconds: offset, to: &text)
        }
    }

    private mutating func middle(of row: borrowing QueryRow) -> [UInt8] {
        if let middle, middle.series == row.series { return middle.text }
        let quoted = format == .csv ? csvField : jsonString
        let name = quoted(row.descriptor.key.description)
        let unit = quoted(row.descriptor.unit)
        let text =
            format == .csv ? ",\(name),\(unit)" : ",\"series\":\(name),\"unit\":\(unit)"
        middle = (row.series, Array(text.utf8))
        return Array(text.utf8)
    }

    private mutating func appendLine(_ row: borrowing QueryRow, to text: inout [UInt8]) {
        appendTime(row.time, to: &text)
        text += middle(of: row)
        for value in row.values {
            text.append(UInt8(ascii: ","))
            guard let value else { continue }
            switch value {
            case .exact, .rounded, .count: text += value.text.utf8
            case .name, .durations: text += csvField(value.text).utf8
            }
        }
        text.append(UInt8(ascii: "\n"))
    }

    private mutating func appendObject(_ row: borrowing QueryRow, to text: inout [UInt8]) {
        let quote = isEpoch ? "" : "\""
        text += "{\"time\":\(quote)".utf8
        appendTime(row.time, to: &text)
        text += quote.utf8
        text += middle(of: row)
        for (statistic, value) in zip(statistics, row.values) {
            guard let value else { continue }
            text += ",\"\(statistic.rawValue)\":".utf8
            text += json(value).utf8
        }
        text.append(UInt8(ascii: "}"))
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
