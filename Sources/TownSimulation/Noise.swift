/// Repeatable randomness as a function of a place, not of a history: asking twice, or in another
/// order, gives the same answer, so the weather of a day is the same at every interval and start.
struct Noise: Sendable {
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    /// A source of its own for each part of the town.
    func stream(_ number: UInt64) -> Noise {
        Noise(seed: Noise.mixed(seed ^ Noise.mixed(number)))
    }

    /// Evenly spread over 0..<1, independent from one index to the next.
    func uniform(_ index: Int64) -> Double {
        Double(Noise.mixed(seed ^ Noise.mixed(UInt64(bitPattern: index))) >> 11) * 0x1p-53
    }

    /// Evenly spread over -1..<1, independent from one index to the next.
    func white(_ index: Int64) -> Double { 2 * uniform(index) - 1 }

    /// A smooth curve in -1..<1 that wanders from one value to the next in each `period`.
    func smooth(at time: Int64, period: Int64) -> Double {
        let cell = dividedDown(time, by: period)
        let share = Double(time - cell * period) / Double(period)
        let eased = share * share * (3 - 2 * share)
        let left = white(cell)
        return left + (white(cell + 1) - left) * eased
    }

    /// SplitMix64's step and finaliser.
    private static func mixed(_ value: UInt64) -> UInt64 {
        // INVARIANT: arithmetic modulo 2^64 is what a hash is made of; nothing is lost by wrapping.
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Rare happenings that begin by chance and last a while: at most one to begin in each slot of
/// time.
struct Episodes: Sendable {
    let noise: Noise
    /// Milliseconds; longer than the longest episode.
    let slot: Int64
    /// That one begins in a slot.
    let probability: Double
    /// Milliseconds.
    let duration: ClosedRange<Double>

    func isActive(at time: Int64) -> Bool {
        let current = dividedDown(time, by: slot)
        return covers(time, episodeOf: current) || covers(time, episodeOf: current - 1)
    }

    private func covers(_ time: Int64, episodeOf number: Int64) -> Bool {
        guard noise.uniform(number * 3) < probability else { return false }
        let begin = Double(number * slot) + noise.uniform(number * 3 + 1) * Double(slot)
        let spread = duration.upperBound - duration.lowerBound
        let length = duration.lowerBound + noise.uniform(number * 3 + 2) * spread
        return Double(time) >= begin && Double(time) < begin + length
    }
}

/// The cosine of an angle in turns, to about 1e-8: the same bits on every machine, which the C
/// library's does not promise.
func cosine(turns: Double) -> Double {
    // Fold onto the quarter 0...0.25, where the series to the twelfth power suffices.
    let folded = abs(turns - turns.rounded())
    let isObtuse = folded > 0.25
    let angle = (isObtuse ? 0.5 - folded : folded) * 2 * .pi
    let square = angle * angle
    var sum = 1.0
    for power in stride(from: 12.0, to: 0, by: -2) {
        sum = 1 - sum * square / (power * (power - 1))
    }
    return isObtuse ? -sum : sum
}

extension Comparable {
    /// The nearest value within the limits.
    func clamped(to limits: ClosedRange<Self>) -> Self {
        min(max(self, limits.lowerBound), limits.upperBound)
    }
}
