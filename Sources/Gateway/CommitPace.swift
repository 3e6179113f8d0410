import MQTTSession
import Telemetry

/// Keeps the session's commit interval to the configuration's rule, by what this process writes.
/// One thread.
struct CommitPace {
    private var budget: WriteBudget?
    /// Whether a budget is to be kept and cannot be.
    let isBlind: Bool
    private let interval: CommitInterval
    private let written: () -> Int64?

    /// The interval where the kernel does not count what is written, milliseconds.
    static let uncountedInterval: Int64 = 5_000

    /// - Parameters:
    ///   - interval: set here, and after each commit.
    ///   - written: bytes that this process has written up to now; nil where nobody knows.
    init(
        _ rule: GatewayConfiguration.CommitRule, zone: CivilZone, now: Int64,
        interval: CommitInterval,
        written: @escaping () -> Int64? = ProcessFiles.writtenBytes
    ) {
        (self.interval, self.written) = (interval, written)
        switch rule {
        case .interval(let length):
            interval.milliseconds = length
            isBlind = false
        case .budget(let bytesADay):
            budget = written().map {
                WriteBudget(bytesADay: bytesADay, zone: zone, now: now, written: $0)
            }
            interval.milliseconds = budget?.interval ?? Self.uncountedInterval
            isBlind = budget == nil
        }
    }

    mutating func committed(at now: Int64) {
        guard budget != nil, let written = written() else { return }
        budget?.committed(at: now, written: written)
        if let budget { interval.milliseconds = budget.interval }
    }

    var writtenToday: Int64? { budget?.writtenToday }
    var isUsedUp: Bool { budget?.isUsedUp ?? false }
}
