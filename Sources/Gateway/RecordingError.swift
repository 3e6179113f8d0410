/// Why a recording cannot be read or imported.
public enum RecordingError: Error, Sendable, Equatable {
    case unreadable(file: String)
    case badRow(file: String, line: Int, fault: RowFault)
    /// The store keeps the series with another kind, unit or step than was asked for.
    case redefined(series: String, stored: String, asked: String)

    /// What is wrong with a row.
    public enum RowFault: Sendable, Equatable {
        case fields
        /// There are more than the head row has, as where a decimal has a comma.
        case extraFields(count: Int, head: Int)
        case encoding
        /// Lines end with a carriage return alone.
        case lineEnds
        case time(String)
        case number(String)
    }
}

extension RecordingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let file): "cannot read \(file)"
        case .badRow(let file, let line, let fault): "\(file):\(line): \(fault)"
        case .redefined(let series, let stored, let asked):
            "\(series) is stored as \(stored), asked for was \(asked): leave --kind, --unit and "
                + "--step out, or give the recording's series another name"
        }
    }
}

extension RecordingError.RowFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fields: "a row is series,time,value, with commas between"
        case .extraFields(let count, let head):
            "\(count) fields, the head has \(head): write decimals with a point, or quote what has "
                + "a comma"
        case .lineEnds: "lines end with CR alone: convert them, as by tr '\\r' '\\n'"
        case .encoding: "it is not UTF-8: convert the file, as by iconv -f latin1"
        case .time(let text):
            "'\(text)' is no time: write epoch milliseconds, RFC 3339 or 2026-03-29 14:00"
        case .number(let text): "'\(text)' is no number"
        }
    }
}
