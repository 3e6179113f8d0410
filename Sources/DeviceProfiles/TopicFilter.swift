/// An MQTT topic filter: levels between `/`, `+` for any one level, `#` at the end for any number.
///
/// Levels are compared byte by byte, as brokers do: an accent written in two ways is two topics.
/// Wildcards in the first level leave out topics that begin with `$` (MQTT 5, 4.7.2).
struct TopicFilter: Sendable, Hashable {
    enum Level: Sendable, Hashable {
        case literal([UInt8])
        case one
        case rest
    }

    let levels: [Level]

    init(levels: [Level]) { self.levels = levels }

    /// Nil where the text is no filter.
    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= topicSizeMax, !text.utf8.contains(0) else {
            return nil
        }
        var levels: [Level] = []
        for level in splitLevels(Array(text.utf8)) {
            guard levels.last != .rest else { return nil }
            switch level {
            case [UInt8(ascii: "+")]: levels.append(.one)
            case [UInt8(ascii: "#")]: levels.append(.rest)
            default:
                guard !level.contains(UInt8(ascii: "+")), !level.contains(UInt8(ascii: "#")) else {
                    return nil
                }
                levels.append(.literal(level))
            }
        }
        self.levels = levels
    }

    /// The filter as it is sent to the broker.
    var text: String {
        levels.map { level in
            switch level {
            case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
            case .one: "+"
            case .rest: "#"
            }
        }.joined(separator: "/")
    }

    /// Whether a topic, split in levels, passes.
    func matches(_ topic: [[UInt8]]) -> Bool {
        covers(TopicFilter(levels: topic.map { .literal($0) }))
    }

    /// Whether every topic of the other filter is also one of this.
    func covers(_ other: TopicFilter) -> Bool {
        if startsWithWildcard, other.startsWithDollar { return false }
        for (index, level) in levels.enumerated() {
            if level == .rest { return true }
            guard index < other.levels.count, other.levels[index] != .rest else { return false }
            if level != .one, level != other.levels[index] { return false }
        }
        return levels.count == other.levels.count
    }

    /// Whether some topic passes both.
    func overlaps(_ other: TopicFilter) -> Bool {
        if startsWithWildcard, other.startsWithDollar { return false }
        if other.startsWithWildcard, startsWithDollar { return false }
        for (left, right) in zip(levels, other.levels) {
            if left == .rest || right == .rest { return true }
            if left != right, left != .one, right != .one { return false }
        }
        if levels.count == other.levels.count { return true }
        // `a/#` also has the topic `a`.
        let longer = levels.count > other.levels.count ? levels : other.levels
        return longer.count == min(levels.count, other.levels.count) + 1 && longer.last == .rest
    }

    private var startsWithWildcard: Bool { levels.first == .one || levels.first == .rest }

    private var startsWithDollar: Bool {
        guard case .literal(let first) = levels.first else { return false }
        return first.first == UInt8(ascii: "$")
    }
}

// LIMIT: MQTT's strings have a length of 16 bits.
/// The longest topic, in bytes.
let topicSizeMax = 65_535

/// The levels of a topic; empty ones count.
func splitLevels(_ topic: [UInt8]) -> [[UInt8]] {
    topic.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
}

/// Whether a text is an MQTT topic filter.
public func isTopicFilter(_ text: String) -> Bool { TopicFilter(text) != nil }
