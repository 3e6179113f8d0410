/// A sentence about a fault: what is always the same apart from what was found, so that whoever
/// shows it can say it in another language.
///
/// Written as a string is; an inserted ``FaultText`` is a sentence's part that is translated as
/// well.
public struct FaultText: Sendable, Equatable, ExpressibleByStringInterpolation {
    fileprivate enum Segment: Sendable, Equatable {
        case constant(String)
        case found(String)
        case part(FaultText)
    }

    private var segments: [Segment]

    public init(stringLiteral value: String) { segments = [.constant(value)] }

    public init(stringInterpolation: StringInterpolation) {
        segments = stringInterpolation.segments
    }

    /// What is always the same, with `%1`, `%2`, … where something was inserted:
    /// `unknown key '%1' in %2`.
    public var template: String {
        var count = 0
        return segments.reduce(into: "") { text, segment in
            if case .constant(let constant) = segment {
                text += constant
            } else {
                count += 1
                text += "%\(count)"
            }
        }
    }

    public var isEmpty: Bool { segments.allSatisfy { $0 == .constant("") } }

    /// The sentence in another language.
    ///
    /// - Parameter translation: of a template, with the same insertions in any order; nil leaves it
    ///   as it is.
    public func text(_ translation: (String) -> String?) -> String {
        let inserted = segments.compactMap { segment -> String? in
            switch segment {
            case .constant: nil
            case .found(let text): text
            case .part(let part): part.text(translation)
            }
        }
        var rest = (translation(template) ?? template)[...]
        var text = ""
        while let mark = rest.firstIndex(of: "%") {
            text += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), inserted.indices.contains(number - 1) else {
                text += "%"
                continue
            }
            text += inserted[number - 1]
            rest = rest[digits.endIndex...]
        }
        return text + rest
    }

    public static func + (left: FaultText, right: FaultText) -> FaultText {
        var sum = left
        sum.segments += right.segments
        return sum
    }

    /// Collects a sentence while the compiler takes it apart.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var segments: [Segment] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { segments.append(.constant(literal)) }
        }

        public mutating func appendInterpolation(_ found: some Any) {
            segments.append(.found("\(found)"))
        }

        public mutating func appendInterpolation(_ part: FaultText) {
            segments.append(.part(part))
        }
    }
}

extension FaultText: CustomStringConvertible {
    public var description: String { text { _ in nil } }
}
