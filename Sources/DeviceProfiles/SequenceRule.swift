import PayloadDecoding
import StrictYAML
import Telemetry

/// Where a device's own numbering of its messages stands: a gap in it tells of lost messages.
public struct SequenceRule: Sendable {
    /// Where the number stands.
    enum Source: Sendable {
        case path(JSONPath)
        /// A field of a format that names its values.
        case field([UInt8])
    }

    let source: Source
    /// Numbers are less than this and begin again from 0; nil: they go on.
    public let modulus: Int64?

    private static let keys = ["from", "modulus"]
    // LIMIT: devices count in 32 bits at most.
    private static let modulusMax = 4_294_967_296

    /// Reads `sequence`; nil where there is none or, with faults, a wrong one.
    static func parse(
        _ top: YAMLMapping, decoding: Decoding?, faults: inout [YAMLFault]
    ) -> SequenceRule? {
        guard let node = top.value("sequence"),
            let sequence = YAMLMapping(
                node, subject: "a sequence", known: keys, faults: &faults)
        else { return nil }
        if decoding?.format == .text {
            faults.append(node.fault("a text has no number of its message"))
        }
        let place = sequence.required("from", faults: &faults)
        let source: Source?
        if let decoding, decoding.namesFields {
            let hasNumbers = decoding.isLoRaWAN || [.bytes, .delimited].contains(decoding.format)
            if !hasNumbers {
                faults.append(node.fault("this format has no number of its message"))
            }
            source = place?.text.map { .field(Array($0.utf8)) }
        } else {
            source = place?.jsonPath(faults: &faults).map { .path($0) }
        }
        let modulus = sequence.integer("modulus", in: 2...modulusMax, faults: &faults)
        guard let source else { return nil }
        return SequenceRule(source: source, modulus: modulus.map(Int64.init))
    }

    /// The number that a value is, nil where it is none of this sequence.
    func number(_ value: Value) -> Int64? {
        guard let number = value.wholeNumber, number >= 0, number < modulus ?? .max else {
            return nil
        }
        return number
    }
}
