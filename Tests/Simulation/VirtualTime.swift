import MQTTSession

/// The clocks of a simulated gateway: they stand still until they are moved.
///
/// A simulation runs on one thread, and so do they.
public final class VirtualTime: TimeSource, @unchecked Sendable {
    // SAFETY: of one thread, see above.
    public private(set) var monotonic: Int64 = 1_000_000
    /// What the wall clock shows beyond the monotonic one.
    private var offset: Int64

    /// - Parameter wall: milliseconds since 1970 UTC.
    public init(wall: Int64) { offset = wall - monotonic }

    /// What the wall clock lost with the power, until it is set.
    public var lost: Int64 = 0
    public var isSynchronised = true

    public var wall: Int64 { rightWall - lost }
    /// What the wall clock shows once it is set.
    public var rightWall: Int64 { monotonic + offset }

    public func advance(to time: Int64) {
        precondition(time >= monotonic, "time does not go back")
        monotonic = time
    }

    /// Somebody sets the wall clock.
    public func stepWall(by milliseconds: Int64) { offset += milliseconds }
}
