import MQTTSession

/// The clocks of a simulated gateway: they stand still until they are moved.
///
/// A simulation runs on one thread, and so do they.
public final class VirtualTime: TimeSource, @unchecked Sendable {
    // SAFETY: of one thread, see above.
    /// Milliseconds since the simulation began, by which all goes that is outside the machine.
    public private(set) var elapsed: Int64 = 0
    /// When the machine started, by that count: its uptime begins anew with each start.
    private var machineStart: Int64 = -1_000_000
    /// What the wall clock shows beyond what has elapsed.
    private var offset: Int64

    /// What a machine has counted when its gateway starts, milliseconds.
    private static let bootLength: Int64 = 4_000

    /// - Parameter wall: milliseconds since 1970 UTC.
    public init(wall: Int64) { offset = wall }

    /// What the wall clock lost with the power, until it is set.
    public var lost: Int64 = 0
    public var isSynchronised = true

    public var monotonic: Int64 { elapsed - machineStart }
    public var wall: Int64 { rightWall - lost }
    /// What the wall clock shows once it is set.
    public var rightWall: Int64 { elapsed + offset }

    public func advance(by milliseconds: Int64) {
        precondition(milliseconds >= 0, "time does not go back")
        elapsed += milliseconds
    }

    /// What is left until the machine has been up for so long; 0 where it has.
    public func remaining(until uptime: Int64) -> Int64 {
        uptime <= monotonic ? 0 : uptime - monotonic
    }

    /// The machine has started anew.
    public func startMachine() { machineStart = elapsed - Self.bootLength }

    /// Somebody sets the wall clock.
    public func stepWall(by milliseconds: Int64) { offset += milliseconds }
}
