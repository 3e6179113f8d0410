import PayloadDecoding
import Telemetry

/// Which fields of a named format are a reading, and which labels they give it.
///
/// The pattern is the field's name, `ping.percent_packet_loss`, in which `{name}` stands for one
/// byte or more up to what follows the brace, and becomes a label: `interface.{port}.rx`. Labels
/// whose text is `{name}` take a capture, or the field's own label of that name.
struct FieldRule: Sendable {
    enum Piece: Sendable, Equatable {
        case literal([UInt8])
        case capture(String)
    }

    /// Where the value of a label comes from.
    enum Source: Sendable {
        case capture(Int)
        case label([UInt8])
    }

    let text: String
    let pieces: [Piece]
    /// Labels of the reading that the field says, by name, sorted by it.
    private(set) var labels: [(name: String, source: Source)] = []
    /// Labels that the field must have, with their values.
    var conditions: [(name: [UInt8], value: [UInt8])] = []

    // LIMIT: a label's value is a name; longer texts are something else.
    /// The longest label value that is taken from a payload, in bytes.
    static var labelSizeMax: Int { 128 }

    /// Bytes that no capture goes beyond: those between the levels of a JSON path.
    private let levelEnds: [UInt8]
    /// Whether names are paths of JSON documents, which have no labels.
    var isPath: Bool { !levelEnds.isEmpty }

    /// nil where the text is no pattern.
    ///
    /// - Parameter isPath: whether names are paths of JSON documents, and captures one level.
    init?(_ text: String, isPath: Bool = false) {
        levelEnds = isPath ? Array(".[]".utf8) : []
        var pieces: [Piece] = []
        var rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            guard let end = rest[brace...].firstIndex(of: "}") else { return nil }
            let name = String(rest[rest.index(after: brace)..<end])
            guard isName(name) else { return nil }
            if brace > rest.startIndex { pieces.append(.literal(Array(rest[..<brace].utf8))) }
            // Nothing says where the first of two captures ends.
            if case .capture? = pieces.last { return nil }
            pieces.append(.capture(name))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { pieces.append(.literal(Array(rest.utf8))) }
        guard !pieces.isEmpty, !rest.contains("}") else { return nil }
        self.text = text
        self.pieces = pieces
        for (place, name) in captureNames.enumerated() { setLabel(name, .capture(place)) }
    }

    /// The name where it has no braces and no other condition.
    var exactName: [UInt8]? {
        guard pieces.count == 1, conditions.isEmpty, case .literal(let name) = pieces[0] else {
            return nil
        }
        return name
    }

    /// Whether a name that begins with `lorawan.` can be the reading's.
    var mayBeOfRadio: Bool {
        guard case .literal(let name)? = pieces.first else { return true }
        let prefix = Array("lorawan.".utf8)
        return name.starts(with: prefix) || prefix.starts(with: name)
    }

    /// Whether fields say any of the reading's labels.
    var hasLabels: Bool { !labels.isEmpty }

    var captureNames: [String] {
        pieces.compactMap { if case .capture(let name) = $0 { name } else { nil } }
    }

    /// A label whose value is a capture, or the field's label of that name.
    mutating func setLabel(_ name: String, from source: String) {
        if let place = captureNames.firstIndex(of: source) {
            // A capture that is given another name has that alone.
            if source != name { labels.removeAll { $0.name == source } }
            setLabel(name, .capture(place))
        } else {
            setLabel(name, .label(Array(source.utf8)))
        }
    }

    private mutating func setLabel(_ name: String, _ source: Source) {
        labels.removeAll { $0.name == name }
        labels.append((name, source))
        labels.sort { $0.name < $1.name }
    }

    /// Whether a field is the reading; `captures` gets what the pattern's braces caught, as places
    /// in the list's bytes.
    func takes(
        _ field: FieldList.Field, of list: borrowing FieldList, captures: inout [Range<Int>]
    ) -> Bool {
        captures.removeAll(keepingCapacity: true)
        guard matches(field.name.range, list, &captures) else { return false }
        for condition in conditions {
            guard let value = value(of: condition.name, of: field, list),
                list.bytes[value].elementsEqual(condition.value)
            else { return false }
        }
        return true
    }

    private func matches(
        _ name: Range<Int>, _ list: borrowing FieldList, _ captures: inout [Range<Int>]
    ) -> Bool {
        let bytes = list.bytes
        var position = name.lowerBound
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .literal(let literal):
                guard hasLiteral(literal, bytes, at: position, before: name.upperBound) else {
                    return false
                }
                position += literal.count
            case .capture:
                let start = position
                var next: [UInt8]?
                if index + 1 < pieces.count, case .literal(let literal) = pieces[index + 1] {
                    next = literal
                }
                while position < name.upperBound, !levelEnds.contains(bytes[position]) {
                    if let next, position > start,
                        hasLiteral(next, bytes, at: position, before: name.upperBound)
                    {
                        break
                    }
                    position += 1
                }
                if position == start { return false }
                captures.append(start..<position)
            }
        }
        return position == name.upperBound
    }

    private func hasLiteral(
        _ literal: [UInt8], _ bytes: [UInt8], at position: Int, before end: Int
    ) -> Bool {
        guard position + literal.count <= end else { return false }
        for index in literal.indices where bytes[position + index] != literal[index] {
            return false
        }
        return true
    }

    /// The value of one of the field's labels, in the list's bytes.
    private func value(
        of name: [UInt8], of field: FieldList.Field, _ list: borrowing FieldList
    ) -> Range<Int>? {
        for index in field.labels {
            let label = list.labels[index]
            if list.bytes[label.name.range].elementsEqual(name) { return label.value.range }
        }
        return nil
    }

    /// Appends the values of the reading's labels, in their order, each with a NUL behind it.
    ///
    /// - Returns: false where one is missing, empty, too long or has control characters.
    func appendLabels(
        of field: FieldList.Field, _ list: borrowing FieldList, captures: [Range<Int>],
        to bytes: inout [UInt8]
    ) -> Bool {
        for (_, source) in labels {
            let found: Range<Int>?
            switch source {
            case .capture(let place): found = captures[place]
            case .label(let name): found = value(of: name, of: field, list)
            }
            guard let found, 1...Self.labelSizeMax ~= found.count,
                list.bytes[found].allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
            else { return false }
            bytes += list.bytes[found]
            bytes.append(0)
        }
        return true
    }
}
