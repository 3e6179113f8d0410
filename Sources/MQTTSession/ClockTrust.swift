/// Whether the wall clock can be believed.
///
/// A board without a clock of its own starts after a power cut at whatever its firmware says, and
/// learns the time later, from the network or from somebody who sets it. Pure: it is told what the
/// machine says, and a simulation tells it something else.
public struct ClockTrust: Sendable {
    /// Whether the clock is set. What is true once stays true.
    public private(set) var isSet: Bool
    private let newestCommitTime: Int64
    /// What the wall clock was ahead of the uptime at the last look.
    private var lead: Int64?

    /// 2026-01-01: this program is not older, and a clock that shows an earlier time is wrong.
    static let earliest: Int64 = 1_767_225_600_000
    /// A clock that is further behind the newest commit than this was not set since.
    private static let fallMaximum: Int64 = 3_600_000
    /// A wall clock that moves further against the uptime was set by somebody.
    private static let stepMinimum: Int64 = 5_000

    /// What is known of a clock when the gateway starts.
    public struct Beginning: Sendable {
        /// Whether the clock was found to be set since the machine started.
        public var wasSet = false
        /// Whether something keeps the time while the machine is off: a clock with a battery, or
        /// the host of a virtual machine.
        public var isKept = false
        public var isSynchronised = false
        /// Milliseconds since 1970 UTC; 0 for none.
        public var newestCommitTime: Int64 = 0
        /// What the wall clock was ahead of the uptime when the gateway last looked since the
        /// machine started; nil where it did not.
        public var lead: Int64?

        public init() {}
    }

    /// A clock that is believed whatever it shows.
    public static let always = ClockTrust(isSet: true)

    private init(isSet: Bool) {
        self.isSet = isSet
        newestCommitTime = 0
    }

    /// - Parameters:
    ///   - wall: what the wall clock shows, milliseconds since 1970 UTC.
    ///   - uptime: milliseconds since the machine started.
    public init(_ beginning: Beginning, wall: Int64, uptime: Int64) {
        newestCommitTime = beginning.newestCommitTime
        lead = beginning.lead
        isSet = beginning.wasSet
        if beginning.isKept, isPlausible(wall) { isSet = true }
        look(wall: wall, uptime: uptime, isSynchronised: beginning.isSynchronised)
    }

    /// Looks at the clock again, while it is not set.
    ///
    /// It is set once the kernel says that it is kept right, or when somebody set it to a time that
    /// can be true.
    public mutating func look(wall: Int64, uptime: Int64, isSynchronised: Bool) {
        if isSet { return }
        let now = wall - uptime
        let step = lead.map { abs(now - $0) } ?? 0
        lead = now
        isSet =
            (isSynchronised && wall >= Self.earliest)
            || (step >= Self.stepMinimum && isPlausible(wall))
    }

    private func isPlausible(_ wall: Int64) -> Bool {
        Self.isPlausible(wall, newestCommitTime: newestCommitTime)
    }

    /// Whether what a clock shows can be the time, whoever set it: not before this program, and not
    /// more than an hour before the newest commit, both in milliseconds since 1970 UTC.
    public static func isPlausible(_ wall: Int64, newestCommitTime: Int64) -> Bool {
        wall >= earliest && wall >= newestCommitTime - fallMaximum
    }
}
