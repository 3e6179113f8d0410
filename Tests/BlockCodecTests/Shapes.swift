/// The shapes that telemetry columns have, and those that break codecs: each of any length, from
/// a seed.
enum Shape: String, CaseIterable, Sendable {
    case zero, constant, linear, jitteredClock, clockStepBack, noisyGauge, slowGauge, steps
    case counter, counterWithResets, hundreds, congruent, meansOfThree, booleans, enumerated
    case doubleBits, extremes, widest, alternatingExtremes, parabola, outlier

    func values(count: Int, seed: UInt64) -> [Int64] {
        var random = SeededGenerator(seed: seed)
        var level: Int64 = 0
        return (0..<count).map { value(at: Int64($0), &level, &random) }
    }

    private func value(
        at index: Int64, _ level: inout Int64, _ random: inout SeededGenerator
    ) -> Int64 {
        switch self {
        case .zero: return 0
        case .constant: return -123_456_789
        case .linear: return 1_700_000_000_000 + index * 60_000
        case .jitteredClock:
            level += 150_000 + 1000 * Int64.random(in: -3...5, using: &random)
            return 1_700_000_000_000 + level
        case .clockStepBack:
            return 1_700_000_000_000 + index * 1000 - (index > 20 ? 3_600_000 : 0)
        case .noisyGauge:
            level += Int64.random(in: -40...40, using: &random)
            return 101_325 + level
        case .slowGauge:
            level += Int64.random(in: -1...1, using: &random)
            return level
        case .steps:
            if Int.random(in: 0..<9, using: &random) == 0 {
                level = Int64.random(in: -500...500, using: &random)
            }
            return level
        case .counter:
            level += Int64.random(in: 0...3, using: &random)
            return 20_016 + level
        case .counterWithResets:
            level = index % 30 == 29 ? 0 : level + Int64.random(in: 0...900, using: &random)
            return level
        case .hundreds: return 100 * Int64.random(in: 0...90, using: &random)
        case .congruent: return 7 + 1000 * Int64.random(in: -9...9, using: &random)
        case .meansOfThree:
            // Rounded to the nearest; thirds have no ties.
            return (20 * Int64.random(in: -300...900, using: &random) + 63_000_003) / 6 - 10_500_000
        case .booleans: return Int64.random(in: 0...1, using: &random)
        case .enumerated: return [3, 17, 3, 40, 5].randomElement(using: &random) ?? 3
        case .doubleBits:
            return Int64(bitPattern: (Double(index) * 0.37 + 20).bitPattern)
        case .extremes: return [.min, .max, 0, -1, 1].randomElement(using: &random) ?? 0
        case .widest: return Int64(bitPattern: random.next())
        case .alternatingExtremes: return index % 2 == 0 ? .min : 0
        case .parabola: return index * index * 5 - 1_000_000
        case .outlier: return index == 5 ? -999_000_000 : 215 + index % 4
        }
    }
}
