/// How far a device's time may be from the arrival of its message and still be believed.
public struct TimeLimits: Hashable, Sendable, BitwiseCopyable {
    /// Milliseconds ahead of the arrival.
    public var futureMax: Int64
    /// Milliseconds behind the arrival; nil: any.
    public var pastMax: Int64?

    public init(futureMax: Int64, pastMax: Int64?) {
        self.futureMax = futureMax
        self.pastMax = pastMax
    }

    /// Whether a device's time can be true; both in milliseconds since 1970 UTC.
    public func allow(_ time: Int64, arrival: Int64) -> Bool {
        guard time <= arrival.addingClamped(futureMax) else { return false }
        return pastMax.map { time >= arrival.addingClamped(-$0) } ?? true
    }
}

extension Int64 {
    fileprivate func addingClamped(_ term: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(term)
        return overflow ? (term > 0 ? .max : .min) : sum
    }
}
