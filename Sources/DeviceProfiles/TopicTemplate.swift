import StrictYAML
import Telemetry

/// The topics of a profile's devices: `town/{site}/meter/{device}`.
///
/// A level is a literal, `{name}` for any one level, which may be empty, or at the end `{name...}`
/// for one level or more. What the braces catch becomes a label of the device's series.
struct TopicTemplate: Sendable {
    enum Level: Sendable, Hashable {
        case literal([UInt8])
        case capture(String)
        case rest(String)
    }

    let text: String
    let levels: [Level]

    /// Nil where the text is no template; the message then says why.
    init?(_ text: String, problem: inout FaultText) {
        var levels: [Level] = []
        var names: Set<String> = []
        guard !text.isEmpty, text.utf8.count <= topicSizeMax, !text.utf8.contains(0) else {
            problem = "is empty, too long or holds a NUL"
            return nil
        }
        for bytes in splitLevels(Array(text.utf8)) {
            let level = String(decoding: bytes, as: UTF8.self)
            if case .rest = levels.last {
                problem = "goes on after {name...}, which takes all that follows"
                return nil
            }
            guard level.contains("{") || level.contains("}") else {
                if level.contains("+") || level.contains("#") {
                    problem = "has a wildcard; write {name} for + and {name...} for #"
                    return nil
                }
                levels.append(.literal(bytes))
                continue
            }
            let takesRest = level.hasSuffix("...}")
            let name = String(level.dropFirst().dropLast(takesRest ? 4 : 1))
            guard level.hasPrefix("{"), level.hasSuffix("}"), isName(name) else {
                problem = "has '\(level)' where a level is a literal, {name} or {name...}"
                return nil
            }
            guard names.insert(name).inserted else {
                problem = "has the name '\(name)' twice"
                return nil
            }
            levels.append(takesRest ? .rest(name) : .capture(name))
        }
        self.text = text
        self.levels = levels
    }

    /// The names in braces, in the topic's order.
    var captureNames: [String] {
        levels.compactMap { level in
            switch level {
            case .literal: nil
            case .capture(let name), .rest(let name): name
            }
        }
    }

    /// What the broker is asked for.
    var filter: TopicFilter {
        TopicFilter(
            levels: levels.map { level in
                switch level {
                case .literal(let bytes): .literal(bytes)
                case .capture: .one
                case .rest: .rest
                }
            })
    }

    /// What the braces catch of a topic, nil where it does not match.
    func captures(_ topic: [[UInt8]]) -> [String]? {
        guard filter.matches(topic), topic.count >= levels.count else { return nil }
        var captures: [String] = []
        for (index, level) in levels.enumerated() {
            let bytes: [UInt8]
            switch level {
            case .literal: continue
            case .capture: bytes = topic[index]
            case .rest: bytes = Array(topic[index...].joined(separator: [UInt8(ascii: "/")]))
            }
            captures.append(String(decoding: bytes, as: UTF8.self))
        }
        return captures
    }

    /// -1 where this template goes before the other for topics that both match: at the first level
    /// where they differ in kind, a literal goes before `{name}` and that before `{name...}`.
    /// 0 where nothing decides.
    func precedence(_ other: TopicTemplate) -> Int {
        let left = levels.map(\.rank)
        let right = other.levels.map(\.rank)
        if left == right { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}

extension TopicTemplate.Level {
    fileprivate var rank: Int {
        switch self {
        case .literal: 0
        case .capture: 1
        case .rest: 2
        }
    }
}
