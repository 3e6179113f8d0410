/// Why a query cannot be answered.
public enum QueryError: Error, Equatable, Sendable {
    case badSelector(text: String, reason: SelectorFault)
    /// No series matches.
    case noSuchSeries(selector: String, nearest: [String])
    /// The kind has no such statistic.
    case noSuchStatistic(statistic: String, metric: String, kind: String, available: [String])
    /// The step is finer than what is kept.
    case stepTooFine(series: String, finest: String)
    /// Its readings become windows of a step, and go.
    case readingsNotKept(series: String, step: String)
    /// The series has no such tier.
    case noSuchTier(tier: String, series: String, available: [String])
    /// Windows of the tier cross the edges of the intervals that are asked for.
    case unalignedTier(tier: String)
    /// The range ends before it begins.
    case emptyRange
    /// More windows than anybody reads.
    case tooManyRows(limit: Int)
}

extension QueryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badSelector(let text, let reason):
            "bad selector \(text): \(reason)"
        case .noSuchSeries(let selector, let nearest):
            "no series matches \(selector)"
                + (nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: ", "))?")
        case .noSuchStatistic(let statistic, let metric, let kind, let available):
            "\(metric) is a \(kind) and has no \(statistic); it has "
                + available.joined(separator: " ")
        case .stepTooFine(let series, let finest):
            "\(series) is kept by \(finest): ask for a step of \(finest) or a multiple"
        case .readingsNotKept(let series, let step):
            "\(series) does not keep its readings: write --every \(step); a profile keeps them "
                + "from now on with 'step: raw'"
        case .noSuchTier(let tier, let series, let available):
            "\(series) has no tier \(tier); it has " + available.joined(separator: " ")
        case .unalignedTier(let tier):
            "tier \(tier) does not fit the question: give --every \(tier) or a multiple, and "
                + "--from and --to that begin a window of \(tier)"
        case .emptyRange:
            "the range ends before it begins"
        case .tooManyRows(let limit):
            "more than \(limit) rows: ask for a longer step or a shorter range"
        }
    }
}

/// What is wrong with a selector.
public enum SelectorFault: Error, Equatable, Sendable {
    case openBrace
    case metric(String)
    case matcher
    case unquoted(label: String)
    case expression(String)
}

extension SelectorFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .openBrace: "no closing brace"
        case .metric(let name): "'\(name)' is no metric name"
        case .matcher: "a matcher is LABEL=\"VALUE\""
        case .unquoted(let label): "the value of \(label) is not quoted"
        case .expression(let text): "\"\(text)\" is no regular expression"
        }
    }
}
