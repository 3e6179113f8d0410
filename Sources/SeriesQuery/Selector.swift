import Telemetry

/// Which series a query wants: `active_power{site=~"ecole.*"}`, or `*` for all.
public struct Selector: Sendable {
    /// nil: any metric.
    public let metric: String?
    public let matchers: [Matcher]

    /// A condition on one label; a series without the label has it empty.
    public struct Matcher: Sendable {
        public enum Comparison: String, Sendable {
            case equal = "="
            case notEqual = "!="
            case matches = "=~"
            case doesNotMatch = "!~"
        }
        public let label: String
        public let comparison: Comparison
        public let value: String
    }

    /// Reads a selector.
    public init(parsing text: String) throws(QueryError) {
        let trimmed = text.filter { $0 != " " || text.contains("\"") }
        guard let brace = trimmed.firstIndex(of: "{") else {
            metric = try Selector.metric(Substring(trimmed), in: text)
            matchers = []
            return
        }
        let name = trimmed[..<brace]
        metric = name.isEmpty ? nil : try Selector.metric(name, in: text)
        guard trimmed.last == "}" else {
            throw .badSelector(text: text, reason: .openBrace)
        }
        var rest = trimmed[trimmed.index(after: brace)...].dropLast().unicodeScalars
        var matchers: [Matcher] = []
        while !rest.isEmpty { matchers.append(try Selector.takeMatcher(&rest, in: text)) }
        self.matchers = matchers
    }

    /// Whether a series is wanted.
    public func matches(_ key: SeriesKey) -> Bool {
        if let metric, metric != key.metric { return false }
        return matchers.allSatisfy { matcher in
            let value = key.label(matcher.label) ?? ""
            switch matcher.comparison {
            case .equal: return value == matcher.value
            case .notEqual: return value != matcher.value
            case .matches: return isWhole(value, matcher.value)
            case .doesNotMatch: return !isWhole(value, matcher.value)
            }
        }
    }

    private static func metric(
        _ name: Substring, in text: String
    ) throws(QueryError) -> String? {
        if name == "*" { return nil }
        guard isName(String(name)) else {
            throw .badSelector(text: text, reason: .metric(String(name)))
        }
        return String(name)
    }

    private static func takeMatcher(
        _ rest: inout Substring.UnicodeScalarView, in text: String
    ) throws(QueryError) -> Matcher {
        let label = rest.prefix {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_"
        }
        rest = rest[label.endIndex...]
        let sign = rest.prefix { "=!~".unicodeScalars.contains($0) }
        rest = rest[sign.endIndex...]
        guard isName(String(label)), let comparison = Matcher.Comparison(rawValue: String(sign))
        else { throw .badSelector(text: text, reason: .matcher) }
        guard let value = takeQuoted(&rest) else {
            throw .badSelector(text: text, reason: .unquoted(label: String(label)))
        }
        if comparison == .matches || comparison == .doesNotMatch {
            guard (try? Regex(value)) != nil else {
                throw .badSelector(text: text, reason: .expression(value))
            }
        }
        if rest.first == "," { rest = rest.dropFirst() }
        while rest.first == " " { rest = rest.dropFirst() }
        return Matcher(label: String(label), comparison: comparison, value: value)
    }
}

/// Whether a regular expression matches the whole of a text.
private func isWhole(_ text: String, _ pattern: String) -> Bool {
    guard let expression = try? Regex(pattern) else { return false }
    return text.wholeMatch(of: expression) != nil
}
