import PayloadDecoding
import StrictYAML
import Telemetry

/// Items that hold further items.
extension LayoutParser {
    /// `{ cases: [ { when: …, layout: … }, … ] }`.
    mutating func cases(
        _ node: YAMLNode, depth: Int, faults: inout [YAMLFault]
    ) -> ByteLayout.Item? {
        guard
            let item = YAMLMapping(node, subject: "cases", known: ["cases"], faults: &faults)
        else { return nil }
        let elements = item.sequence("cases", faults: &faults)
        var cases: [ByteLayout.Case] = []
        for (place, element) in elements.enumerated() {
            guard let one = one(element, depth: depth, faults: &faults) else { continue }
            if one.conditions.isEmpty, place < elements.count - 1 {
                faults.append(element.fault("only the last case may be without 'when'"))
            }
            cases.append(one)
        }
        return .cases(cases)
    }

    /// `{ when: …, layout: … }`.
    mutating func one(
        _ node: YAMLNode, depth: Int, faults: inout [YAMLFault]
    ) -> ByteLayout.Case? {
        guard
            let item = YAMLMapping(
                node, subject: "a case", known: ["when", "layout"], faults: &faults),
            let list = item.required("layout", faults: &faults)
        else { return nil }
        let conditions = item.members("when", faults: &faults).compactMap {
            condition($0, faults: &faults)
        }
        return ByteLayout.Case(
            conditions: conditions, items: items(list, depth: depth + 1, faults: &faults))
    }

    private func condition(
        _ member: YAMLNode.Member, faults: inout [YAMLFault]
    ) -> ByteLayout.Condition? {
        guard let subject = subject(member, faults: &faults) else { return nil }
        let nodes: [YAMLNode]
        if case .sequence(let elements) = member.value.content {
            nodes = elements
        } else {
            nodes = [member.value]
        }
        let ranges = nodes.compactMap { $0.text.flatMap { integerRange($0) } }
        guard ranges.count == nodes.count, !ranges.isEmpty else {
            faults.append(
                member.value.fault(
                    "'\(member.key)' in a condition must be a whole number, a range or a list",
                    remedy: "write 1, 0x57, \"3..7\" or [1, 2]"))
            return nil
        }
        return ByteLayout.Condition(subject: subject, ranges: ranges)
    }

    private func subject(
        _ member: YAMLNode.Member, faults: inout [YAMLFault]
    ) -> ByteLayout.Condition.Subject? {
        let name = member.key
        if let place = places[name] { return .value(place) }
        if name == "size" { return .size }
        if name == "port", isLoRaWAN { return .port }
        if name.hasPrefix("byte"), let place = Int(name.dropFirst(4)), 0...65_535 ~= place {
            return .byte(place)
        }
        if let point = name.lastIndex(of: "."),
            let bit = Int(name[name.index(after: point)...]), 0...62 ~= bit
        {
            let source = String(name[..<point])
            if let place = places[source], !scaledNames.contains(source) {
                return .bit(bit, of: place)
            }
        }
        faults.append(
            YAMLFault(
                file: member.value.file, line: member.line,
                message: "there is no field '\(name)' before this condition",
                remedy: isLoRaWAN
                    ? "name port, size, byte0, a field, or field.3 for a bit of it"
                    : "name size, byte0, a field, or field.3 for a bit of it"))
        return nil
    }

    /// `{ repeat: end, layout: … }`.
    mutating func turns(
        _ node: YAMLNode, depth: Int, faults: inout [YAMLFault]
    ) -> ByteLayout.Item? {
        guard
            let item = YAMLMapping(
                node, subject: "a repeat",
                known: ["repeat", "leave", "step", "first", "from", "layout"],
                faults: &faults),
            let list = item.required("layout", faults: &faults),
            let text = item.requiredText("repeat", faults: &faults)
        else { return nil }
        let count: ByteLayout.Turns.Count
        if text == "end" {
            count = .toEnd
        } else if let number = Int(text), 1...4_096 ~= number {
            count = .fixed(number)
        } else if let place = places[text] {
            count = .value(place)
        } else {
            faults.append(
                node.fault(
                    "'repeat' must be 'end', a number up to 4096 or a field before this one"))
            return nil
        }
        let step = step(item, faults: &faults)
        let first = item.choice("first", among: ["newest", "oldest"], faults: &faults)
        if let first, step == nil {
            faults.append(node.fault("'first: \(first)' goes with 'step' only"))
        }
        if step != nil, !item.has("first") {
            faults.append(
                node.fault(
                    "'step' needs 'first'", remedy: "write first: newest or first: oldest"))
        }
        let leave = item.integer("leave", in: 1...65_535, faults: &faults) ?? 0
        let firstStep = item.integer("from", in: 0...1_000, faults: &faults) ?? 0
        if step == nil, let from = item.value("from") {
            faults.append(from.fault("'from' of a repeat goes with 'step' only"))
        }
        var turns = ByteLayout.Turns(
            count: count, items: items(list, depth: depth + 1, faults: &faults))
        turns.leave = leave
        turns.step = step
        turns.isNewestFirst = first != "oldest"
        turns.firstStep = firstStep
        return .turns(turns)
    }

    private func step(
        _ item: YAMLMapping, faults: inout [YAMLFault]
    ) -> ByteLayout.Turns.Step? {
        guard let node = item.value("step") else { return nil }
        if let length = node.text.flatMap({ parseDuration($0) }), length > 0 {
            // LIMIT: 34 years; histories go back some months.
            if length < 1 << 40 { return .milliseconds(length) }
            faults.append(node.fault("'step' is too long"))
            return nil
        }
        return arithmetic(node, faults: &faults).map { .formula($0) }
    }

    /// `{ key: 2, table: { "01 75": […] } }`.
    mutating func table(
        _ node: YAMLNode, depth: Int, faults: inout [YAMLFault]
    ) -> ByteLayout.Item? {
        guard
            let item = YAMLMapping(
                node, subject: "a table",
                known: ["key", "table", "length", "unknown", "leave", "order"], faults: &faults)
        else { return nil }
        let keySize = item.integer("key", in: 1...4, faults: &faults)
        if !item.has("key") { _ = item.required("key", faults: &faults) }
        var entries: [ByteLayout.Table.Entry] = []
        for member in item.members("table", faults: &faults) {
            guard let key = keySize.flatMap({ tableKey(member.key, size: $0) }) else {
                faults.append(
                    YAMLFault(
                        file: member.value.file, line: member.line,
                        message: "'\(member.key)' is no key of \(keySize ?? 1) bytes",
                        remedy: "write them in hexadecimal with * for any: \"01 75\", \"* 67\""))
                continue
            }
            entries.append(
                ByteLayout.Table.Entry(
                    key: key.key, mask: key.mask,
                    items: items(member.value, depth: depth + 1, faults: &faults)))
        }
        var table = ByteLayout.Table(keySize: keySize ?? 1, entries: entries)
        if let type = item.text("length", faults: &faults) {
            table.length = number(type, of: item, faults: &faults)
        }
        table.refusesUnknown =
            item.choice("unknown", among: ["stop", "refuse"], faults: &faults) == "refuse"
        if table.length != nil, let unknown = item.value("unknown") {
            faults.append(
                unknown.fault("'unknown' does not go with 'length': they are passed over"))
        }
        table.leave = item.integer("leave", in: 1...65_535, faults: &faults) ?? 0
        return .table(table)
    }
}

/// `01 75`, `* 67` or `0175` as a number with the mask of what counts.
private func tableKey(_ text: String, size: Int) -> (key: UInt64, mask: UInt64)? {
    var words = text.split(separator: " ").map(String.init)
    if words.count == 1, size > 1, text.count == size * 2 {
        words = stride(from: 0, to: text.count, by: 2).map {
            String(text.dropFirst($0).prefix(2))
        }
    }
    guard words.count == size else { return nil }
    var key: UInt64 = 0
    var mask: UInt64 = 0
    for word in words {
        guard word == "*" || word.count == 2, word == "*" || UInt8(word, radix: 16) != nil else {
            return nil
        }
        key = key << 8 | UInt64(UInt8(word, radix: 16) ?? 0)
        mask = mask << 8 | (word == "*" ? 0 : 0xff)
    }
    return (key, mask)
}
