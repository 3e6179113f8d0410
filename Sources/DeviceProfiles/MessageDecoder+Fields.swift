import PayloadDecoding
import Telemetry

/// Formats that name their values themselves: each field is offered to each reading.
extension ProfileDecoder {
    func decodeFields(
        _ payload: Span<UInt8>, of topic: Span<UInt8>, arrival: Int64?,
        into message: inout DecodedMessage
    ) throws(DecodeFault) {
        message.timeLimits = TimeRule.limitsDefault
        message.time = arrival ?? 0
        switch decoding.wrapping {
        case .none: try decodeValues(payload, of: topic, arrival: arrival, into: &message)
        case .hexadecimal, .base64:
            do {
                if decoding.wrapping == .base64 {
                    try decodeBase64(payload, into: &unwrapped)
                } else {
                    try decodeHexadecimal(payload, into: &unwrapped)
                }
            } catch {
                throw DecodeFault(error, in: decoding.format)
            }
            let bytes = unwrapped
            try decodeValues(bytes.span, of: topic, arrival: arrival, into: &message)
        case .lorawan(let prefersObject):
            try decodeUplink(
                payload, of: topic, prefersObject: prefersObject, arrival: arrival, into: &message)
        }
        // Of the whole message: whether nobody has to ask when it came.
        let hasDeviceTimes = message.readings.allSatisfy { $0.quality == .deviceTime }
        message.quality = hasDeviceTimes && !message.readings.isEmpty ? .deviceTime : []
        message.time = arrival ?? 0
    }

    private func decodeValues(
        _ payload: Span<UInt8>, of topic: Span<UInt8>, arrival: Int64?,
        into message: inout DecodedMessage
    ) throws(DecodeFault) {
        do {
            message.droppedCount = try readList(payload, of: topic, port: nil, time: arrival)
        } catch {
            throw DecodeFault(error, in: decoding.format)
        }
        offerAll(arrival: arrival, time: nil, to: &message)
    }

    /// Of each reading with several fields to choose from, the first that the list has.
    private func chooseFields(from start: Int) {
        for index in rules.indices where rules[index].fields.count > 1 {
            let fields = rules[index].fields
            chosenFields[index] =
                fields.indices.first { place in
                    list.fields[start...].contains {
                        $0.value != .null
                            && fields[place].takes($0, of: list, captures: &captures)
                    }
                } ?? 0
        }
    }

    /// Offers the list's fields to the readings, and asks them for the message's number.
    ///
    /// - Parameters:
    ///   - start: of the fields that have not been offered yet.
    ///   - time: of those that say none of their own.
    ///   - spared: readings that want none of these; empty: all want them.
    func offerAll(
        from start: Int = 0, arrival: Int64?, time: Int64?, sparing spared: [Bool] = [],
        to message: inout DecodedMessage
    ) {
        chooseFields(from: start)
        for index in start..<list.fields.count {
            let field = list.fields[index]
            setTime(field.time ?? time, arrival: arrival, &message)
            offer(field, sparing: spared, to: &message)
        }
        if case .field(let name) = sequenceRule?.source, let sequenceRule {
            for field in list.fields[start...]
            where list.bytes[field.name.range].elementsEqual(name) {
                if case .number(let number) = field.value {
                    message.sequenceNumber = sequenceRule.number(number)
                }
            }
        }
    }

    /// Reads the places of a JSON document whose names vary.
    func decodeVaryingPlaces(
        _ payload: Span<UInt8>, into message: inout DecodedMessage
    ) throws(DecodeFault) {
        do {
            try decodeJSONFields(payload, into: &list)
        } catch {
            throw DecodeFault(error, in: .json)
        }
        placedLabels.removeAll(keepingCapacity: true)
        for (index, fields) in places.varyingLabels {
            let start = placedLabels.count
            let isComplete = appendLabels(fields, payload, to: &placedLabels)
            placedLabelRanges[index] = isComplete ? start..<placedLabels.count : nil
        }
        chooseFields(from: 0)
        for field in list.fields { offer(field, to: &message) }
    }

    private func offer(
        _ field: FieldList.Field, sparing spared: [Bool] = [], to message: inout DecodedMessage
    ) {
        for index in rules.indices {
            let shared = rules[index]
            guard spared.isEmpty || !spared[index], !shared.fields.isEmpty else { continue }
            let chosen = shared.fields[shared.fields.count == 1 ? 0 : chosenFields[index]]
            guard chosen.takes(field, of: list, captures: &captures) else { continue }
            if field.value != .null { settledRules[index] = true }
            add(field, of: chosen, shared, at: index, into: &message)
        }
    }

    private func setTime(_ time: Int64?, arrival: Int64?, _ message: inout DecodedMessage) {
        message.time = arrival ?? 0
        message.quality = []
        guard let time else { return }
        let isPlausible = TimeRule.isPlausible(time, message.timeLimits, arrival: arrival)
        message.quality = isPlausible ? .deviceTime : .timeReplaced
        if isPlausible { message.time = time }
    }

    private func add(
        _ field: FieldList.Field, of chosen: SharedField, _ shared: SharedRule, at index: Int,
        into message: inout DecodedMessage
    ) {
        let start = message.labelBytes.count
        var hasLabels = true
        if chosen.hasLabels {
            hasLabels = chosen.rule.appendLabels(
                of: field, list, captures: captures, to: &message.labelBytes)
        }
        if shared.hasPlacedLabels {
            let range = placedLabelRanges[index]
            hasLabels = hasLabels && range != nil
            message.labelBytes += placedLabels[range ?? 0..<0]
        }
        let labels = start..<message.labelBytes.count
        if let unit = foreignUnit(of: field, shared) {
            message.refuseUnit(list.bytes[unit], at: index)
        } else if hasLabels {
            let (outcome, found) = outcome(of: field.value, shared, &message)
            message.add(outcome, of: found, at: index, labels: labels)
        } else {
            message.add(.unreadable, of: .absent, at: index)
        }
    }

    /// The unit that the payload says, where it is not the one that the reading is read in.
    private func foreignUnit(of field: FieldList.Field, _ shared: SharedRule) -> Range<Int>? {
        let unit = field.unit.range
        if unit.isEmpty || list.has(shared.sourceUnit, at: unit) { return nil }
        let text = list.text(field.unit)
        return intendedUnitCode(text) == shared.rule.sourceUnit ? nil : unit
    }

    /// What comes of a value, and what it was, for sentences about it.
    private func outcome(
        of value: FieldValue, _ shared: SharedRule, _ message: inout DecodedMessage
    ) -> (ReadingRule.Outcome, JSONField) {
        switch value {
        case .null, .noNumber: return (.nothing, .null)
        case .number(let number): return (shared.rule.outcome(of: number), .number(number))
        case .boolean(let boolean): return (shared.rule.outcome(of: boolean), .boolean(boolean))
        case .text(let text):
            let bytes = list.bytes
            let outcome = shared.rule.outcome(of: bytes.span.extracting(text.range))
            guard outcome == .unreadable else { return (outcome, .null) }
            let start = message.labelBytes.count
            message.labelBytes += list.bytes[text.range]
            let end = message.labelBytes.count
            return (outcome, .string(start: start, end: end, hasEscapes: false))
        }
    }
}
