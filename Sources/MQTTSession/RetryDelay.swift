/// How long to wait before the next try: twice as long each time, and a little more.
struct RetryDelay {
    /// Milliseconds.
    static let minimum: Int64 = 1_000
    private static let maximum: Int64 = 60_000
    private var current = minimum

    /// - Parameter now: whatever differs between boards: it keeps a town's gateways from knocking
    ///   all at once when the broker returns.
    mutating func next(at now: Int64) -> Int64 {
        let delay = current
        current = min(current * 2, Self.maximum)
        return delay + now % (delay / 4)
    }
}
