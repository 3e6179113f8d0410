import Telemetry

/// What the windows of a series need to know of it.
public struct WindowRule: Sendable, Equatable {
    public let kind: MetricKind
    /// Of a counter, the total at which it begins again from zero; nil where nobody knows.
    public let modulus: Value?
    /// Of a counter, the meters that were exchanged, in order of time, one at most an instant.
    public let replacements: [MeterReplacement]

    public init(
        _ kind: MetricKind, modulus: Value? = nil, replacements: [MeterReplacement] = []
    ) {
        self.kind = kind
        self.modulus = kind == .counter ? modulus : nil
        self.replacements = kind == .counter ? replacements : []
    }

    /// The first meter that was replaced after the one instant and not after the other.
    func replacement(after earlier: Int64, until later: Int64) -> MeterReplacement? {
        replacements.first { earlier < $0.time && $0.time <= later }
    }
}

/// A meter that was exchanged for another behind the same series.
public struct MeterReplacement: Sendable, Equatable {
    /// When, milliseconds since 1970 UTC: readings of that instant and later are the new meter's.
    public var time: Int64
    /// What the old meter showed at the end.
    public var oldIndex: Value
    /// What the new meter showed at the beginning.
    public var newIndex: Value

    public init(time: Int64, oldIndex: Value, newIndex: Value) {
        self.time = time
        self.oldIndex = oldIndex
        self.newIndex = newIndex
    }
}

extension SeriesDescriptor {
    /// How its readings become windows.
    public var windowRule: WindowRule { WindowRule(kind, modulus: modulus) }
}
