import StrictYAML
import Telemetry

/// What the vocabulary says about a reading's metric.
extension ReadingRule {
    /// The metric's entry; a fault where there is a vocabulary and it lacks the metric.
    func definition(
        _ reading: YAMLMapping, _ vocabulary: MetricVocabulary?, faults: inout [YAMLFault]
    ) -> MetricDefinition? {
        guard let vocabulary, isName(metric), metric == snakeCase(metric) else { return nil }
        if let definition = vocabulary.definitions[metric] { return definition }
        let file = MetricVocabulary.fileName
        faults.append(
            (reading.value("metric") ?? reading.node).fault(
                "the metric '\(metric)' is not in \(file)",
                remedy: vocabulary.nearest(to: metric).map {
                    "write \($0), or add it there"
                } ?? "add it there, with its kind, unit, range and titles"))
        return nil
    }

    /// The stored unit: that of the vocabulary where the reading says none.
    mutating func readUnit(
        _ reading: YAMLMapping, _ definition: MetricDefinition?, faults: inout [YAMLFault]
    ) {
        if let definition, !reading.has("unit") {
            unit = definition.units[0]
            return
        }
        guard let code = reading.requiredText("unit", faults: &faults) else { return }
        unit = code
        let node = reading.value("unit") ?? reading.node
        if let fault = unitFault(code, at: node) {
            faults.append(fault)
        } else if let definition, !definition.units.contains(code) {
            let units = definition.units.joined(separator: ", ")
            faults.append(
                node.fault(
                    "'\(metric)' is stored in \(units), not in '\(code)'",
                    remedy: "write that, and 'from_unit' for what the device says"))
        }
    }

    /// The range of values where the reading says none, and the names of states.
    mutating func readPlausibility(
        _ definition: MetricDefinition, _ reading: YAMLMapping, faults: inout [YAMLFault]
    ) {
        if valid == nil, kind != .state, let range = definition.range {
            let conversion = UnitConversion(from: definition.units[0], to: unit)
            let limits = [range.lowerBound, range.upperBound].compactMap { limit in
                conversion.flatMap {
                    limit.multiplied(by: $0.factor)?.adding($0.shift)?.divided(by: $0.divisor)
                }
            }
            if limits.count == 2 { valid = limits[0]...limits[1] }
        }
        guard kind == .state, !definition.states.isEmpty else { return }
        for number in states.keys.sorted() {
            if let name = definition.states[number] {
                states[number] = name
            } else {
                let known = definition.states.sorted { $0.key < $1.key }
                    .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
                faults.append(
                    (reading.value("map") ?? reading.node).fault(
                        "'\(metric)' has no state \(number) in \(MetricVocabulary.fileName)",
                        remedy: "known are \(known)"))
            }
        }
    }
}
