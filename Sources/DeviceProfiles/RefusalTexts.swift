import PayloadDecoding
import StrictYAML
import Telemetry

/// Why fields of messages are refused, in sentences for whoever writes the profile.
///
/// They quote the payload: they are for the person who has the message at hand, and go into no
/// file.
extension Profile {
    /// A sentence for each refused field: the reading, its place, what came and what was expected;
    /// the last one for the time.
    public func refusalTexts(of message: DecodedMessage, payload: Span<UInt8>) -> [FaultText] {
        var texts = message.refusals.map { refusal in
            let rule = rules[Int(refusal.readingIndex)]
            let bytes = rule.fields.isEmpty ? payload : message.labelBytes.span
            if refusal.isUnit, case .string(let start, let end, _) = refusal.field {
                return rule.refusalText(
                    "the unit '\(excerpt(bytes, start, end))'",
                    expected: "the unit '\(rule.sourceUnit)'")
            }
            return rule.refusalText(
                rule.foundText(refusal, bytes), expected: rule.expectedText(refusal))
        }
        if message.droppedCount > 0 {
            texts.append("parts of the payload that cannot be read: \(message.droppedCount)")
        }
        if let time, let refusal = message.refusedTime {
            let found = foundText(refusal.field, payload)
            texts.append(
                "time from \(time.placeText): found \(found), expected"
                    + " \(time.expectedText(refusal)); the time of arrival counts")
        }
        return texts
    }

    /// Why the profile refuses a whole message.
    public func refusalText(of fault: DecodeFault, payload: Span<UInt8>) -> FaultText {
        switch fault {
        case .badJSON(let offset):
            if offset >= payload.count {
                return "the JSON ends after byte \(payload.count), before it is complete"
            }
            return "no JSON from byte \(offset) on: '\(excerpt(payload, offset, payload.count))'"
        case .badUTF8(let offset):
            return "the text at byte \(offset) is not UTF-8"
        case .duplicateKey(let offset):
            let name = excerpt(payload, offset, payload.count)
            return "a wanted key stands twice in its object, again at byte \(offset): '\(name)'"
        case .tooDeep(let offset):
            return "nested too deep at byte \(offset)"
        case .badText(let offset):
            let found: FaultText = "the text '\(excerpt(payload, offset, payload.count))'"
            guard let rule = rules.first else { return found }
            return rule.refusalText(found, expected: rule.valueText)
        case .badPayload(let offset):
            if offset >= payload.count {
                return
                    "\(decoding.format.title) ends after byte \(payload.count), before it is"
                    + " complete"
            }
            let found = excerpt(payload, offset, payload.count)
            return "no \(decoding.format.title) from byte \(offset) on: '\(found)'"
        case .wrongDevice:
            return "the uplink is of another device than the topic names"
        case .tooLarge(let size):
            return "\(size) bytes are more than a message may have"
        }
    }
}

extension Decoding.Format {
    /// What people call it.
    fileprivate var title: String {
        switch self {
        case .json: "JSON"
        case .text: "text"
        case .influx: "line protocol"
        case .senml: "SenML"
        case .senmlCBOR: "SenML in CBOR"
        case .openMetrics: "OpenMetrics"
        case .collectd: "collectd"
        case .teleinformation: "TIC"
        case .cayenneLPP: "Cayenne LPP"
        case .telegrafJSON: "Telegraf JSON"
        case .telegraf: "line protocol or Telegraf JSON"
        case .sparkplug: "Sparkplug B"
        case .bytes: "frame"
        case .delimited: "delimited text"
        case .object: "decoded object"
        }
    }
}

extension ReadingRule {
    fileprivate func refusalText(_ found: FaultText, expected: FaultText) -> FaultText {
        let place: FaultText = placeText.map { "\($0)" } ?? "the payload"
        return "reading \(name) from \(place): found \(found), expected \(expected)"
    }

    /// What came, and what scale and offset make of it.
    fileprivate func foundText(_ refusal: RefusedField, _ payload: Span<UInt8>) -> FaultText {
        let found = DeviceProfiles.foundText(refusal.field, payload)
        guard refusal.isImplausible, scale != nil || offset != nil,
            case .number(let number) = refusal.field, let value = scaled(number)
        else { return found }
        return "\(found), which is \(value) by 'scale' and 'offset'"
    }

    fileprivate func expectedText(_ refusal: RefusedField) -> FaultText {
        guard refusal.isImplausible, let valid else { return valueText }
        return "\(valid.lowerBound) to \(valid.upperBound) by 'valid'"
    }

    /// What is a value of this reading.
    fileprivate var valueText: FaultText {
        let list = words.words.joined(separator: ", ")
        if kind == .state { return "a state of 'map': \(list)" }
        return words.count == 0 ? "a number" : "a number or a word of 'map': \(list)"
    }
}

extension TimeRule {
    fileprivate func expectedText(_ refusal: RefusedField) -> FaultText {
        if refusal.isImplausible {
            return "a time from 2001 on, no further from the arrival than "
                + "'max_future' and 'max_past' allow"
        }
        switch format {
        case .epoch: return "a number of 'epoch'"
        case .text(zone: nil): return "a time as in 2026-01-01T00:00:00Z"
        case .text: return "a time as in 2026-01-01T00:00:00"
        }
    }
}

/// What stands in a place of a payload.
private func foundText(_ field: JSONField, _ payload: Span<UInt8>) -> FaultText {
    switch field {
    case .absent, .null: "nothing"
    case .boolean(let boolean): "\(boolean)"
    case .number(let number): "\(number)"
    case .hugeNumber: "a number that is too long or too large"
    case .string(let start, let end, _): "the text '\(excerpt(payload, start, end))'"
    case .object: "an object"
    case .array: "a list"
    }
}

/// LIMIT: bytes of a payload that a sentence quotes.
private let excerptSizeMax = 40

/// The beginning of some bytes of a payload, as a terminal may show it.
private func excerpt(_ payload: Span<UInt8>, _ start: Int, _ end: Int) -> String {
    var bytes: [UInt8] = []
    for index in start..<min(end, start + excerptSizeMax) { bytes.append(payload[index]) }
    let text = String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
        scalar.properties.generalCategory == .control ? "\u{FFFD}" : Character(scalar)
    }
    return String(text) + (end - start > excerptSizeMax ? "…" : "")
}
