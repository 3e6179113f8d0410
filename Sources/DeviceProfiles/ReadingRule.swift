import PayloadDecoding
import Telemetry

/// What a profile says about one reading, compiled for the decoder.
struct ReadingRule: Sendable {
    var metric = ""
    /// The levels of its topic behind those of the profile, nil where there are none.
    var topic: String?
    /// The names in braces of these.
    var topicNames: [String] = []
    /// Beside those of the topic.
    var labels: [String: String] = [:]
    var kind = MetricKind.gauge
    var unit = "1"
    /// What the device measures in, where its payloads say units.
    var sourceUnit = "1"
    var step = SeriesDescriptor.stepDefault
    var horizon: Int64? = SeriesDescriptor.horizonDefault
    /// The places in JSON documents, of which the first that is there counts; none for other
    /// formats, and where names vary.
    var paths: [JSONPath] = []
    /// The fields of a format that names them, of which the first that is there counts; none for
    /// other formats.
    var fields: [FieldRule] = []
    /// Labels that JSON documents say in places of theirs, sorted by name.
    var placedLabels: [(name: String, path: JSONPath)] = []
    var scale: Value?
    var offset: Value?
    /// By which it is divided after that.
    var divisor: Value?
    /// c0, c1, … of a polynomial, worked out after scale and offset; empty for none.
    var polynomial: [Value] = []
    /// What stands behind a text's number, and is passed over.
    var suffix: [UInt8] = []
    var hasDecimalComma = false
    var valid: ClosedRange<Value>?
    /// The total at which a counter begins again, in the stored unit.
    var modulus: Value?
    /// Words that stand for numbers, and these numbers.
    var words = WordTable()
    var wordValues: [Value] = []
    /// Numbers that stand for other numbers.
    var mappedNumbers: [(from: Value, to: Value)] = []
    /// Words and numbers that stand for nothing.
    var noValueWords = WordTable()
    var noValueNumbers: [Value] = []
    /// The names of a state's numbers.
    var states: [Int64: String] = [:]

    /// The names of the labels that payloads say: of the field, then of places.
    var payloadLabels: [String] {
        (fields.first?.labels.map(\.name) ?? []) + placedLabels.map(\.name)
    }

    /// Where it stands in payloads, nil for texts.
    var placeText: String? {
        let places = paths.map(\.description) + fields.map(\.text)
        return places.isEmpty ? nil : places.joined(separator: " or ")
    }

    /// What comes of one field.
    enum Outcome: Equatable {
        case value(Value)
        /// The device says that there is no value.
        case nothing
        /// The value lies outside `valid`.
        case implausible
        /// There is something, and it is no value of this reading.
        case unreadable
    }

    /// The outcome of a number of the payload.
    func outcome(of number: Value) -> Outcome {
        for sentinel in noValueNumbers where sentinel == number { return .nothing }
        for mapped in mappedNumbers where mapped.from == number { return checked(mapped.to) }
        if kind == .state {
            guard let state = number.wholeNumber, states[state] != nil else { return .unreadable }
            return .value(Value(state))
        }
        guard let value = scaled(number) else { return .unreadable }
        return checked(value)
    }

    /// A number in the stored unit, nil where that is out of every range.
    @inline(__always)
    func scaled(_ number: Value) -> Value? {
        var value = number
        if let scale {
            guard let scaled = value.multiplied(by: scale) else { return nil }
            value = scaled
        }
        if let offset {
            guard let moved = value.adding(offset) else { return nil }
            value = moved
        }
        if let divisor {
            guard let quotient = value.divided(by: divisor) else { return nil }
            value = quotient
        }
        return polynomial.isEmpty ? value : value.polynomial(polynomial)
    }

    /// The outcome of a text of the payload.
    func outcome(of text: Span<UInt8>) -> Outcome {
        if let place = words.index(of: text) { return checked(wordValues[place]) }
        if text.count == 0 || noValueWords.index(of: text) != nil || meansNoValue(text) {
            return .nothing
        }
        let number =
            suffix.isEmpty && !hasDecimalComma ? Value(parsing: text) : number(ofText: text)
        guard let number else { return .unreadable }
        return outcome(of: number)
    }

    /// The number of a text with a suffix, or with a comma where others have a point.
    private func number(ofText text: Span<UInt8>) -> Value? {
        var bytes: [UInt8] = []
        for index in text.indices { bytes.append(text[index]) }
        if bytes.count > suffix.count, bytes.suffix(suffix.count).elementsEqual(suffix) {
            bytes.removeLast(suffix.count)
            while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        }
        if hasDecimalComma {
            if bytes.contains(UInt8(ascii: ".")) { return nil }
            for index in bytes.indices where bytes[index] == UInt8(ascii: ",") {
                bytes[index] = UInt8(ascii: ".")
            }
        }
        return Value(parsing: bytes.span)
    }

    /// The outcome of `true` or `false`, which are words and not numbers.
    func outcome(of boolean: Bool) -> Outcome {
        outcome(of: boolean ? ReadingRule.trueText.span : ReadingRule.falseText.span)
    }

    private static let trueText = Array("true".utf8)
    private static let falseText = Array("false".utf8)

    private func checked(_ value: Value) -> Outcome {
        guard let valid else { return .value(value) }
        return valid.contains(value) ? .value(value) : .implausible
    }
}
