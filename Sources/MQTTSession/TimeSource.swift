import Glibc

/// The two clocks of a gateway. The machine's are ``SystemTime``; a simulation has its own.
public protocol TimeSource: Sendable {
    /// Milliseconds since 1970 UTC by a clock that people and NTP set: it may jump.
    var wall: Int64 { get }
    /// Milliseconds since some beginning, by a clock that nobody sets.
    var monotonic: Int64 { get }
}

/// The machine's clocks.
public struct SystemTime: TimeSource {
    public init() {}

    public var wall: Int64 { clockMilliseconds() }
    public var monotonic: Int64 { monotonicMilliseconds() }
}

/// Milliseconds since 1970 UTC by the system's clock.
public func clockMilliseconds() -> Int64 { milliseconds(of: CLOCK_REALTIME) }

/// Milliseconds of a clock that nobody sets.
public func monotonicMilliseconds() -> Int64 { milliseconds(of: CLOCK_MONOTONIC) }

private func milliseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    // SAFETY: `time` outlives the call.
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
