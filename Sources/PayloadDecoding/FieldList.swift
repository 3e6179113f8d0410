import Telemetry

/// What a payload of a named format holds: values with names, labels, units and times of their own,
/// in the payload's order. Made once and filled again for each message, so that a list that has
/// grown to the size of its messages allocates nothing.
///
/// Texts are kept without their escapes, in one array of bytes; names that repeat are kept once
/// where the decoder knows it.
public struct FieldList: Sendable {
    /// Bytes of ``FieldList/bytes``.
    public struct Text: Equatable, Sendable, BitwiseCopyable {
        public let start: Int32
        public let end: Int32

        public static var empty: Text { Text(start: 0, end: 0) }
        public var isEmpty: Bool { start == end }
        public var range: Range<Int> { Int(start)..<Int(end) }
        public var size: Int { Int(end - start) }
    }

    /// One value.
    public struct Field: Sendable, BitwiseCopyable {
        public var name: Text
        public var value: FieldValue
        /// As the payload writes it; empty where it says none.
        public var unit: Text
        /// Milliseconds since 1970 UTC, rounded down; nil where the payload says none.
        public var time: Int64?
        /// The places of its labels in ``FieldList/labels``.
        public var labelStart: Int32
        public var labelEnd: Int32

        public var labels: Range<Int> { Int(labelStart)..<Int(labelEnd) }
    }

    /// What tells one value from others of its name.
    public struct Label: Sendable, BitwiseCopyable {
        public let name: Text
        public let value: Text
    }

    // LIMIT: batches of line protocol have some hundreds; the ring carries no message that is
    // larger than a list of so many.
    /// The most values of one payload.
    public static var fieldsMax: Int { 4_096 }
    /// The most labels of one payload, each line's own.
    public static var labelsMax: Int { 16_384 }
    /// The most labels of one value.
    public static var fieldLabelsMax: Int { 64 }
    /// The most bytes of texts: a long name that every field repeats does not take more.
    public static var bytesMax: Int { 4 << 20 }

    public private(set) var bytes: [UInt8] = []
    public private(set) var fields: [Field] = []
    public private(set) var labels: [Label] = []

    public init() {}

    /// A text of the list.
    public func text(_ text: Text) -> String {
        String(decoding: bytes[text.range], as: UTF8.self)
    }

    /// Whether these bytes stand there.
    public func has(_ word: [UInt8], at range: Range<Int>) -> Bool {
        guard word.count == range.count else { return false }
        for offset in 0..<word.count where bytes[range.lowerBound + offset] != word[offset] {
            return false
        }
        return true
    }

    /// Forgets the message before, and keeps the room that it took.
    public mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        labels.removeAll(keepingCapacity: true)
    }

    // MARK: - For decoders

    /// Begins a text; ``endText(from:)`` ends it.
    var textStart: Int { bytes.count }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ span: Span<UInt8>) {
        for index in span.indices { bytes.append(span[index]) }
    }

    mutating func append(_ text: StaticString) {
        // SAFETY: a literal's bytes live as long as the program.
        text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: Text) { bytes.append(contentsOf: bytes[text.range]) }

    func endText(from start: Int) -> Text { Text(start: Int32(start), end: Int32(bytes.count)) }

    /// A text that is in the payload as it is meant.
    mutating func text(_ span: Span<UInt8>) -> Text {
        let start = textStart
        append(span)
        return endText(from: start)
    }

    /// Takes back texts that turned out not to be wanted.
    mutating func removeTexts(from start: Int) { bytes.removeSubrange(start...) }

    mutating func add(_ label: Label) throws(PayloadError) {
        guard labels.count < Self.labelsMax else { throw .tooLarge(size: bytes.count) }
        labels.append(label)
    }

    mutating func add(_ field: Field) throws(PayloadError) {
        guard fields.count < Self.fieldsMax, bytes.count <= Self.bytesMax,
            field.labels.count <= Self.fieldLabelsMax
        else {
            throw .tooLarge(size: bytes.count)
        }
        fields.append(field)
    }

    /// Adds a value without unit, time or labels.
    public mutating func add(
        name: StaticString, _ value: FieldValue
    ) throws(PayloadError) {
        let start = textStart
        append(name)
        try add(
            Field(
                name: endText(from: start), value: value, unit: .empty, time: nil, labelStart: 0,
                labelEnd: 0))
    }

    /// Moves the times of the fields from one place on.
    mutating func shiftTimes(by distance: Int64, from place: Int) {
        for index in place..<fields.count {
            fields[index].time = fields[index].time.map { $0 &+ distance }
        }
    }

    /// Gives a time to the fields from one place on.
    mutating func setTime(_ time: Int64?, from place: Int) {
        for index in place..<fields.count { fields[index].time = time }
    }
}

/// The value of a field.
public enum FieldValue: Equatable, Sendable, BitwiseCopyable {
    case number(Value)
    /// A number that no double holds, or no number at all: `NaN`, an integer of 70 bits.
    case noNumber
    case boolean(Bool)
    case text(FieldList.Text)
    /// The payload says that there is no value.
    case null
}
