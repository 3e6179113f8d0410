import Glibc

/// Waits until a condition holds, by asking again and again.
///
/// - Throws: ``ConditionTimeout`` where it does not hold in time, or what the condition throws.
public func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + limit
    // Short at first, for what is nearly there; longer later, to leave the processor alone.
    var pause: UInt32 = 1_000
    while true {
        if try condition() { return }
        guard ContinuousClock.now < deadline else { throw ConditionTimeout(what: what) }
        usleep(pause)
        pause = min(pause * 2, 200_000)
    }
}

/// Something did not come true in time.
public struct ConditionTimeout: Error, CustomStringConvertible {
    let what: String
    public var description: String { "not in time: \(what)" }
}
