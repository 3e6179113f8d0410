import Glibc

/// The two clocks of a gateway. The machine's are ``SystemTime``; a simulation has its own.
public protocol TimeSource: Sendable {
    /// Milliseconds since 1970 UTC by a clock that people and NTP set: it may jump.
    var wall: Int64 { get }
    /// Milliseconds since the machine started, by a clock that nobody sets.
    var monotonic: Int64 { get }
    /// Whether the kernel says that the wall clock is kept right.
    var isSynchronised: Bool { get }
}

/// The machine's clocks.
public struct SystemTime: TimeSource {
    private let askKernel: @Sendable () -> Bool

    /// - Parameter isSynchronised: asks the kernel, from the session's thread.
    public init(isSynchronised: @escaping @Sendable () -> Bool) {
        askKernel = isSynchronised
    }

    public var isSynchronised: Bool { askKernel() }

    public var wall: Int64 { clockMilliseconds() }
    public var monotonic: Int64 { monotonicMilliseconds() }
}

/// Milliseconds since 1970 UTC by the system's clock.
public func clockMilliseconds() -> Int64 { milliseconds(of: CLOCK_REALTIME) }

/// Milliseconds since the machine started, sleep included, by a clock that nobody sets.
public func monotonicMilliseconds() -> Int64 { milliseconds(of: CLOCK_BOOTTIME) }

private func milliseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    // SAFETY: `time` outlives the call.
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
