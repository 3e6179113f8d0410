import PayloadDecoding
import StrictYAML
import Telemetry

/// Makes a ``ByteLayout`` of what a profile says under `bytes`.
struct LayoutParser {
    /// The number of each value by its name.
    var places: [String: Int] = [:]
    /// Values that are not as they stand in the frame: no bits can be taken of them.
    var scaledNames: Set<String> = []
    var isLittleEndian = false
    let isLoRaWAN: Bool
    private var itemCount = 0

    // LIMIT: the largest layout of ours has 90 items; the deepest four levels.
    private static let itemsMax = 1_024
    private static let depthMax = 8

    private init(isLoRaWAN: Bool) { self.isLoRaWAN = isLoRaWAN }

    /// Nil, with faults, where the node is no layout.
    static func layout(
        _ node: YAMLNode, isLoRaWAN: Bool, faults: inout [YAMLFault]
    ) -> ByteLayout? {
        let faultCount = faults.count
        guard
            let top = YAMLMapping(
                node, subject: "bytes", known: ["order", "layout"], faults: &faults),
            let list = top.required("layout", faults: &faults)
        else { return nil }
        var parser = LayoutParser(isLoRaWAN: isLoRaWAN)
        parser.isLittleEndian =
            top.choice("order", among: ["big", "little"], faults: &faults) == "little"
        let items = parser.items(list, depth: 0, faults: &faults)
        guard faults.count == faultCount else { return nil }
        return ByteLayout(items: items, valueCount: parser.places.count)
    }

    /// A list of items.
    mutating func items(
        _ node: YAMLNode, depth: Int, faults: inout [YAMLFault]
    ) -> [ByteLayout.Item] {
        guard case .sequence(let elements) = node.content, !elements.isEmpty || depth > 0 else {
            faults.append(
                node.fault(
                    "a layout must be a list of items",
                    remedy: "write it as in [ { field: temperature, type: i16 } ]"))
            return []
        }
        guard depth < Self.depthMax else {
            faults.append(node.fault("a layout is nested \(Self.depthMax) levels at most"))
            return []
        }
        itemCount += elements.count
        guard itemCount <= Self.itemsMax else {
            faults.append(node.fault("a layout has \(Self.itemsMax) items at most"))
            return []
        }
        return elements.compactMap { item($0, depth: depth, faults: &faults) }
    }

    private mutating func item(
        _ node: YAMLNode, depth: Int, faults: inout [YAMLFault]
    ) -> ByteLayout.Item? {
        guard case .mapping(let members) = node.content else {
            faults.append(node.fault("an item of a layout must be keys with values"))
            return nil
        }
        let keys = Set(members.map(\.key))
        if keys.contains("field") { return field(node, faults: &faults) }
        if keys.contains("skip") { return skip(node, faults: &faults) }
        if keys.contains("time") { return time(node, faults: &faults) }
        if keys.contains("cases") { return cases(node, depth: depth, faults: &faults) }
        if keys.contains("when") {
            return one(node, depth: depth, faults: &faults).map { .cases([$0]) }
        }
        if keys.contains("repeat") { return turns(node, depth: depth, faults: &faults) }
        if keys.contains("table") { return table(node, depth: depth, faults: &faults) }
        faults.append(
            node.fault(
                "an item of a layout must have one of the keys field, skip, time, when, cases,"
                    + " repeat, table"))
        return nil
    }

    private func skip(_ node: YAMLNode, faults: inout [YAMLFault]) -> ByteLayout.Item? {
        guard
            let item = YAMLMapping(node, subject: "a skip", known: ["skip"], faults: &faults)
        else { return nil }
        if item.value("skip")?.text == "rest" { return .skip(nil) }
        return item.integer("skip", in: 1...65_535, faults: &faults).map { .skip($0) }
    }

    private func time(_ node: YAMLNode, faults: inout [YAMLFault]) -> ByteLayout.Item? {
        guard
            let item = YAMLMapping(
                node, subject: "a time", known: ["time", "epoch", "base", "at", "order"],
                faults: &faults)
        else { return nil }
        let units = item.unitsPerSecond(faults: &faults) ?? 1
        let base = item.instant("base", faults: &faults) ?? 0
        let place = item.integer("at", in: -65_535...65_535, faults: &faults)
        guard let type = item.requiredText("time", faults: &faults),
            let number = number(type, of: item, faults: &faults)
        else { return nil }
        return .time(number, at: place, unitsPerSecond: units, base: base)
    }

    /// The number type of `u16`, with the order of bytes that holds there.
    func number(
        _ type: String, of item: YAMLMapping, faults: inout [YAMLFault]
    ) -> FrameNumber? {
        let order = item.choice("order", among: ["big", "little"], faults: &faults)
        let isLittle = order.map { $0 == "little" } ?? isLittleEndian
        if let form = Self.forms[type] {
            return FrameNumber(form.form, size: form.size, isLittleEndian: isLittle)
        }
        if type.hasPrefix("bcd:"), let size = Int(type.dropFirst(4)), 1...9 ~= size {
            return FrameNumber(.decimal, size: size, isLittleEndian: isLittle)
        }
        faults.append(
            (item.value("type") ?? item.node).fault(
                "'\(type)' is no type of a number",
                remedy: "write u8 to u64, i8 to i64, f16, f32, f64, or bcd: and 1 to 9 bytes"))
        return nil
    }

    private static let forms: [String: (form: FrameNumber.Form, size: Int)] = {
        var forms: [String: (form: FrameNumber.Form, size: Int)] = [
            "f16": (.float, 2), "f32": (.float, 4), "f64": (.float, 8),
        ]
        for size in 1...8 {
            forms["u\(size * 8)"] = (.unsigned, size)
            forms["i\(size * 8)"] = (.signed, size)
        }
        return forms
    }()

    /// The number of a value that the layout reads, for whatever sets it.
    mutating func place(of name: String) -> Int {
        if let known = places[name] { return known }
        let place = places.count
        places[name] = place
        return place
    }
}
