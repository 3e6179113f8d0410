import Synchronization

/// How old a message may grow before it is committed. Whoever commits may change it while the
/// session runs; any thread.
public final class CommitInterval: Sendable {
    private let length: Atomic<Int64>

    public init(milliseconds: Int64) { length = Atomic(milliseconds) }

    /// What is said counts from the session's next turn on.
    public var milliseconds: Int64 {
        get { length.load(ordering: .relaxed) }
        set { length.store(newValue, ordering: .relaxed) }
    }
}
