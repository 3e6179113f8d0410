import PayloadDecoding

/// A number, text, boolean or null of a JSON document, and where its bytes stand.
struct JSONLeaf {
    enum Step: Hashable {
        case name(String)
        case index(Int)
    }

    enum Kind { case number, text, boolean, null }

    let steps: [Step]
    let kind: Kind
    /// Without the quotes of a text.
    let range: Range<Int>
    /// A text without its escapes, or what the document writes.
    let text: String

    /// Its names, the last one first, without the numbers of lists.
    var names: [String] {
        steps.reversed().compactMap { if case .name(let name) = $0 { name } else { nil } }
    }
}

/// Every leaf of a JSON document in its order, for those who want to show or mask it. Decoders of
/// messages have a ``JSONScanner``.
struct JSONLeaves {
    private(set) var leaves: [JSONLeaf] = []
    /// The names of members, without their quotes.
    private(set) var names: [(range: Range<Int>, text: String)] = []

    private let bytes: [UInt8]
    private var position = 0
    private var steps: [JSONLeaf.Step] = []
    private var word: [UInt8] = []

    /// Nil where the payload is no JSON.
    init?(_ payload: [UInt8]) {
        var list = FieldList()
        guard (try? decodeJSONFields(payload.span, into: &list)) != nil else { return nil }
        bytes = payload
        if payload.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        readValue()
    }

    // The document has been read once: it is JSON, and not nested too deep.
    private mutating func readValue() {
        skipSpace()
        switch bytes[position] {
        case UInt8(ascii: "{"):
            readContainer { reader, _ in
                let range = reader.readString()
                let name = reader.text(range)
                reader.names.append((range, name))
                reader.skipSpace()
                reader.position += 1
                return .name(name)
            }
        case UInt8(ascii: "["): readContainer { _, index in .index(index) }
        case UInt8(ascii: "\""):
            let range = readString()
            leaves.append(JSONLeaf(steps: steps, kind: .text, range: range, text: text(range)))
        default:
            let start = position
            while position < bytes.count, isPlain(bytes[position]) { position += 1 }
            let range = start..<position
            let kind: JSONLeaf.Kind =
                switch bytes[start] {
                case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
                case UInt8(ascii: "n"): .null
                default: .number
                }
            leaves.append(
                JSONLeaf(
                    steps: steps, kind: kind, range: range,
                    text: String(decoding: bytes[range], as: UTF8.self)))
        }
    }

    private mutating func readContainer(
        _ readStep: (inout JSONLeaves, Int) -> JSONLeaf.Step
    ) {
        var index = 0
        position += 1
        skipSpace()
        while !isEnd(bytes[position]) {
            steps.append(readStep(&self, index))
            readValue()
            steps.removeLast()
            index += 1
            skipSpace()
            if bytes[position] == UInt8(ascii: ",") { position += 1 }
            skipSpace()
        }
        position += 1
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    private func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != UInt8(ascii: ",") && !isEnd(byte)
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    /// Passes a string and its quotes; gives what is between them.
    private mutating func readString() -> Range<Int> {
        position += 1
        let start = position
        while bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position += 1
        return start..<position - 1
    }

    private mutating func text(_ range: Range<Int>) -> String {
        let raw = bytes[range]
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        word.removeAll()
        _ = unescapeJSON(Array(raw).span, into: &word, sizeMax: raw.count)
        return String(decoding: word, as: UTF8.self)
    }
}

extension [JSONLeaf.Step] {
    /// The place as profiles write it, `$.a[0]['b c']`; nil where they cannot.
    var path: String? {
        var text = "$"
        for step in self {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .name(let name):
                guard isWritable(name) else { return nil }
                if name.utf8.allSatisfy(isPlainLetter) {
                    text += ".\(name)"
                } else {
                    let escaped = name.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
                    text += "['\(escaped)']"
                }
            }
        }
        return text
    }

    /// The place as decoded objects of LoRaWAN have it, `a[0].b`; nil where they cannot.
    var fieldName: String? {
        var text = ""
        for step in self {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .name(let name):
                guard isWritable(name), name.utf8.allSatisfy(isPlainLetter) else { return nil }
                text += text.isEmpty ? name : ".\(name)"
            }
        }
        return text.isEmpty ? nil : text
    }

    private func isWritable(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            && !name.contains("{") && !name.contains("}")
    }

    private func isPlainLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
