import StrictYAML
import Telemetry

/// The topics of a profile's devices: `town/{site}/meter/{device}`.
///
/// A level is a literal, `{name}` for any one level, which may be empty, `switch:{name}` for one
/// that begins or ends so and goes on, or at the end `{name...}` for one level or more. What the
/// braces catch becomes a label of the device's series.
struct TopicTemplate: Sendable {
    enum Level: Sendable, Hashable {
        case literal([UInt8])
        case capture(String)
        /// A level with something before or behind the capture, which is not empty.
        case part(before: [UInt8], String, behind: [UInt8])
        case rest(String)
    }

    let text: String
    let levels: [Level]
    /// What the broker is asked for.
    let filter: TopicFilter

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
            guard let parsed = Self.level(level) else {
                problem = "has '\(level)' where a level is a literal, {name} or {name...}"
                return nil
            }
            let name = parsed.name
            guard names.insert(name).inserted else {
                problem = "has the name '\(name)' twice"
                return nil
            }
            levels.append(parsed.level)
        }
        self.text = text
        self.levels = levels
        filter = TopicFilter(
            levels: levels.map { level in
                switch level {
                case .literal(let bytes): .literal(bytes)
                case .capture, .part: .one
                case .rest: .rest
                }
            })
    }

    /// A level with one pair of braces.
    private static func level(_ text: String) -> (name: String, level: Level)? {
        guard let open = text.firstIndex(of: "{"), let close = text.firstIndex(of: "}"),
            open < close, text.filter({ $0 == "{" || $0 == "}" }).count == 2
        else { return nil }
        var name = String(text[text.index(after: open)..<close])
        let before = Array(text[..<open].utf8)
        let behind = Array(text[text.index(after: close)...].utf8)
        let takesRest = name.hasSuffix("...")
        if takesRest { name.removeLast(3) }
        let isWhole = before.isEmpty && behind.isEmpty
        guard isName(name), isWhole || !takesRest, !before.contains(UInt8(ascii: "+")),
            !behind.contains(UInt8(ascii: "+")), !before.contains(UInt8(ascii: "#")),
            !behind.contains(UInt8(ascii: "#"))
        else { return nil }
        if takesRest { return (name, .rest(name)) }
        return (name, isWhole ? .capture(name) : .part(before: before, name, behind: behind))
    }

    /// The names in braces, in the topic's order.
    var captureNames: [String] {
        levels.compactMap { level in
            switch level {
            case .literal: nil
            case .capture(let name), .rest(let name), .part(_, let name, _): name
            }
        }
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
            case .part(let before, _, let behind):
                let level = topic[index]
                guard level.count > before.count + behind.count, level.starts(with: before),
                    level.suffix(behind.count).elementsEqual(behind)
                else { return nil }
                bytes = Array(level.dropFirst(before.count).dropLast(behind.count))
            case .rest: bytes = Array(topic[index...].joined(separator: [UInt8(ascii: "/")]))
            }
            captures.append(String(decoding: bytes, as: UTF8.self))
        }
        return captures
    }

    /// -1 where this template goes before the other for topics that both match: at the first level
    /// where they differ in kind, a literal goes before `a:{name}`, that before `{name}` and that
    /// before `{name...}`.
    /// 0 where nothing decides.
    func precedence(_ other: TopicTemplate) -> Int {
        let left = levels.map(\.rank)
        let right = other.levels.map(\.rank)
        if left == right { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}

extension TopicTemplate {
    /// Whether some level of the two can have no text in common, though wildcards could.
    func excludes(_ other: TopicTemplate) -> Bool {
        zip(levels, other.levels).contains { left, right in
            guard case .part(let before, _, let behind) = left,
                case .part(let otherBefore, _, let otherBehind) = right
            else { return false }
            let canBegin = before.starts(with: otherBefore) || otherBefore.starts(with: before)
            let canEnd =
                behind.reversed().starts(with: otherBehind.reversed())
                || otherBehind.reversed().starts(with: behind.reversed())
            return !canBegin || !canEnd
        }
    }
}

extension TopicTemplate.Level {
    fileprivate var rank: Int {
        switch self {
        case .literal: 0
        case .part: 1
        case .capture: 2
        case .rest: 3
        }
    }
}
