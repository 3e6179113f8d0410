import PayloadDecoding
import StrictYAML
import Telemetry

/// Where a device's own numbering of its messages stands: a gap in it tells of lost messages.
public struct SequenceRule: Sendable {
    let path: JSONPath
    /// Numbers are less than this and begin again from 0; nil: they go on.
    public let modulus: Int64?

    private static let keys = ["from", "modulus"]
    // LIMIT: devices count in 32 bits at most.
    private static let modulusMax = 4_294_967_296

    /// Reads `sequence`; nil where there is none or, with faults, a wrong one.
    static func parse(
        _ top: YAMLMapping, format: Profile.Format?, faults: inout [YAMLFault]
    ) -> SequenceRule? {
        guard let node = top.value("sequence"),
            let sequence = YAMLMapping(
                node, subject: "a sequence", known: keys, faults: &faults)
        else { return nil }
        if format == .text {
            faults.append(node.fault("a text has no number of its message"))
        }
        if format?.namesFields == true {
            faults.append(node.fault("this format has no number of its message"))
            return nil
        }
        let path = sequence.required("from", faults: &faults)?.jsonPath(faults: &faults)
        let modulus = sequence.integer("modulus", in: 2...modulusMax, faults: &faults)
        guard let path else { return nil }
        return SequenceRule(path: path, modulus: modulus.map(Int64.init))
    }

    /// The number that a value is, nil where it is none of this sequence.
    func number(_ value: Value) -> Int64? {
        guard let number = value.wholeNumber, number >= 0, number < modulus ?? .max else {
            return nil
        }
        return number
    }
}
