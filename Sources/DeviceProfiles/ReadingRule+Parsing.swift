import PayloadDecoding
import StrictYAML
import Telemetry

extension ReadingRule {
    private static let keys = [
        "metric", "from", "unit", "kind", "weighting", "scale", "offset", "map", "no_value",
        "valid", "modulus", "labels", "step", "horizon", "where", "from_unit", "poly", "suffix",
        "decimal", "topic",
    ]

    // LIMIT: the store keeps unsettled readings for 7 days at most.
    private static let horizonMax: Int64 = 604_800_000
    private static let dayLength: Int64 = 86_400_000

    /// Reads one of `readings`; nil, with faults, where it is wrong.
    init?(
        _ node: YAMLNode, decoding: Decoding?, captures: [String],
        vocabulary: MetricVocabulary?, faults: inout [YAMLFault]
    ) {
        self.init()
        let faultCount = faults.count
        guard
            let reading = YAMLMapping(
                node, subject: "a reading", known: Self.keys, faults: &faults)
        else { return nil }
        readTopic(reading, faults: &faults)
        readPlace(reading, decoding: decoding, faults: &faults)
        readIdentity(
            reading, captures: captures + topicNames, isJSON: decoding?.format == .json,
            faults: &faults)
        for name in topicNames where captures.contains(name) {
            faults.append(node.fault("label '\(name)' is already set by the topic"))
        }
        if decoding != nil, fields.first?.isPath != false, let node = reading.value("where") {
            faults.append(
                node.fault("'where' goes with formats that name their values and labels"))
        }
        let definition = definition(reading, vocabulary, faults: &faults)
        // Of a metric that the vocabulary lacks, unit and kind are nobody's fault yet.
        if vocabulary == nil || definition != nil {
            readUnit(reading, definition, faults: &faults)
            readKind(reading, definition, faults: &faults)
        }
        readNumbers(reading, faults: &faults)
        readSourceUnit(reading, faults: &faults)
        readModulus(reading, faults: &faults)
        readMap(reading, faults: &faults)
        if let definition { readPlausibility(definition, reading, faults: &faults) }
        readKeeping(reading, faults: &faults)
        if faults.count != faultCount { return nil }
    }

    private mutating func readIdentity(
        _ reading: YAMLMapping, captures: [String], isJSON: Bool, faults: inout [YAMLFault]
    ) {
        if let name = reading.requiredText("metric", faults: &faults) {
            metric = name
            if !isName(name) || name != snakeCase(name) {
                let isNearly = isName(snakeCase(name))
                faults.append(
                    (reading.value("metric") ?? reading.node).fault(
                        "'\(name)' is no metric name",
                        remedy: isNearly
                            ? "write \(snakeCase(name))"
                            : "use small letters, digits and _ as in active_power"))
            }
        }
        for member in reading.members("labels", faults: &faults) {
            guard let text = member.value.text, isName(member.key) else {
                faults.append(
                    member.value.fault("label '\(member.key)' must be a name with a text"))
                continue
            }
            if captures.contains(member.key) {
                faults.append(
                    member.value.fault("label '\(member.key)' is already set by the topic"))
            }
            if text.hasPrefix("{$"), text.hasSuffix("}"), isJSON {
                let place = JSONPath(String(text.dropFirst().dropLast()))
                if let place { placedLabels.append((member.key, place)) }
                if place == nil {
                    faults.append(
                        member.value.fault(
                            "'\(text)' is no path", remedy: "write it as in $.a.b[0] or $['a b']"))
                }
            } else if let rule = fields.first, text.hasPrefix("{"), text.hasSuffix("}") {
                let source = String(text.dropFirst().dropLast())
                if rule.isPath, !rule.captureNames.contains(source) {
                    faults.append(member.value.fault("'\(rule.text)' has no {\(source)}"))
                }
                for place in fields.indices { fields[place].setLabel(member.key, from: source) }
            } else {
                labels[member.key] = text
            }
        }
        placedLabels.sort { $0.name < $1.name }
        for name in payloadLabels where captures.contains(name) {
            faults.append(reading.node.fault("label '\(name)' is already set by the topic"))
        }
    }

    private mutating func readKind(
        _ reading: YAMLMapping, _ definition: MetricDefinition?, faults: inout [YAMLFault]
    ) {
        if let definition, !reading.has("kind"), !reading.has("weighting") {
            kind = definition.kind
            return
        }
        guard reading.required("kind", faults: &faults) != nil,
            let name = reading.choice(
                "kind", among: ["gauge", "counter", "amount", "state"], faults: &faults)
        else { return }
        let weighting = reading.choice("weighting", among: ["time"], faults: &faults)
        guard let kind = MetricKind(name: name, weighting: weighting) else {
            faults.append(
                (reading.value("weighting") ?? reading.node).fault(
                    "'weighting' goes with 'kind: gauge' only"))
            return
        }
        self.kind = kind
        if let definition, definition.kind.name != name {
            faults.append(
                (reading.value("kind") ?? reading.node).fault(
                    "'\(metric)' is of the kind \(definition.kind.name) in"
                        + " \(MetricVocabulary.fileName)",
                    remedy: "write that, or take another metric"))
        }
    }

    private mutating func readNumbers(_ reading: YAMLMapping, faults: inout [YAMLFault]) {
        scale = reading.value("scale")?.number(faults: &faults)
        offset = reading.value("offset")?.number(faults: &faults)
        polynomial = DeviceProfiles.polynomial(reading, faults: &faults)
        hasDecimalComma =
            reading.choice("decimal", among: [",", "."], faults: &faults) == ","
        suffix = Array((reading.text("suffix", faults: &faults) ?? "").utf8)
        if scale == Value(0) {
            faults.append((reading.value("scale") ?? reading.node).fault("'scale' is 0"))
        }
        if let node = reading.value("valid") {
            let limits = reading.sequence("valid", faults: &faults)
                .compactMap { $0.number(faults: &faults) }
            if limits.count == 2, limits[0] <= limits[1] {
                valid = limits[0]...limits[1]
            } else {
                faults.append(node.fault("'valid' must be the least and the greatest value"))
            }
        }
        if kind == .state {
            for key in ["scale", "offset", "poly", "valid"] {
                if let value = reading.value(key) {
                    faults.append(value.fault("'\(key)' does not go with 'kind: state'"))
                }
            }
        }
        var sentinels: [String] = []
        for element in reading.sequence("no_value", faults: &faults) {
            guard let text = element.text else {
                faults.append(element.fault("'no_value' must list words and numbers"))
                continue
            }
            sentinels.append(text)
            if let number = Value(parsing: Array(text.utf8).span) {
                noValueNumbers.append(number)
            }
        }
        noValueWords = WordTable(sentinels)
    }

    /// The device's unit, where it is another one than is stored: part of scale and offset.
    private mutating func readSourceUnit(_ reading: YAMLMapping, faults: inout [YAMLFault]) {
        sourceUnit = unit
        guard let node = reading.value("from_unit"), let code = node.text else { return }
        sourceUnit = code
        if let intended = intendedUnitCode(code) {
            faults.append(node.fault("'\(code)' is no UCUM code", remedy: "write \(intended)"))
            return
        }
        if !polynomial.isEmpty {
            faults.append(
                node.fault(
                    "'from_unit' does not go with 'poly'",
                    remedy: "let the polynomial give the stored unit"))
        }
        guard kind != .state, let conversion = UnitConversion(from: code, to: unit) else {
            faults.append(
                node.fault(
                    "'\(code)' is nothing that can be converted into '\(unit)'",
                    remedy: "take two units of one dimension, as kW.h and J, or use 'scale'"))
            return
        }
        scale = (scale ?? Value(1)).multiplied(by: conversion.factor)
        offset = (offset ?? Value(0)).multiplied(by: conversion.factor)?.adding(conversion.shift)
        if offset == Value(0) { offset = nil }
        divisor = conversion.divisor == Value(1) ? nil : conversion.divisor
    }

    private mutating func readModulus(_ reading: YAMLMapping, faults: inout [YAMLFault]) {
        guard let node = reading.value("modulus") else { return }
        modulus = node.number(faults: &faults)
        if let modulus, !modulus.isDecimal || modulus <= Value(0) {
            faults.append(node.fault("'modulus' must be a decimal number above 0"))
        }
        if kind != .counter {
            faults.append(node.fault("'modulus' goes with 'kind: counter' only"))
        }
    }

    private mutating func readMap(_ reading: YAMLMapping, faults: inout [YAMLFault]) {
        var names: [String] = []
        for member in reading.members("map", faults: &faults) {
            guard let value = member.value.number(faults: &faults) else { continue }
            names.append(member.key)
            wordValues.append(value)
            if let number = Value(parsing: Array(member.key.utf8).span) {
                mappedNumbers.append((number, value))
            }
            guard kind == .state else { continue }
            if let state = value.wholeNumber {
                // Of several words for one state the first is its name.
                states[state] = states[state] ?? member.key
            } else {
                faults.append(member.value.fault("a state's number must be whole"))
            }
        }
        words = WordTable(names)
        if kind == .state, names.isEmpty {
            faults.append(
                reading.node.fault(
                    "a state needs names for its numbers",
                    remedy: "add a map as in { \"OFF\": 0, \"ON\": 1 }"))
        }
    }

    private mutating func readKeeping(_ reading: YAMLMapping, faults: inout [YAMLFault]) {
        if let node = reading.value("step") {
            let text = node.text ?? ""
            let length = text == "raw" ? SeriesDescriptor.rawStep : parseDuration(text) ?? -1
            if text == "raw" || length > 0 && Self.dayLength % length == 0 {
                step = length
            } else {
                faults.append(
                    node.fault(
                        "'step' must be 'raw' or a length that divides a day",
                        remedy: "write 1m, 15m, 1h or 1d"))
            }
        }
        if let node = reading.value("horizon") {
            let length = parseDuration(node.text ?? "")
            if node.text == "none" {
                horizon = nil
            } else if let length, length <= Self.horizonMax {
                horizon = length
            } else {
                faults.append(
                    node.fault("'horizon' must be 'none' or a length of 7d at most"))
            }
        }
    }
}
