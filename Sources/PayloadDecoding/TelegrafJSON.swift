import Telemetry

/// Reads Telegraf's JSON, `{"fields":{"usage":1.5},"name":"cpu","tags":{"host":"a"},"timestamp":9}`
/// or a batch of such metrics, `{"metrics":[…]}`.
///
/// A field is called `name.field`, and has the tags of its metric. The time is in seconds, which is
/// Telegraf's default for `json_timestamp_units`; one that is beyond the calendar in seconds, as a
/// number of milliseconds is, refuses the payload. Fields are numbers, texts, booleans or null and
/// tags are texts: others refuse it too. Members that Telegraf does not write are passed over.
///
/// Source: docs.influxdata.com/telegraf/v1/data_formats/output/json.
public func decodeTelegrafJSON(
    _ payload: Span<UInt8>, into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    let start = hasByteOrderMark(payload) ? 3 : 0
    var end = start
    try skipJSONValue(payload, &end)
    skipSpace(payload, &end)
    guard end == payload.count else { throw .syntax(offset: end) }

    // From here on the grammar of JSON is known to hold; only the shape is not.
    var reader = TelegrafReader(position: start)
    let members = try reader.takeMembers(payload, names: batchMembers)
    guard let metrics = members[0] else {
        reader.position = start
        return try reader.readMetric(payload, into: &list)
    }
    reader.position = metrics
    try reader.checkStart(payload, UInt8(ascii: "["))
    while reader.takeNextElement(payload) { try reader.readMetric(payload, into: &list) }
}

private let batchMembers = WordTable(["metrics"])
private let metricMembers = WordTable(["name", "tags", "fields", "timestamp"])

private struct TelegrafReader {
    var position: Int
    private var unescaped: [UInt8] = []

    init(position: Int) { self.position = position }

    /// Reads a metric and leaves the position behind it.
    mutating func readMetric(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        let members = try takeMembers(payload, names: metricMembers)
        let end = position
        guard let name = members[0], let fields = members[2] else { throw .syntax(offset: end) }
        position = name
        let nameText = try readString(payload, into: &list)

        let labelStart = Int32(list.labels.count)
        if let tags = members[1] { try readTags(payload, at: tags, into: &list) }
        let firstField = list.fields.count
        try readFields(
            payload, at: fields, of: nameText, labelStart..<Int32(list.labels.count), into: &list)
        if let timestamp = members[3] {
            position = timestamp
            try skipJSONValue(payload, &position)
            guard let time = milliseconds(ofSeconds: payload.extracting(timestamp..<position))
            else { throw .syntax(offset: timestamp) }
            list.setTime(time, from: firstField)
        }
        position = end
    }

    private mutating func readTags(
        _ payload: Span<UInt8>, at start: Int, into list: inout FieldList
    ) throws(PayloadError) {
        position = start
        try checkStart(payload, UInt8(ascii: "{"))
        while let key = try takeNextKey(payload) {
            let name = text(payload, key, into: &list)
            let value = try readString(payload, into: &list)
            try list.add(FieldList.Label(name: name, value: value))
        }
    }

    private mutating func readFields(
        _ payload: Span<UInt8>, at start: Int, of name: FieldList.Text, _ labels: Range<Int32>,
        into list: inout FieldList
    ) throws(PayloadError) {
        position = start
        try checkStart(payload, UInt8(ascii: "{"))
        while let key = try takeNextKey(payload) {
            let start = list.textStart
            list.append(name)
            list.append(UInt8(ascii: "."))
            _ = text(payload, key, into: &list)
            let fieldName = list.endText(from: start)
            let value = try readScalar(payload, into: &list)
            try list.add(
                FieldList.Field(
                    name: fieldName, value: value, unit: .empty, time: nil,
                    labelStart: labels.lowerBound, labelEnd: labels.upperBound))
        }
    }

    private mutating func readScalar(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> FieldValue {
        let start = position
        switch payload.byte(at: start) {
        case UInt8(ascii: "\"")?: return .text(try readString(payload, into: &list))
        case UInt8(ascii: "{")?, UInt8(ascii: "[")?: throw .syntax(offset: start)
        default: try skipJSONValue(payload, &position)
        }
        switch payload[start] {
        case UInt8(ascii: "t"): return .boolean(true)
        case UInt8(ascii: "f"): return .boolean(false)
        case UInt8(ascii: "n"): return .null
        default: return realNumber(payload.extracting(start..<position)) ?? .noNumber
        }
    }

    private mutating func readString(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> FieldList.Text {
        try checkStart(payload, UInt8(ascii: "\""))
        let start = position
        let hasEscapes = try scanString(payload, &position)
        return text(payload, JSONText(start: start, end: position, hasEscapes), into: &list)
    }

    private mutating func text(
        _ payload: Span<UInt8>, _ string: JSONText, into list: inout FieldList
    ) -> FieldList.Text {
        let text = payload.extracting(string.range)
        if !string.hasEscapes { return list.text(text) }
        // What escapes mean is never longer than they are.
        _ = unescapeJSON(text, into: &unescaped, sizeMax: text.count)
        return list.text(unescaped.span)
    }

    // MARK: - Objects and arrays

    /// Passes over an object; where it has members of these names, the places of their values.
    mutating func takeMembers(
        _ payload: Span<UInt8>, names: WordTable
    ) throws(PayloadError) -> [Int?] {
        var places = [Int?](repeating: nil, count: names.count)
        skipSpace(payload, &position)
        try checkStart(payload, UInt8(ascii: "{"))
        while let key = try takeNextKey(payload) {
            if let place = names.index(of: payload.extracting(key.range)) {
                guard places[place] == nil else {
                    throw .duplicateKey(offset: key.range.lowerBound - 1)
                }
                places[place] = position
            }
            try skipJSONValue(payload, &position)
        }
        return places
    }

    func checkStart(_ payload: Span<UInt8>, _ byte: UInt8) throws(PayloadError) {
        guard payload.byte(at: position) == byte else { throw .syntax(offset: position) }
    }

    /// From the brace of an object, or from behind a value in it, to the next value; nil behind
    /// the object's end.
    private mutating func takeNextKey(
        _ payload: Span<UInt8>
    ) throws(PayloadError) -> JSONText? {
        guard takeNextElement(payload) else { return nil }
        let start = position
        try checkStart(payload, UInt8(ascii: "\""))
        let hasEscapes = try scanString(payload, &position)
        let key = JSONText(start: start, end: position, hasEscapes)
        try takeColon(payload, &position)
        return key
    }

    /// From the bracket of an array, or from behind an element, to the next one; false behind the
    /// array's end.
    mutating func takeNextElement(_ payload: Span<UInt8>) -> Bool {
        skipSpace(payload, &position)
        guard let mark = payload.byte(at: position) else { return false }
        position += 1
        if mark == UInt8(ascii: "]") || mark == UInt8(ascii: "}") { return false }
        skipSpace(payload, &position)
        guard let next = payload.byte(at: position) else { return false }
        if next == UInt8(ascii: "]") || next == UInt8(ascii: "}") {
            position += 1
            return false
        }
        return true
    }
}

/// A string with its quotation marks.
private struct JSONText {
    /// Without them.
    let range: Range<Int>
    let hasEscapes: Bool

    init(start: Int, end: Int, _ hasEscapes: Bool) {
        range = start + 1..<end - 1
        self.hasEscapes = hasEscapes
    }
}
