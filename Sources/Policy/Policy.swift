import StrictYAML
import Telemetry

/// What the town's policy says about readings.
public struct Policy: Sendable, Equatable {
    /// Readings older than this when they arrive are refused and counted, milliseconds; nil: none
    /// are, as while old recordings are brought in.
    public var lateLimit: Int64?

    /// Thirty days: longer than any device's own memory that we know of.
    public static let lateLimitDefault: Int64 = 30 * 86_400_000

    public init(lateLimit: Int64? = Policy.lateLimitDefault) {
        self.lateLimit = lateLimit
    }

    /// Reads a policy file; all its faults are thrown together.
    public static func load(path: String) throws(YAMLFaults) -> Policy {
        try parse(YAMLDocument.read(path: path))
    }

    /// Reads a policy from a text; `file` is its name in messages.
    public static func load(text: String, file: String) throws(YAMLFaults) -> Policy {
        try parse(YAMLDocument.read(text: text, file: file))
    }

    private static func parse(_ document: YAMLNode) throws(YAMLFaults) -> Policy {
        var faults: [YAMLFault] = []
        var policy = Policy()
        if document.isEmpty { return policy }
        if let mapping = YAMLMapping(
            document, subject: "the policy", known: ["late_limit"], faults: &faults)
        {
            policy.lateLimit = lateLimit(mapping, faults: &faults)
        }
        guard faults.isEmpty else { throw YAMLFaults(faults) }
        return policy
    }

    private static func lateLimit(_ mapping: YAMLMapping, faults: inout [YAMLFault]) -> Int64? {
        guard let text = mapping.text("late_limit", faults: &faults) else {
            return lateLimitDefault
        }
        if text == "none" { return nil }
        if let duration = parseDuration(text) { return duration }
        faults.append(
            (mapping.value("late_limit") ?? mapping.node).fault(
                "late_limit '\(text)' is no duration", remedy: "write 30d, 12h or none"))
        return lateLimitDefault
    }
}
