// YAML files read strictly, for everything that people write by hand: device profiles, the
// configuration, the policy.
//
// A file becomes a small tree that knows the line of every node. Reading it never stops at the
// first mistake: every accessor takes the list of faults, adds to it what it does not like, and
// gives nil or a plain default, so that a person sees all mistakes at once. What is not known is
// a mistake, because a misspelt key that is silently ignored is a setting that silently does not
// hold.
//
// Scalars are taken as they are written: `ON`, `no` and `1e3` are texts until somebody asks for a
// number. Anchors and aliases, several documents in one file and very large or deep files are
// refused. For files of the operator's own: up to 1000 levels are parsed before the limit is
// checked, which needs a stack of ordinary size.

/// One mistake in a file and what to do about it.
public struct YAMLFault: Error, Sendable, Equatable, CustomStringConvertible {
    public let file: String
    /// From 1; 0 where the file as a whole is meant.
    public let line: Int
    /// What is wrong.
    public let message: FaultText
    /// What to do about it, empty where the message says it all.
    public let remedy: FaultText

    public init(file: String, line: Int, message: FaultText, remedy: FaultText = "") {
        self.file = file
        self.line = line
        self.message = message
        self.remedy = remedy
    }

    /// One line: `devices/x.yaml:12: unknown key 'metrc' in a reading; known are metric, from`.
    public var description: String {
        "\(place): \(message)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }

    /// `devices/x.yaml:12`
    public var place: String { line > 0 ? "\(file):\(line)" : file }
}

/// All mistakes of a reading, never empty.
public struct YAMLFaults: Error, Sendable, Equatable, CustomStringConvertible {
    public let all: [YAMLFault]

    public init(_ all: [YAMLFault]) {
        precondition(!all.isEmpty, "an error needs a fault")
        self.all = all
    }

    /// A line a fault, in the order of files and lines.
    public var description: String {
        sorted.map(\.description).joined(separator: "\n")
    }

    /// In the order of files and lines.
    public var sorted: [YAMLFault] {
        all.sorted { ($0.file, $0.line) < ($1.file, $1.line) }
    }
}

/// A value of a file with the place where it stands.
public struct YAMLNode: Sendable {
    /// What a node can be.
    public enum Content: Sendable {
        /// A text as written; whether it stood there bare, without quotes.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the file's order; names are unique.
        case mapping([Member])
    }

    /// A key with its value.
    public struct Member: Sendable {
        public let key: String
        /// The line of the key.
        public let line: Int
        public let value: YAMLNode
    }

    /// The file's name for messages.
    public let file: String
    /// From 1.
    public let line: Int
    public let content: Content

    /// A fault at this place.
    public func fault(_ message: FaultText, remedy: FaultText = "") -> YAMLFault {
        YAMLFault(file: file, line: line, message: message, remedy: remedy)
    }

    /// The text of a scalar, nil for other nodes and for nothing (`key:` or `~`).
    public var text: String? {
        guard case .scalar(let text, let isPlain) = content, !(isPlain && isNothing(text)) else {
            return nil
        }
        return text
    }

    /// The value of a mapping's key; nil where there is none, and of other nodes.
    public func member(_ key: String) -> YAMLNode? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// Whether nothing stands here: `key:`, `~` or `null`.
    public var isEmpty: Bool {
        guard case .scalar(let text, let isPlain) = content else { return false }
        return isPlain && isNothing(text)
    }
}

/// YAML's own ways to write nothing.
private func isNothing(_ text: String) -> Bool {
    ["", "~", "null", "Null", "NULL"].contains(text)
}
