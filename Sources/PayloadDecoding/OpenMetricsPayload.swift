import Telemetry

/// Reads OpenMetrics 1.0 text: `name{label="value"} 21.5 1520879607.789`, and the older text of
/// Prometheus (0.0.4).
///
/// A field is called as its sample, and has the sample's labels. `# UNIT` gives its unit to all
/// samples of its family, `name_count` and `name_bucket` too, as the senders mean it. Types and
/// help are checked and passed over, exemplars too.
///
/// Which of the two it is, the end says: a text that ends with `# EOF` is OpenMetrics, and its
/// times are seconds, with a fraction; all others are Prometheus, with times in whole milliseconds,
/// without exemplars, and with a line feed at the very end, without which the last value might be
/// cut. What else differs is read leniently in both: free comments, empty lines, tabs, a comma
/// behind the last label. `NaN` and infinities are no numbers. A line that cannot be read, or any
/// line behind `# EOF`, refuses the whole payload.
///
/// Not checked: whether samples suit the type of their family, and whether a label is there twice.
///
/// Source: github.com/prometheus/OpenMetrics, specification/OpenMetrics.md, "ABNF";
/// prometheus.io/docs/instrumenting/exposition_formats.
public func decodeOpenMetrics(
    _ payload: Span<UInt8>, into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var reader = OpenMetricsReader(isOpenMetrics: endsWithEOF(payload))
    while reader.position < payload.count { try reader.readLine(payload, into: &list) }
}

/// Whether the last line is `# EOF`.
private func endsWithEOF(_ payload: Span<UInt8>) -> Bool {
    var end = payload.count
    if payload.byte(at: end - 1) == .lineFeed { end -= 1 }
    let start = end - endMark.count
    guard start == 0 || payload.byte(at: start - 1) == .lineFeed else { return false }
    return payload.extracting(start..<end).isEqual(to: endMark)
}

private let endMark = Array("# EOF".utf8)
private let keywords = WordTable(["TYPE", "UNIT", "HELP"])
private let types = WordTable([
    "counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown",
    "untyped",
])
private let suffixes = WordTable([
    "_total", "_bucket", "_sum", "_count", "_created", "_gsum", "_gcount", "_info",
])

/// The place in a text, and what the lines before it say of the next ones. Its words and labels are
/// in OpenMetricsReader+Words.swift.
struct OpenMetricsReader {
    let isOpenMetrics: Bool
    var position = 0
    /// Where the payload names the family that metadata were last about.
    private var family = 0..<0
    private var unit = FieldList.Text.empty
    /// The last sample's name: the next one's is mostly the same, and then kept once.
    private var lastName = 0..<0
    private var lastNameText = FieldList.Text.empty

    init(isOpenMetrics: Bool) { self.isOpenMetrics = isOpenMetrics }

    mutating func readLine(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        skipBlanks(payload)
        switch payload.byte(at: position) {
        case nil: return
        case .lineFeed?: position += 1
        case .numberSign?: try readComment(payload, into: &list)
        default: try readSample(payload, into: &list)
        }
    }

    // MARK: - Comments

    private mutating func readComment(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        let start = position
        let end = endOfLine(payload)
        try checkUTF8(payload, start..<end)
        if payload.extracting(start..<end).isEqual(to: endMark) {
            position = min(end + 1, payload.count)
            guard position == payload.count else { throw .syntax(offset: position) }
            return
        }
        position += 1
        skipBlanks(payload)
        if let keyword = keywords.index(of: payload.extracting(takeWord(payload))) {
            try readMetadata(payload, keyword, into: &list)
        }
        position = end
        try expect(.lineFeed, payload)
    }

    /// The rest of `# TYPE name type`, `# UNIT name unit` or `# HELP name text`.
    private mutating func readMetadata(
        _ payload: Span<UInt8>, _ keyword: Int, into list: inout FieldList
    ) throws(PayloadError) {
        skipBlanks(payload)
        let name = try takeName(payload, allowsColons: true)
        if !payload.hasSameBytes(name, family) {
            family = name
            unit = .empty
        }
        guard let next = payload.byte(at: position), next.isBlank || next == .lineFeed else {
            throw .syntax(offset: position)
        }
        if keyword == 2 { return }
        skipBlanks(payload)
        let start = position
        let word = takeWord(payload)
        skipBlanks(payload)
        guard payload.byte(at: position) == .lineFeed else { throw .syntax(offset: position) }
        if keyword == 1 {
            unit = list.text(payload.extracting(word))
        } else {
            guard types.index(of: payload.extracting(word)) != nil else {
                throw .syntax(offset: start)
            }
        }
    }

    // MARK: - Samples

    private mutating func readSample(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        let name = try takeName(payload, allowsColons: true)
        if !payload.hasSameBytes(name, lastName) {
            lastNameText = list.text(payload.extracting(name))
            lastName = name
        }
        let labelStart = Int32(list.labels.count)
        skipBlanks(payload)
        if payload.byte(at: position) == UInt8(ascii: "{") {
            try readLabels(payload, isKept: true, into: &list)
        }
        let (value, time) = try readValueAndTime(payload)
        if isOpenMetrics, payload.byte(at: position) == .numberSign {
            position += 1
            skipBlanks(payload)
            try readLabels(payload, isKept: false, into: &list)
            _ = try readValueAndTime(payload)
        }
        try expect(.lineFeed, payload)
        try list.add(
            FieldList.Field(
                name: lastNameText, value: value,
                unit: belongsToFamily(payload, name) ? unit : .empty, time: time,
                labelStart: labelStart, labelEnd: Int32(list.labels.count)))
    }

    private func belongsToFamily(_ payload: Span<UInt8>, _ name: Range<Int>) -> Bool {
        if unit.isEmpty || name.count < family.count { return false }
        let suffix = name.lowerBound + family.count
        guard payload.hasSameBytes(name.lowerBound..<suffix, family) else { return false }
        return suffix == name.upperBound
            || suffixes.index(of: payload.extracting(suffix..<name.upperBound)) != nil
    }

    /// A value, and the time behind it where there is one.
    private mutating func readValueAndTime(
        _ payload: Span<UInt8>
    ) throws(PayloadError) -> (value: FieldValue, time: Int64?) {
        skipBlanks(payload)
        let before = payload.byte(at: position - 1)
        // Prometheus reads a value right behind the brace, OpenMetrics asks for a blank.
        let isBehindBrace = before == UInt8(ascii: "}") && !isOpenMetrics
        guard isBehindBrace || before?.isBlank ?? false else { throw .syntax(offset: position) }
        let start = position
        guard let value = realNumber(payload.extracting(takeWord(payload))) else {
            throw .syntax(offset: start)
        }
        skipBlanks(payload)
        guard let next = payload.byte(at: position), next != .lineFeed, next != .numberSign else {
            return (value, nil)
        }
        let timeStart = position
        let word = payload.extracting(takeWord(payload))
        guard let time = isOpenMetrics ? milliseconds(ofSeconds: word) : milliseconds(word) else {
            throw .syntax(offset: timeStart)
        }
        skipBlanks(payload)
        return (value, time)
    }
}
