import Telemetry

/// One bounded arithmetic expression over numbered values: `+ - * /`, parentheses, numbers.
///
/// It is compiled once to a list of steps for a stack; there is no loop, no call and no recursion
/// while it is worked out. Decimals are exact where a decimal holds the result.
public struct Arithmetic: Sendable {
    fileprivate enum Step: Sendable {
        case number(Value)
        /// The value of that number; where it is missing, so is the result.
        case value(Int)
        case add, subtract, multiply, divide, negate
    }

    // LIMIT: the longest formula of a maker has some 20 steps.
    /// The longest text, in bytes.
    public static var textSizeMax: Int { 256 }
    // LIMIT: each level of parentheses is a level of the parser's recursion.
    private static var depthMax: Int { 16 }

    private var steps: [Step] = []

    /// Nil where the text is no expression; `problem` then is the part of it that is wrong.
    ///
    /// - Parameter numberOf: the number of a name, nil where there is none of that name.
    public init?(
        parsing text: String, problem: inout String, numberOf: @escaping (String) -> Int?
    ) {
        guard text.utf8.count <= Self.textSizeMax else {
            problem = text
            return nil
        }
        var parser = Parser(text: Array(text.utf8), numberOf: numberOf)
        guard parser.takeSum(depth: 0), parser.skipBlanks(), parser.position == parser.text.count
        else {
            problem = String(decoding: parser.text[parser.faultPosition...], as: UTF8.self)
            return nil
        }
        steps = parser.steps
    }

    /// The result; nil where a value is missing, at a division by zero and beyond the doubles.
    ///
    /// - Parameter stack: room that is kept between calls.
    public func result(_ values: [Value?], stack: inout [Value]) -> Value? {
        stack.removeAll(keepingCapacity: true)
        for step in steps {
            switch step {
            case .number(let number): stack.append(number)
            case .value(let place):
                guard let value = values[place] else { return nil }
                stack.append(value)
            case .negate:
                guard let value = stack.removeLast().negated else { return nil }
                stack.append(value)
            case .add, .subtract, .multiply, .divide:
                let right = stack.removeLast()
                guard let value = step.result(stack.removeLast(), right) else { return nil }
                stack.append(value)
            }
        }
        return stack.last
    }
}

extension Arithmetic.Step {
    fileprivate func result(_ left: Value, _ right: Value) -> Value? {
        switch self {
        case .add: left.adding(right)
        case .subtract: right.negated.flatMap { left.adding($0) }
        case .multiply: left.multiplied(by: right)
        case .divide: left.divided(by: right)
        case .number, .value, .negate: nil
        }
    }
}

extension Arithmetic {
    /// sum: product { (+ | -) product }; product: sign { (* | /) sign };
    /// sign: [-] (number | name | "(" sum ")")
    private struct Parser {
        let text: [UInt8]
        let numberOf: (String) -> Int?
        var steps: [Step] = []
        var position = 0
        /// Where the first thing stands that is wrong.
        var faultPosition = 0

        mutating func skipBlanks() -> Bool {
            while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
            faultPosition = max(faultPosition, position)
            return true
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard skipBlanks(), position < text.count, text[position] == byte else { return false }
            position += 1
            return true
        }

        mutating func takeSum(depth: Int) -> Bool {
            guard takeProduct(depth: depth) else { return false }
            while true {
                let isSum = take(UInt8(ascii: "+"))
                guard isSum || take(UInt8(ascii: "-")) else { return true }
                guard takeProduct(depth: depth) else { return false }
                steps.append(isSum ? .add : .subtract)
            }
        }

        private mutating func takeProduct(depth: Int) -> Bool {
            guard takeSigned(depth: depth) else { return false }
            while true {
                let isProduct = take(UInt8(ascii: "*"))
                guard isProduct || take(UInt8(ascii: "/")) else { return true }
                guard takeSigned(depth: depth) else { return false }
                steps.append(isProduct ? .multiply : .divide)
            }
        }

        private mutating func takeSigned(depth: Int) -> Bool {
            if take(UInt8(ascii: "-")) {
                guard takeOperand(depth: depth) else { return false }
                steps.append(.negate)
                return true
            }
            return takeOperand(depth: depth)
        }

        private mutating func takeOperand(depth: Int) -> Bool {
            if take(UInt8(ascii: "(")) {
                guard depth < Arithmetic.depthMax else { return false }
                return takeSum(depth: depth + 1) && take(UInt8(ascii: ")"))
            }
            guard skipBlanks() else { return false }
            let start = position
            while position < text.count, isWordByte(text[position]) { position += 1 }
            // The exponent of a number may have a sign: 1e-3.
            if position > start, position < text.count, isDigit(text[start]),
                text[position - 1] | 0x20 == UInt8(ascii: "e"),
                text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+")
            {
                position += 1
                while position < text.count, isDigit(text[position]) { position += 1 }
            }
            return takeWord(start..<position)
        }

        private mutating func takeWord(_ range: Range<Int>) -> Bool {
            let word = Array(text[range])
            if word.isEmpty { return false }
            if isDigit(word[0]) {
                guard let number = Value(parsing: word.span) else { return fail(at: range) }
                steps.append(.number(number))
            } else {
                guard let number = numberOf(String(decoding: word, as: UTF8.self)) else {
                    return fail(at: range)
                }
                steps.append(.value(number))
            }
            return true
        }

        private mutating func fail(at range: Range<Int>) -> Bool {
            faultPosition = range.lowerBound
            position = range.lowerBound
            return false
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

/// Whether a byte can be in a name or a number.
private func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
