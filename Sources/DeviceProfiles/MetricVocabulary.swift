import StrictYAML
import Telemetry

/// What a metric is, whoever measures it.
public struct MetricDefinition: Sendable {
    public let name: String
    public let kind: MetricKind
    /// UCUM codes of the units in which it may be stored, the usual one first.
    public let units: [String]
    /// The least and the greatest plausible value in the usual unit, whichever device it is; nil
    /// for states.
    public let range: ClosedRange<Value>?
    /// By language (`en`, `fr`).
    public let titles: [String: String]
    /// The names of a state's numbers, and these in French.
    public let states: [Int64: String]
    public let frenchStates: [Int64: String]
    /// The nearest terms of other vocabularies, by the vocabulary's name.
    public let maps: [String: String]
}

/// The metrics that profiles may use, `metrics.yaml`: so that the meters of two makers are one
/// metric.
public struct MetricVocabulary: Sendable {
    /// The file's name among the profiles.
    static let fileName = "metrics.yaml"

    /// By name.
    public private(set) var definitions: [String: MetricDefinition] = [:]

    private static let keys = [
        "kind", "unit", "units", "range", "title", "states", "states_fr", "maps",
    ]

    /// Reads the file; what is wrong in it is in `faults`.
    init(_ root: YAMLNode, faults: inout [YAMLFault]) {
        guard case .mapping(let members) = root.content else {
            faults.append(root.fault("the vocabulary must be metrics with what they are"))
            return
        }
        for member in members {
            if let definition = Self.definition(member, faults: &faults) {
                definitions[member.key] = definition
            }
        }
    }

    private static func definition(
        _ member: YAMLNode.Member, faults: inout [YAMLFault]
    ) -> MetricDefinition? {
        let faultCount = faults.count
        guard
            let entry = YAMLMapping(
                member.value, subject: "a metric", known: keys, faults: &faults)
        else { return nil }
        if !isName(member.key) {
            faults.append(member.value.fault("'\(member.key)' is no metric name"))
        }
        let kindName = entry.requiredText("kind", faults: &faults) ?? ""
        let kind = MetricKind(name: kindName, weighting: nil)
        if kind == nil {
            faults.append(
                member.value.fault("'kind' in a metric must be gauge, counter, amount or state"))
        }
        var units = [entry.requiredText("unit", faults: &faults) ?? "1"]
        units += entry.texts("units", faults: &faults)
        for unit in units {
            if let fault = unitFault(unit, at: member.value) { faults.append(fault) }
        }
        let titles = entry.textMembers("title", faults: &faults)
        if Set(titles.map(\.name)) != ["en", "fr"] {
            faults.append(
                member.value.fault("a metric needs a title in English (en) and French (fr)"))
        }
        let range = range(entry, faults: &faults)
        let states = states("states", of: entry, faults: &faults)
        guard faults.count == faultCount, let kind else { return nil }
        return MetricDefinition(
            name: member.key, kind: kind, units: units, range: range,
            titles: Dictionary(uniqueKeysWithValues: titles.map { ($0.name, $0.text) }),
            states: states, frenchStates: self.states("states_fr", of: entry, faults: &faults),
            maps: Dictionary(
                uniqueKeysWithValues: entry.textMembers("maps", faults: &faults)
                    .map { ($0.name, $0.text) }))
    }

    private static func range(
        _ entry: YAMLMapping, faults: inout [YAMLFault]
    ) -> ClosedRange<Value>? {
        guard let node = entry.value("range") else { return nil }
        let limits = entry.sequence("range", faults: &faults)
            .compactMap { $0.number(faults: &faults) }
        if limits.count == 2, limits[0] <= limits[1] { return limits[0]...limits[1] }
        faults.append(node.fault("'range' must be the least and the greatest value"))
        return nil
    }

    private static func states(
        _ key: String, of entry: YAMLMapping, faults: inout [YAMLFault]
    ) -> [Int64: String] {
        var states: [Int64: String] = [:]
        for member in entry.textMembers(key, faults: &faults) {
            if let number = Int64(member.name) {
                states[number] = member.text
            } else {
                faults.append(entry.node.fault("'\(key)' must be whole numbers with their names"))
            }
        }
        return states
    }

    /// The name that was probably meant by one that is not there: that with the fewest letters to
    /// change, where these are few.
    func nearest(to name: String) -> String? {
        let distances = definitions.keys.map { (editDistance(name, $0), $0) }
        guard let best = distances.min(by: { $0 < $1 }), best.0 <= max(2, name.count / 3) else {
            return nil
        }
        return best.1
    }
}

/// How many letters have to be changed, added or taken away to make one word of another
/// (Levenshtein's distance).
private func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in right.enumerated() {
            let change = diagonal + (byte == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[right.count]
}
