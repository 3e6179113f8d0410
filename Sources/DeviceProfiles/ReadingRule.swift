import PayloadDecoding
import Telemetry

/// What a profile says about one reading, compiled for the decoder.
struct ReadingRule: Sendable {
    var metric = ""
    /// Beside those of the topic.
    var labels: [String: String] = [:]
    var kind = MetricKind.gauge
    var unit = "1"
    /// What the device measures in, where its payloads say units.
    var sourceUnit = "1"
    var step = SeriesDescriptor.stepDefault
    var horizon: Int64? = SeriesDescriptor.horizonDefault
    /// The place in JSON documents, nil for other formats.
    var path: JSONPath?
    /// The fields of a format that names them, nil for other formats.
    var field: FieldRule?
    var scale: Value?
    var offset: Value?
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
        return value
    }

    /// The outcome of a text of the payload.
    func outcome(of text: Span<UInt8>) -> Outcome {
        if let place = words.index(of: text) { return checked(wordValues[place]) }
        if text.count == 0 || noValueWords.index(of: text) != nil || meansNoValue(text) {
            return .nothing
        }
        guard let number = Value(parsing: text) else { return .unreadable }
        return outcome(of: number)
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

extension Value {
    /// The number where it has no fraction and fits.
    var wholeNumber: Int64? {
        guard isDecimal else { return Int64(exactly: double) }
        let (quotient, remainder) = bits.quotientAndRemainder(
            dividingBy: powersOfTen[Int(scale)])
        return remainder == 0 ? quotient : nil
    }
}
