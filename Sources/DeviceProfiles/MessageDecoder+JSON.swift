import PayloadDecoding
import Telemetry

/// Where the scanner's fields are what: numbered as ``paths``.
struct DocumentPlaces {
    /// A reading whose places are known.
    struct Reading {
        let rule: Int
        /// Of which the first that is there counts.
        let fields: Range<Int>
        let labels: Range<Int>
        /// Whether another reading takes what is inside of an object or list there.
        let holdsOthers: Bool
    }

    private(set) var paths: [JSONPath] = []
    private(set) var readings: [Reading] = []
    /// Of readings whose names vary: where the labels begin that stand in places of their own.
    private(set) var varyingLabels: [Int: Range<Int>] = [:]
    private(set) var haveVarying = false
    /// Of which the first that is there counts.
    private(set) var time = 0..<0
    private(set) var sequence: Int?

    init(_ profile: Profile) {
        let all = profile.rules.compactMap(\.placeText)
        for (index, rule) in profile.rules.enumerated() {
            let fields = add(rule.paths)
            let labels = add(rule.placedLabels.map(\.path))
            if rule.fields.isEmpty {
                let holdsOthers = rule.paths.contains { path in
                    all.contains {
                        $0.hasPrefix(path.description + "[") || $0.hasPrefix(path.description + ".")
                    }
                }
                guard !fields.isEmpty else { continue }
                readings.append(
                    Reading(
                        rule: index, fields: fields, labels: labels, holdsOthers: holdsOthers))
            } else {
                haveVarying = true
                varyingLabels[index] = labels.isEmpty ? nil : labels
            }
        }
        if let rule = profile.time { time = add(rule.paths) }
        if case .path(let path) = profile.sequence?.source { sequence = add([path]).lowerBound }
    }

    private mutating func add(_ more: [JSONPath]) -> Range<Int> {
        paths += more
        return paths.count - more.count..<paths.count
    }
}

/// JSON documents.
extension ProfileDecoder {
    func decodeJSON(
        _ payload: Span<UInt8>, arrival: Int64?, into message: inout DecodedMessage
    ) throws(DecodeFault) {
        do {
            try scanner.scan(payload)
        } catch {
            throw DecodeFault(error, in: .json)
        }
        setTime(payload, arrival: arrival, of: &message)
        for place in places.readings {
            var index = place.fields.lowerBound
            while index < place.fields.upperBound - 1, isNothing(scanner[index]) { index += 1 }
            let field = scanner[index]
            if place.holdsOthers, field == .object || field == .array { continue }
            add(field, at: place, payload, into: &message)
        }
        if places.haveVarying { try decodeVaryingPlaces(payload, into: &message) }
        if let sequenceRule, let field = places.sequence {
            message.sequenceNumber = number(of: scanner[field], sequenceRule, payload)
        }
    }

    private func isNothing(_ field: JSONField) -> Bool { field == .absent || field == .null }

    private func add(
        _ field: JSONField, at place: DocumentPlaces.Reading, _ payload: Span<UInt8>,
        into message: inout DecodedMessage
    ) {
        let index = place.rule
        if isNothing(field) { return }
        let outcome = outcome(of: field, rules[index], payload)
        if place.labels.isEmpty {
            message.add(outcome, of: field, at: index)
            return
        }
        let start = message.labelBytes.count
        let hasLabels = appendLabels(place.labels, payload, to: &message.labelBytes)
        message.add(
            hasLabels ? outcome : .unreadable, of: field, at: index,
            labels: start..<message.labelBytes.count)
    }

    /// Appends what stands in places of labels, each with a NUL behind it.
    ///
    /// - Returns: false where one is missing, empty, too long or has control characters.
    func appendLabels(
        _ fields: Range<Int>, _ payload: Span<UInt8>, to bytes: inout [UInt8]
    ) -> Bool {
        for field in fields {
            let start = bytes.count
            switch scanner[field] {
            case .string(let start, let end, let hasEscapes):
                let text = payload.extracting(start..<end)
                if hasEscapes {
                    guard unescapeJSON(text, into: &unescaped, sizeMax: Self.wordSizeMax) else {
                        return false
                    }
                    bytes += unescaped
                } else {
                    for index in text.indices { bytes.append(text[index]) }
                }
            case .number(let number): bytes += number.description.utf8
            case .boolean(let boolean): bytes += boolean ? "true".utf8 : "false".utf8
            default: return false
            }
            guard 1...FieldRule.labelSizeMax ~= bytes.count - start,
                bytes[start...].allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
            else { return false }
            bytes.append(0)
        }
        return true
    }

    private func setTime(
        _ payload: Span<UInt8>, arrival: Int64?, of message: inout DecodedMessage
    ) {
        guard let rule = timeRule else { return }
        let place = places.time.first { !isNothing(scanner[$0]) } ?? places.time.lowerBound
        message.timeLimits = rule.limits
        let field = scanner[place]
        let time = time(of: field, rule, payload, arrival: arrival)
        if let time, rule.isPlausible(time, arrival: arrival) {
            message.time = time
            message.quality = .deviceTime
            return
        }
        message.quality = .timeReplaced
        if field != .absent, field != .null {
            message.refusedTime = RefusedField(
                readingIndex: 0, field: field, isImplausible: time != nil)
        }
    }

    @inline(__always)
    private func outcome(
        of field: JSONField, _ shared: SharedRule, _ payload: Span<UInt8>
    ) -> ReadingRule.Outcome {
        switch field {
        case .absent, .null: return .nothing
        case .number(let number): return shared.rule.outcome(of: number)
        case .boolean(let boolean): return shared.rule.outcome(of: boolean)
        case .string(let start, let end, let hasEscapes):
            let text = payload.extracting(start..<end)
            guard hasEscapes else { return shared.rule.outcome(of: text) }
            guard unescapeJSON(text, into: &unescaped, sizeMax: Self.wordSizeMax) else {
                return .unreadable
            }
            let word = unescaped
            return shared.rule.outcome(of: word.span)
        case .hugeNumber, .object, .array: return .unreadable
        }
    }

    private func number(
        of field: JSONField, _ rule: SequenceRule, _ payload: Span<UInt8>
    ) -> Int64? {
        switch field {
        case .number(let number): return rule.number(number)
        case .string(let start, let end, hasEscapes: false):
            return Value(parsing: payload.extracting(start..<end)).flatMap { rule.number($0) }
        default: return nil
        }
    }

    /// The device's time, nil where it says none.
    private func time(
        of field: JSONField, _ rule: TimeRule, _ payload: Span<UInt8>, arrival: Int64?
    ) -> Int64? {
        switch (field, rule.format) {
        case (.number(let number), .epoch(let unitsPerSecond)):
            return number.milliseconds(unitsPerSecond: unitsPerSecond)
        case (.string(let start, let end, let hasEscapes), _):
            let text = payload.extracting(start..<end)
            guard hasEscapes else { return time(ofText: text, rule.format, arrival: arrival) }
            // .NET writes the plus of an offset as an escape.
            guard unescapeJSON(text, into: &unescaped, sizeMax: Self.wordSizeMax) else {
                return nil
            }
            let word = unescaped
            return time(ofText: word.span, rule.format, arrival: arrival)
        default:
            return nil
        }
    }

    private func time(
        ofText text: Span<UInt8>, _ format: TimeRule.Format, arrival: Int64?
    ) -> Int64? {
        switch format {
        case .epoch(let unitsPerSecond):
            return Value(parsing: text)?.milliseconds(unitsPerSecond: unitsPerSecond)
        case .text:
            guard let time = CivilTimestamp(parsing: text) else { return nil }
            // Of a time that the clocks show twice the first, where nobody knows when it came.
            return time.instant
                ?? wallClock?.instant(of: time.wallClock, near: arrival ?? .min / 2)
        }
    }
}
