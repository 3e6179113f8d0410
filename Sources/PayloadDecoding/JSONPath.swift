/// The place of one value in a JSON document: `$.a.b[0].c`, `$['a b']`, `$` for the document.
///
/// It names exactly one place: there are no wildcards, slices or filters. A bare name goes on to
/// the next `.` or `[`; a name with such characters stands in brackets between single or double
/// quotes, where `\` keeps the character after it.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    /// One step from a container to what it holds.
    enum Step: Sendable, Hashable {
        /// The member of that name, as bytes.
        case key([UInt8])
        /// The element of that number, from 0.
        case index(Int)
    }

    let steps: [Step]
    /// The path as it was written.
    public let description: String

    /// LIMIT: a path can lead no deeper than a document may be nested.
    static var stepCountMax: Int { JSONScanner.depthMax }

    /// Nil where the text is no path.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "$") else { return nil }
        var steps: [Step] = []
        var index = 1
        while index < bytes.count {
            let step =
                switch bytes[index] {
                case UInt8(ascii: "."): Self.takeName(bytes, &index)
                case UInt8(ascii: "["): Self.takeBrackets(bytes, &index)
                default: Step?.none
                }
            guard let step else { return nil }
            steps.append(step)
        }
        guard steps.count <= Self.stepCountMax else { return nil }
        self.steps = steps
        description = text
    }

    private static func takeName(_ bytes: [UInt8], _ index: inout Int) -> Step? {
        let start = index + 1
        index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: "."),
            bytes[index] != UInt8(ascii: "[")
        {
            index += 1
        }
        return index > start ? .key(Array(bytes[start..<index])) : nil
    }

    private static func takeBrackets(_ bytes: [UInt8], _ index: inout Int) -> Step? {
        index += 1
        guard index < bytes.count else { return nil }
        let first = bytes[index]
        let step: Step?
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
            step = takeQuoted(bytes, &index, quote: first)
        } else {
            let start = index
            while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
            let digits = String(decoding: bytes[start..<index], as: UTF8.self)
            step = Int32(digits).map { .index(Int($0)) }
        }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "]") else { return nil }
        index += 1
        return step
    }

    private static func takeQuoted(_ bytes: [UInt8], _ index: inout Int, quote: UInt8) -> Step? {
        var key: [UInt8] = []
        index += 1
        while index < bytes.count, bytes[index] != quote {
            if bytes[index] == UInt8(ascii: "\\") { index += 1 }
            guard index < bytes.count else { return nil }
            key.append(bytes[index])
            index += 1
        }
        index += 1
        return .key(key)
    }
}
