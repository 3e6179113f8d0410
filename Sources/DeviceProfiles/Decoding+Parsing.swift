import PayloadDecoding
import StrictYAML

extension Decoding {
    private static let keys = ["lorawan", "encoding", "format", "bytes", "delimited"]

    /// Reads `decode`: a word, or what is wrapped around which format; nil, with faults, where it
    /// is wrong.
    static func parse(_ top: YAMLMapping, faults: inout [YAMLFault]) -> Decoding? {
        guard let node = top.required("decode", faults: &faults) else { return nil }
        if node.text != nil {
            return top.choice("decode", among: Format.words, faults: &faults)
                .flatMap { Format(rawValue: $0) }.map { Decoding(format: $0) }
        }
        let faultCount = faults.count
        guard
            let mapping = YAMLMapping(
                node, subject: "a decode", known: keys, faults: &faults)
        else { return nil }
        var decoding = Decoding(format: .object)
        readWrapping(mapping, &decoding, faults: &faults)
        readFormat(mapping, &decoding, faults: &faults)
        return faults.count == faultCount ? decoding : nil
    }

    private static func readWrapping(
        _ mapping: YAMLMapping, _ decoding: inout Decoding, faults: inout [YAMLFault]
    ) {
        switch mapping.choice("encoding", among: ["hex", "base64"], faults: &faults) {
        case "hex": decoding.wrapping = .hexadecimal
        case "base64": decoding.wrapping = .base64
        default: break
        }
        guard let node = mapping.value("lorawan") else { return }
        let content = mapping.choice(
            "lorawan", among: ["auto", "object", "bytes"], faults: &faults)
        decoding.wrapping = .lorawan(prefersObject: content != "bytes")
        if mapping.has("encoding") {
            faults.append(
                node.fault("'encoding' does not go with 'lorawan', whose frames are base64"))
        }
        let hasFormat = mapping.has("format") || mapping.has("bytes")
        if content == "object", hasFormat {
            faults.append(
                node.fault(
                    "'lorawan: object' takes only what the network server has decoded",
                    remedy: "write lorawan: auto, or leave the format out"))
        } else if content != nil, content != "object", !hasFormat {
            faults.append(
                node.fault(
                    "'lorawan: \(content ?? "")' needs a format for the device's frame",
                    remedy: "add 'bytes' or 'format', or write lorawan: object"))
        }
    }

    private static func readFormat(
        _ mapping: YAMLMapping, _ decoding: inout Decoding, faults: inout [YAMLFault]
    ) {
        let given = ["format", "bytes", "delimited"].filter { mapping.has($0) }
        if given.count > 1 || given.isEmpty && !decoding.isLoRaWAN {
            faults.append(
                mapping.node.fault(
                    "a decode needs one of 'format', 'bytes' and 'delimited'",
                    remedy: "write decode: json for plain JSON"))
            return
        }
        switch given.first {
        case "format":
            let words = Format.words.filter { !["json", "text"].contains($0) }
            if let word = mapping.choice("format", among: words, faults: &faults) {
                decoding.format = Format(rawValue: word) ?? .object
            }
        case "bytes":
            decoding.format = .bytes
            decoding.layout = mapping.value("bytes").flatMap {
                LayoutParser.layout($0, isLoRaWAN: decoding.isLoRaWAN, faults: &faults)
            }
        case "delimited":
            decoding.format = .delimited
            decoding.delimited = delimited(mapping, faults: &faults)
            if decoding.isLoRaWAN, let node = mapping.value("delimited") {
                faults.append(node.fault("'delimited' does not go with 'lorawan'"))
            }
        default: break
        }
    }

    private static func delimited(
        _ mapping: YAMLMapping, faults: inout [YAMLFault]
    ) -> DelimitedText? {
        guard
            let parts = mapping.mapping(
                "delimited", subject: "a delimited text",
                known: ["separator", "fields", "pairs", "decimal"], faults: &faults)
        else { return nil }
        let separator = character("separator", of: parts, faults: &faults)
        if !parts.has("separator") {
            _ = parts.required("separator", faults: &faults)
        }
        let decimal = parts.choice("decimal", among: [",", "."], faults: &faults)
        if parts.has("pairs") == parts.has("fields") {
            faults.append(
                parts.node.fault(
                    "a delimited text needs either 'fields' or 'pairs'",
                    remedy: "list the names with _ for what is passed over, or write pairs: \":\""))
            return nil
        }
        let pairing = character("pairs", of: parts, faults: &faults)
        let names = parts.texts("fields", faults: &faults)
        guard let separator else { return nil }
        if decimal == ",", separator == UInt8(ascii: ",") {
            faults.append(parts.node.fault("a comma cannot both separate and be a decimal comma"))
        }
        if let pairing {
            return DelimitedText(
                separator: separator, pairing: pairing, hasDecimalComma: decimal == ",")
        }
        return DelimitedText(
            separator: separator, names: names.map { $0 == "_" ? nil : Array($0.utf8) },
            hasDecimalComma: decimal == ",")
    }

    private static func character(
        _ key: String, of mapping: YAMLMapping, faults: inout [YAMLFault]
    ) -> UInt8? {
        guard let text = mapping.text(key, faults: &faults) else { return nil }
        if text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80 { return byte }
        faults.append(
            mapping.node.fault("'\(key)' must be one character of ASCII, as \";\" or \"\\t\""))
        return nil
    }
}
