import Telemetry

/// Reads all numbers, texts, booleans and nulls of a JSON document, each called by its path:
/// `$.ENERGY.Power`, `$.events[0].value`. Names are without their escapes.
///
/// For documents in which names vary, as a sensor's does; where the place is known, a
/// ``JSONScanner`` is quicker. The grammar is the same; beside the scanner's limits those of a list
/// count, paths have 1,024 bytes at most, and a name that stands twice gives two values. Empty
/// containers hold nothing.
///
/// - Parameter root: bytes that paths must begin with, and begin behind: with `$.object.` the
///   values of that object, called `temperature`, `channels[0].value`.
public func decodeJSONFields(
    _ payload: Span<UInt8>, under root: [UInt8] = [], into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var reader = JSONFieldReader(position: hasByteOrderMark(payload) ? 3 : 0, root: root)
    try reader.read(payload, into: &list)
}

private struct JSONFieldReader {
    /// An object or array that has been opened and not yet closed.
    private struct Frame {
        /// Where the path of its members begins to be their own.
        var pathEnd: Int
        /// The number of the current element, -1 in an object.
        var index: Int
    }

    var position: Int
    private var path: [UInt8] = [UInt8(ascii: "$")]
    private var frames: [Frame] = []
    private var word: [UInt8] = []

    // LIMIT: long names would make each value's path as long as the document.
    private static let pathSizeMax = 1_024

    private let root: [UInt8]

    init(position: Int, root: [UInt8]) {
        self.position = position
        self.root = root
    }

    mutating func read(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) {
        repeat {
            while try enterValue(payload, into: &list) {}
        } while try advance(payload)
        guard position == payload.count else { throw .syntax(offset: position) }
    }

    /// Reads a scalar or an empty container, or goes into a container: then true.
    private mutating func enterValue(
        _ payload: Span<UInt8>, into list: inout FieldList
    ) throws(PayloadError) -> Bool {
        skipSpace(payload, &position)
        guard let byte = payload.byte(at: position) else { throw .syntax(offset: position) }
        let start = position
        switch byte {
        case UInt8(ascii: "{"): return try open(payload, isObject: true)
        case UInt8(ascii: "["): return try open(payload, isObject: false)
        case UInt8(ascii: "\""):
            let hasEscapes = try scanString(payload, &position)
            let text = text(payload, start + 1..<position - 1, hasEscapes, in: &list)
            try add(.text(text), to: &list)
        case UInt8(ascii: "t"):
            try scanLiteral(payload, &position, 0x6575_7274, size: 4)
            try add(.boolean(true), to: &list)
        case UInt8(ascii: "f"):
            try scanLiteral(payload, &position, 0x65_736c_6166, size: 5)
            try add(.boolean(false), to: &list)
        case UInt8(ascii: "n"):
            try scanLiteral(payload, &position, 0x6c6c_756e, size: 4)
            try add(.null, to: &list)
        default:
            try scanNumber(payload, &position)
            let value = Value(parsing: payload.extracting(start..<position))
            try add(value.map { .number($0) } ?? .noNumber, to: &list)
        }
        return false
    }

    private mutating func add(
        _ value: FieldValue, to list: inout FieldList
    ) throws(PayloadError) {
        guard path.starts(with: root) else { return }
        let name = list.text(path.span.extracting(root.count..<path.count))
        try list.add(
            FieldList.Field(
                name: name, value: value, unit: .empty, time: nil, labelStart: 0, labelEnd: 0))
    }

    private mutating func text(
        _ payload: Span<UInt8>, _ range: Range<Int>, _ hasEscapes: Bool, in list: inout FieldList
    ) -> FieldList.Text {
        let text = payload.extracting(range)
        guard hasEscapes else { return list.text(text) }
        // What an escape stands for is never longer than the escape.
        _ = unescapeJSON(text, into: &word, sizeMax: range.count)
        return list.text(word.span)
    }

    /// Goes into the container at the position; false where it is empty, and then passed.
    private mutating func open(
        _ payload: Span<UInt8>, isObject: Bool
    ) throws(PayloadError) -> Bool {
        guard frames.count < JSONScanner.depthMax else { throw .tooDeep(offset: position) }
        position += 1
        skipSpace(payload, &position)
        guard let byte = payload.byte(at: position) else { throw .syntax(offset: position) }
        if byte == UInt8(ascii: isObject ? "}" : "]") {
            position += 1
            return false
        }
        frames.append(Frame(pathEnd: path.count, index: isObject ? -1 : 0))
        if isObject { try readKey(payload) } else { appendIndex(0) }
        return true
    }

    /// After a value: goes to the next one, out of containers that end; false at the end.
    private mutating func advance(_ payload: Span<UInt8>) throws(PayloadError) -> Bool {
        skipSpace(payload, &position)
        while let frame = frames.last {
            let isObject = frame.index < 0
            path.removeSubrange(frame.pathEnd...)
            switch payload.byte(at: position) {
            case UInt8(ascii: ","):
                position += 1
                skipSpace(payload, &position)
                if isObject {
                    try readKey(payload)
                } else {
                    frames[frames.count - 1].index += 1
                    appendIndex(frame.index + 1)
                }
                return true
            case UInt8(ascii: isObject ? "}" : "]"):
                position += 1
                frames.removeLast()
                skipSpace(payload, &position)
            default: throw .syntax(offset: position)
            }
        }
        return false
    }

    /// Reads a member's name and the colon.
    private mutating func readKey(_ payload: Span<UInt8>) throws(PayloadError) {
        let start = position
        guard payload.byte(at: position) == UInt8(ascii: "\"") else {
            throw .syntax(offset: position)
        }
        let hasEscapes = try scanString(payload, &position)
        let name = payload.extracting(start + 1..<position - 1)
        path.append(UInt8(ascii: "."))
        if hasEscapes {
            _ = unescapeJSON(name, into: &word, sizeMax: name.count)
            path += word
        } else {
            for index in name.indices { path.append(name[index]) }
        }
        guard path.count <= Self.pathSizeMax else { throw .tooDeep(offset: start) }
        skipSpace(payload, &position)
        guard payload.byte(at: position) == UInt8(ascii: ":") else {
            throw .syntax(offset: position)
        }
        position += 1
    }

    private mutating func appendIndex(_ index: Int) {
        path.append(UInt8(ascii: "["))
        path += String(index).utf8
        path.append(UInt8(ascii: "]"))
    }
}
