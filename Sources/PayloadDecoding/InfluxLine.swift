import Telemetry

/// Reads InfluxDB line protocol: `measurement,tag=value field=1.5,other=3i 1535747258000000000`,
/// as Telegraf writes it, any number of lines.
///
/// A field is called `measurement.field`, and has the tags of its line. Times are nanoseconds. A
/// backslash stands for itself, unless a character follows that would have a meaning there. Empty
/// lines and comments are passed over; a line that is none refuses the whole payload, since nobody
/// knows what the sender meant by the others.
///
/// Source: docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol.
public func decodeInfluxLine(
    _ payload: Span<UInt8>, into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var reader = InfluxLineReader(position: 0)
    while reader.position < payload.count { try reader.readLine(payload, into: &list) }
}

private struct InfluxLineReader {
    var position: Int

    mutating func readLine(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        skipBlanks(payload)
        guard let byte = payload.byte(at: position) else { return }
        if isLineEnd(byte) {
            position += 1
            return
        }
        if byte == UInt8(ascii: "#") {
            while let byte = payload.byte(at: position), !isLineEnd(byte) { position += 1 }
            return
        }
        let measurement = try readName(payload, endingAt: [.comma, .blank], into: &list)
        let labelStart = list.labels.count
        while payload.byte(at: position) == .comma {
            position += 1
            let name = try readName(payload, endingAt: [.equals], into: &list)
            try expect(.equals, payload)
            let value = try readName(payload, endingAt: [.comma, .blank], into: &list)
            try list.add(FieldList.Label(name: name, value: value))
        }
        try expect(.blank, payload)
        skipBlanks(payload)
        let firstField = list.fields.count
        let labels = labelStart..<list.labels.count
        try readField(payload, of: measurement, labels, into: &list)
        while payload.byte(at: position) == .comma {
            position += 1
            try readField(payload, of: measurement, labels, into: &list)
        }
        try readTime(payload, from: firstField, into: &list)
    }

    private mutating func readField(
        _ payload: Span<UInt8>, of measurement: FieldList.Text, _ labels: Range<Int>,
        into list: inout FieldList
    ) throws(PayloadError) {
        let start = list.textStart
        list.append(measurement)
        list.append(UInt8(ascii: "."))
        _ = try readName(payload, endingAt: [.equals], into: &list)
        let name = list.endText(from: start)
        try expect(.equals, payload)
        let value = try readValue(payload, into: &list)
        try list.add(
            FieldList.Field(
                name: name, value: value, unit: .empty, time: nil,
                labelStart: Int32(labels.lowerBound), labelEnd: Int32(labels.upperBound)))
    }

    /// A name or a tag's value, up to one of the bytes that end it.
    private mutating func readName(
        _ payload: Span<UInt8>, endingAt ends: [UInt8], into list: inout FieldList
    ) throws(PayloadError) -> FieldList.Text {
        let start = list.textStart
        while let byte = payload.byte(at: position), !ends.contains(byte) {
            if isLineEnd(byte) { break }
            var size = 1
            if byte == .backslash, let next = payload.byte(at: position + 1),
                next == .comma || next == .equals || next == .blank
            {
                list.append(next)
                position += 2
                continue
            }
            if byte >= 0x80 { size = sizeOfUTF8Sequence(payload, at: position) }
            guard size > 0 else { throw .badUTF8(offset: position) }
            for offset in 0..<size { list.append(payload[position + offset]) }
            position += size
        }
        guard list.textStart > start else { throw .syntax(offset: position) }
        return list.endText(from: start)
    }

    private mutating func readValue(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> FieldValue {
        if payload.byte(at: position) == UInt8(ascii: "\"") {
            return .text(try readString(payload, into: &list))
        }
        let start = position
        while let byte = payload.byte(at: position), byte != .comma, byte != .blank,
            !isLineEnd(byte)
        {
            position += 1
        }
        let word = payload.extracting(start..<position)
        if let boolean = boolean(word) { return .boolean(boolean) }
        guard let last = word.byte(at: word.count - 1) else { throw .syntax(offset: start) }
        if last == UInt8(ascii: "i") || last == UInt8(ascii: "u") {
            let digits = word.extracting(0..<word.count - 1)
            return .number(try integer(digits, isSigned: last == UInt8(ascii: "i"), at: start))
        }
        if meansNoValue(word) { return .noNumber }
        guard let value = Value(parsing: word) else { throw .syntax(offset: start) }
        return .number(value)
    }

    private func integer(
        _ digits: Span<UInt8>, isSigned: Bool, at offset: Int
    ) throws(PayloadError) -> Value {
        var start = 0
        let isNegative = isSigned && digits.byte(at: 0) == UInt8(ascii: "-")
        if isNegative { start = 1 }
        var magnitude: UInt64 = 0
        guard start < digits.count else { throw .syntax(offset: offset) }
        for index in start..<digits.count {
            let digit = digits[index] &- 0x30
            let (product, isOver) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = product.addingReportingOverflow(UInt64(digit))
            guard digit <= 9, !isOver, !isOverToo else { throw .syntax(offset: offset) }
            magnitude = sum
        }
        let limit = isSigned ? UInt64(Int64.max) + (isNegative ? 1 : 0) : UInt64.max
        guard magnitude <= limit else { throw .syntax(offset: offset) }
        if magnitude > UInt64(Int64.max), !isNegative { return Value(binary: Double(magnitude)) }
        return Value(isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude))
    }

    /// A string in quotation marks, in which only these and backslashes have escapes.
    private mutating func readString(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> FieldList.Text {
        let start = list.textStart
        position += 1
        while let byte = payload.byte(at: position), byte != UInt8(ascii: "\"") {
            if byte == .backslash, let next = payload.byte(at: position + 1),
                next == UInt8(ascii: "\"") || next == .backslash
            {
                list.append(next)
                position += 2
                continue
            }
            let size = byte < 0x80 ? 1 : sizeOfUTF8Sequence(payload, at: position)
            guard size > 0 else { throw .badUTF8(offset: position) }
            for offset in 0..<size { list.append(payload[position + offset]) }
            position += size
        }
        try expect(UInt8(ascii: "\""), payload)
        return list.endText(from: start)
    }

    private mutating func readTime(
        _ payload: Span<UInt8>, from firstField: Int, into list: inout FieldList
    ) throws(PayloadError) {
        let valueEnd = position
        skipBlanks(payload)
        guard let byte = payload.byte(at: position) else { return }
        if !isLineEnd(byte) {
            guard position > valueEnd else { throw .syntax(offset: position) }
            let start = position
            while let byte = payload.byte(at: position), byte != .blank, !isLineEnd(byte) {
                position += 1
            }
            let time = try integer(
                payload.extracting(start..<position), isSigned: true, at: start)
            list.setTime(floorDivide(time.bits, by: 1_000_000), from: firstField)
            skipBlanks(payload)
        }
        guard let end = payload.byte(at: position) else { return }
        guard isLineEnd(end) else { throw .syntax(offset: position) }
        position += 1
    }

    private mutating func expect(
        _ byte: UInt8, _ payload: Span<UInt8>
    ) throws(PayloadError) {
        guard payload.byte(at: position) == byte else { throw .syntax(offset: position) }
        position += 1
    }

    private mutating func skipBlanks(_ payload: Span<UInt8>) {
        while payload.byte(at: position) == .blank { position += 1 }
    }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// `t`, `T`, `true`, `True`, `TRUE` and likewise for false.
    private func boolean(_ word: Span<UInt8>) -> Bool? {
        for (index, text) in Self.booleans.enumerated() where isEqual(word, text) {
            return index < 5
        }
        return nil
    }

    private static let booleans = [
        "t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE",
    ].map { Array($0.utf8) }

    private func isEqual(_ word: Span<UInt8>, _ text: [UInt8]) -> Bool {
        guard word.count == text.count else { return false }
        return text.indices.allSatisfy { word[$0] == text[$0] }
    }
}

extension Span<UInt8> {
    /// nil behind the end and before the beginning.
    @inline(__always)
    func byte(at index: Int) -> UInt8? { index >= 0 && index < count ? self[index] : nil }
}

extension UInt8 {
    fileprivate static var comma: UInt8 { UInt8(ascii: ",") }
    fileprivate static var blank: UInt8 { UInt8(ascii: " ") }
    fileprivate static var equals: UInt8 { UInt8(ascii: "=") }
    fileprivate static var backslash: UInt8 { UInt8(ascii: "\\") }
}
