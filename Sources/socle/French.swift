/// A French text as it is printed: a line never ends before double punctuation, nor inside
/// quotation marks.
///
/// It is written with plain blanks, in which a reader of the source sees nothing unusual. What is
/// inserted stays as it is, so that a path or a selector can be copied.
struct French: ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral value: String) { text = Self.typeset(value) }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// A text of another room that holds nothing that somebody wrote or chose.
    init(typesetting text: String) { self.text = Self.typeset(text) }

    static func + (left: French, right: French) -> French {
        var sum = left
        sum.text += right.text
        return sum
    }

    /// The rules of the Imprimerie nationale: a no-break space before a colon and inside quotation
    /// marks, a narrow one before a semicolon, an exclamation and a question mark.
    private static func typeset(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            let previous = index > 0 ? scalars[index - 1] : nil
            switch (previous, scalar, next) {
            case (_, " ", ":"), (_, " ", "»"), ("«", " ", _): result.append("\u{A0}")
            case (_, " ", ";"), (_, " ", "!"), (_, " ", "?"): result.append("\u{202F}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Collects a text while the compiler takes it apart.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { text += French.typeset(literal) }

        mutating func appendInterpolation(_ found: some Any) { text += "\(found)" }
    }
}
