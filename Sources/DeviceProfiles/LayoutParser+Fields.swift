import PayloadDecoding
import StrictYAML
import Telemetry

extension LayoutParser {
    private static let fieldKeys = [
        "field", "type", "of", "bits", "signed", "value", "at", "order", "unit", "scale", "offset",
        "poly", "no_value", "decimals",
    ]

    /// `{ field: temperature, type: i16, scale: 0.1 }`.
    mutating func field(_ node: YAMLNode, faults: inout [YAMLFault]) -> ByteLayout.Item? {
        guard
            let item = YAMLMapping(
                node, subject: "a field of a layout", known: Self.fieldKeys, faults: &faults),
            let name = item.requiredText("field", faults: &faults)
        else { return nil }
        guard isFieldName(name) else {
            faults.append(
                node.fault(
                    "'\(name)' is no name of a field",
                    remedy: "use letters, digits, _ and ., as in flow.temperature"))
            return nil
        }
        let sources = ["type", "of", "value"].filter { item.has($0) }
        guard sources.count == 1 else {
            faults.append(
                node.fault(
                    "the field '\(name)' needs one of 'type', 'of' and 'value'",
                    remedy: "write type: u16, or of: another field with bits, or value: with"
                        + " arithmetic"))
            return nil
        }
        // Arithmetic may use what the field was before.
        let formula = item.value("value").flatMap { arithmetic($0, faults: &faults) }
        let source = item.has("of") ? self.source(item, faults: &faults) : nil
        var field = ByteLayout.Field(place: place(of: name))
        if !name.hasPrefix("_") { field.name = Array(name.utf8) }
        readNumbers(item, &field, faults: &faults)
        readPolynomial(item, &field, faults: &faults)
        let isScaled = field.scale != nil || field.offset != nil || !field.polynomial.isEmpty
        if isScaled || item.has("value") { scaledNames.insert(name) }
        let at = item.integer("at", in: -65_535...65_535, faults: &faults)
        if at != nil, !item.has("type") {
            faults.append(node.fault("'at' goes with 'type' only"))
        }
        if item.has("type") { return typed(item, field, at: at, faults: &faults) }
        if item.has("of") {
            return source.map { bits(item, field, of: $0, faults: &faults) } ?? nil
        }
        guard let formula else { return nil }
        return .computed(ByteLayout.SharedField(field), formula)
    }

    private func typed(
        _ item: YAMLMapping, _ field: ByteLayout.Field, at place: Int?, faults: inout [YAMLFault]
    ) -> ByteLayout.Item? {
        let type = item.text("type", faults: &faults) ?? ""
        for (prefix, isHexadecimal) in [("ascii:", false), ("hex:", true)]
        where type.hasPrefix(prefix) {
            guard let size = Int(type.dropFirst(prefix.count)), 1...128 ~= size else {
                faults.append(item.node.fault("'\(type)' must have 1 to 128 bytes"))
                return nil
            }
            return .text(
                ByteLayout.SharedField(field), size: size, isHexadecimal: isHexadecimal, at: place)
        }
        return number(type, of: item, faults: &faults).map {
            .number(ByteLayout.SharedField(field), $0, at: place)
        }
    }

    /// The field that bits are taken of.
    private func source(_ item: YAMLMapping, faults: inout [YAMLFault]) -> Int? {
        guard let name = item.text("of", faults: &faults) else { return nil }
        guard let place = places[name] else {
            faults.append(item.node.fault("there is no field '\(name)' before this one"))
            return nil
        }
        if scaledNames.contains(name) {
            faults.append(
                item.node.fault(
                    "the field '\(name)' has no bits, since it is scaled",
                    remedy: "read it once more, without scale, under a name that begins with _"))
        }
        return place
    }

    private func bits(
        _ item: YAMLMapping, _ field: ByteLayout.Field, of source: Int, faults: inout [YAMLFault]
    ) -> ByteLayout.Item? {
        let isSigned = item.boolean("signed", faults: &faults) ?? false
        guard let node = item.required("bits", faults: &faults) else { return nil }
        guard let range = node.text.flatMap({ integerRange($0) }), range.lowerBound >= 0,
            range.upperBound < 63
        else {
            faults.append(
                node.fault(
                    "'bits' must be one bit or a range of 0 to 62", remedy: "write 3 or 4..15"))
            return nil
        }
        return .bits(
            ByteLayout.SharedField(field), of: source, lowest: Int(range.lowerBound),
            count: range.count,
            isSigned: isSigned)
    }

    private func readNumbers(
        _ item: YAMLMapping, _ field: inout ByteLayout.Field, faults: inout [YAMLFault]
    ) {
        field.scale = item.value("scale")?.number(faults: &faults)
        field.offset = item.value("offset")?.number(faults: &faults)
        field.digits = item.integer("decimals", in: 0...18, faults: &faults).map { Int8($0) }
        for element in item.sequence("no_value", faults: &faults) {
            if let number = element.text.flatMap({ frameInteger($0) }) {
                field.sentinels.append(number)
            } else {
                faults.append(
                    element.fault("'no_value' in a layout must list numbers, as 32767 or 0x7FFF"))
            }
        }
        if item.has("value"), let node = item.value("no_value") {
            faults.append(node.fault("'no_value' in a layout does not go with 'value'"))
        }
        guard let node = item.value("unit") else { return }
        let code = node.text ?? ""
        if let fault = unitFault(code, at: node) { faults.append(fault) }
        field.unit = Array(code.utf8)
    }

    private func readPolynomial(
        _ item: YAMLMapping, _ field: inout ByteLayout.Field, faults: inout [YAMLFault]
    ) {
        guard let node = item.value("poly") else { return }
        field.polynomial = polynomial(item, faults: &faults)
        if item.has("value") {
            faults.append(node.fault("'poly' does not go with 'value'"))
        }
    }

    /// An expression over the fields so far.
    func arithmetic(_ node: YAMLNode, faults: inout [YAMLFault]) -> Arithmetic? {
        var problem = ""
        let places = places
        guard let text = node.text,
            let formula = Arithmetic(
                parsing: text, problem: &problem, numberOf: { places[$0] })
        else {
            faults.append(
                node.fault(
                    "'\(node.text ?? "")' is no arithmetic from '\(problem)' on",
                    remedy: "write + - * / ( ), numbers, and names of fields before this one"))
            return nil
        }
        return formula
    }
}

/// The coefficients of `poly`; a fault where they are none.
func polynomial(_ mapping: YAMLMapping, faults: inout [YAMLFault]) -> [Value] {
    guard let node = mapping.value("poly") else { return [] }
    let coefficients = mapping.sequence("poly", faults: &faults)
        .compactMap { $0.number(faults: &faults) }
    // LIMIT: makers give cubics.
    if !(2...8 ~= coefficients.count) {
        faults.append(node.fault("'poly' must list 2 to 8 numbers: c0, c1 and so on"))
    }
    return coefficients
}

/// A whole number, in decimal or as 0x7FFF, or a decimal one.
func frameInteger(_ text: String) -> Value? {
    if text.lowercased().hasPrefix("0x") {
        return Int64(text.dropFirst(2), radix: 16).map { Value($0) }
    }
    return Value(parsing: Array(text.utf8).span)
}

/// `3`, `0x57` or `4..15`.
func integerRange(_ text: String) -> ClosedRange<Int64>? {
    func number(_ text: Substring) -> Int64? { frameInteger(String(text))?.wholeNumber }
    let ends = text.split(separator: ".", omittingEmptySubsequences: true)
    if text.contains("..") {
        guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]),
            first <= last
        else { return nil }
        return first...last
    }
    return number(Substring(text)).map { $0...$0 }
}

/// Letters, digits, `_`, `.` and indices in brackets, not beginning with a digit.
private func isFieldName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
    let isLetter = { (byte: UInt8) in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
    return isLetter(first)
        && name.utf8.allSatisfy { byte in
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || ".[]".utf8.contains(byte)
        }
}
