import PayloadDecoding
import StrictYAML
import Telemetry

extension TimeRule {
    private static let keys = ["from", "epoch", "iso", "zone", "max_future", "max_past"]

    /// Reads `time`; nil where there is none or, with faults, a wrong one.
    static func parse(
        _ top: YAMLMapping, decoding: Decoding?, faults: inout [YAMLFault]
    ) -> TimeRule? {
        guard let node = top.value("time"),
            let time = YAMLMapping(node, subject: "a time", known: keys, faults: &faults)
        else { return nil }
        if decoding?.format == .text {
            faults.append(node.fault("a text has no time of its own"))
        }
        if decoding?.namesFields == true {
            faults.append(
                node.fault(
                    "the values of this format have their times with them",
                    remedy: "leave 'time' out"))
            return nil
        }
        let paths = paths(time, faults: &faults)
        let future = time.duration("max_future", faults: &faults)
        let past = time.duration("max_past", faults: &faults)
        let format = timeFormat(time, faults: &faults)
        guard !paths.isEmpty, let format else { return nil }
        return TimeRule(
            paths: paths, format: format,
            limits: TimeLimits(futureMax: future ?? futureMaxDefault, pastMax: past))
    }

    private static func paths(
        _ time: YAMLMapping, faults: inout [YAMLFault]
    ) -> [JSONPath] {
        guard let node = time.required("from", faults: &faults) else { return [] }
        guard case .sequence(let nodes) = node.content else {
            return node.jsonPath(faults: &faults).map { [$0] } ?? []
        }
        return nodes.compactMap { $0.jsonPath(faults: &faults) }
    }

    private static func timeFormat(
        _ time: YAMLMapping, faults: inout [YAMLFault]
    ) -> Format? {
        let isText = time.boolean("iso", faults: &faults) ?? false
        guard time.has("epoch") != isText else {
            faults.append(
                time.node.fault(
                    "a time needs either 'epoch' or 'iso: true'",
                    remedy: "write epoch: s, ms, us or ns for numbers"))
            return nil
        }
        guard isText else {
            let units = time.unitsPerSecond(faults: &faults)
            if let zone = time.value("zone") {
                faults.append(zone.fault("'zone' goes with 'iso: true' only"))
            }
            return units.map { .epoch(unitsPerSecond: $0) }
        }
        guard let name = time.requiredText("zone", faults: &faults) else { return nil }
        if name == "required" { return .text(zone: nil) }
        guard let zone = CivilZone(identifier: name) else {
            faults.append(
                (time.value("zone") ?? time.node).fault(
                    "there is no time zone '\(name)'",
                    remedy: "write 'required' where the text has its offset, or a zone"
                        + " as in Europe/Paris"))
            return nil
        }
        return .text(zone: zone)
    }
}
