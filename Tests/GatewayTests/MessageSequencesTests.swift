import SeriesStore
import Testing

@testable import Gateway

/// What is missing among the numbers that a device gives its messages.
struct MessageSequencesTests {
    private func answers(_ numbers: [Int64], modulus: Int64?) -> [Int64] {
        var sequences = MessageSequences([:])
        return numbers.map { sequences.follow(7, $0, modulus: modulus) }
    }

    @Test(arguments: [nil, 256, 65_536] as [Int64?])
    func theNextNumberMissesNothing(modulus: Int64?) {
        #expect(answers([5, 6, 7, 8], modulus: modulus) == [0, 0, 0, 0])
    }

    @Test(arguments: [nil, 256, 65_536] as [Int64?])
    func whatIsSkippedIsMissing(modulus: Int64?) {
        #expect(answers([5, 7, 8, 12], modulus: modulus) == [0, 1, 0, 3])
    }

    @Test(arguments: [nil, 256, 65_536] as [Int64?])
    func whatComesLateIsNotMissing(modulus: Int64?) {
        #expect(answers([5, 9, 7, 8, 6, 10], modulus: modulus) == [0, 3, -1, -1, -1, 0])
        // As far back as 64, and one that came before is not taken back again.
        #expect(answers([9, 73, 10, 10, 74], modulus: modulus) == [0, 63, -1, 0, 0])
        #expect(answers([9, 73, 74, 10, 75], modulus: modulus) == [0, 63, 0, -1, 0])
    }

    /// A leap is missing once the next number confirms it, and is filled by what comes after all,
    /// in its order, while newer ones come as well.
    @Test(arguments: [nil, 65_536] as [Int64?])
    func aLongGapIsFilled(modulus: Int64?) {
        #expect(answers([9, 75, 11, 76], modulus: modulus) == [0, 0, 1, 63])
        var numbers: [Int64] = [999, 1_000, 1_301, 1_302]
        for place in 0..<300 as Range<Int64> where place != 200 {
            numbers += [1_001 + place, 1_303 + place]
        }
        let answers = answers(numbers, modulus: modulus)
        #expect(answers.prefix(4) == [0, 0, 0, 300])
        // The one of the history that did not come, and the one beside it.
        #expect(answers.reduce(0, +) == 2)
    }

    /// One number that fits nowhere, and a second that does not follow it, change nothing.
    @Test(arguments: [nil, 65_536] as [Int64?])
    func aStrayNumberChangesNothing(modulus: Int64?) {
        for stray in [3, 900, 4_000, 30_000] as [Int64] {
            #expect(
                answers([1_000, stray, 1_001, stray + 7, 1_003], modulus: modulus)
                    == [0, 0, 0, 0, 1])
        }
    }

    /// A broker that restored an old state delivers what came long ago, and goes on.
    @Test(arguments: [nil, 65_536] as [Int64?])
    func anOldSnapshotChangesNothing(modulus: Int64?) {
        let numbers = [9_999, 10_000] + Array(4_000...4_300) + [10_001, 10_004] as [Int64]
        #expect(answers(numbers, modulus: modulus).filter { $0 != 0 } == [2])
    }

    @Test(arguments: [nil, 256, 65_536] as [Int64?])
    func whatIsSentAgainChangesNothing(modulus: Int64?) {
        #expect(answers([5, 5, 6, 5, 6, 7, 8], modulus: modulus) == [0, 0, 0, 0, 0, 0, 0])
    }

    @Test func aRollOverIsNoRestart() {
        #expect(answers([254, 255, 0, 1], modulus: 256) == [0, 0, 0, 0])
        #expect(answers([250, 2, 255, 0, 3], modulus: 256) == [0, 7, -1, -1, 0])
        // What was sent again from before it.
        #expect(answers([255, 0, 1, 2, 255, 3], modulus: 256) == [0, 0, 0, 0, 0, 0])
        #expect(answers([65_530, 50], modulus: 65_536) == [0, 55])
    }

    @Test func aRestartMissesNothing() {
        for modulus in [nil, 65_536] as [Int64?] {
            #expect(answers([900, 0, 1, 3], modulus: modulus) == [0, 0, 0, 1])
            #expect(answers([900, 5, 6], modulus: modulus) == [0, 0, 0])
            // Soon after the beginning, where the number has been before.
            #expect(
                answers([0, 1, 2, 3, 0, 1, 2, 3, 4], modulus: modulus).allSatisfy { $0 == 0 })
            #expect(answers([3, 0, 1, 3, 4], modulus: modulus) == [0, 0, 0, 1, 0])
            // Sent again, and no restart.
            #expect(answers([3, 1, 4], modulus: modulus) == [0, 0, 0])
            // What comes late from before it.
            #expect(answers([900, 902, 0, 1, 901, 2], modulus: modulus) == [0, 1, 0, 0, -1, 0])
            // Where the numbers before the restart go by again.
            #expect(answers([3, 0, 1, 2, 4, 5], modulus: modulus) == [0, 0, 0, 0, 1, 0])
        }
        #expect(answers([100, 0, 1], modulus: 256) == [0, 0, 0])
        // In the uppermost part of the range, but for its last numbers.
        #expect(answers([239, 0, 1, 2], modulus: 256) == [0, 0, 0, 0])
        #expect(answers([240, 0, 1, 2], modulus: 256) == [0, 15, 0, 0])
        #expect(answers([65_471, 0, 1, 2], modulus: 65_536) == [0, 0, 0, 0])
        // Devices that begin anywhere.
        #expect(answers([5, 16_390, 16_391], modulus: nil) == [0, 0, 0])
        #expect(answers([5, 16_389, 16_390], modulus: nil) == [0, 0, 16_383])
    }

    /// A modulus that the profile was given later leaves a number behind that cannot be.
    @Test func anotherModulusIsARestart() {
        var sequences = MessageSequences([1: SequenceState(last: 70_000, missing: 5)])
        var answers: [Int64] = []
        for number in [3, 4, 6] as [Int64] {
            answers.append(sequences.follow(1, number, modulus: 256))
        }
        #expect(answers == [0, 0, 1])
    }

    @Test func devicesAreApartAndCommitsTellWhatMoved() {
        var sequences = MessageSequences([1: SequenceState(last: 10)])
        var answers = [sequences.follow(1, 12, modulus: nil), sequences.follow(2, 3, modulus: nil)]
        #expect(answers == [1, 0])
        #expect(
            sequences.changed == [
                1: SequenceState(last: 12, missing: 1), 2: SequenceState(last: 3),
            ])
        sequences.changesAreCommitted()
        answers = [sequences.follow(1, 12, modulus: nil), sequences.follow(2, 4, modulus: nil)]
        #expect(answers == [0, 0])
        #expect(sequences.changed == [2: SequenceState(last: 4)])
    }

    /// Losses, resends, delays, outages with and without a history afterwards, and restarts: what is
    /// missing in the end is what was lost, over many rounds of the numbers.
    @Test(arguments: 1...40 as ClosedRange<UInt64>, [nil, 256, 65_536] as [Int64?])
    func lossesAreCountedExactly(seed: UInt64, modulus: Int64?) {
        var device = LossyDevice(seed: seed, modulus: modulus)
        for _ in 0..<3 { device.run() }
        var sequences = MessageSequences([:])
        var missing: Int64 = 0
        for number in device.arrivals {
            missing += sequences.follow(1, number, modulus: modulus)
        }
        #expect(missing == device.lost, "seed \(seed)")
    }
}

/// A device that numbers its messages from 0 or 1 at each start, and what of them arrives.
private struct LossyDevice {
    private(set) var arrivals: [Int64] = []
    private(set) var lost: Int64 = 0
    private let modulus: Int64?
    private var random: SplitMix64

    init(seed: UInt64, modulus: Int64?) {
        self.modulus = modulus
        random = SplitMix64(seed: seed)
    }

    /// From one start to the next. It begins and ends calmly: what is lost there nobody can know.
    mutating func run() {
        let first = Int64.random(in: 0...1, using: &random)
        let count = length(from: first)
        let outage = outage(from: first)
        let hasHistory = Bool.random(using: &random)
        // In halves of a message's length: history comes in between.
        var waiting: [(place: Int64, number: Int64)] = []
        for step in 0..<count {
            let isCalm = step < 5 || step >= count - 60
            let isOut = outage.contains(step)
            if !isCalm, isOut && !hasHistory || Int.random(in: 0..<10, using: &random) == 0 {
                lost += 1
                continue
            }
            let isDelayed = !isCalm && Int.random(in: 0..<10, using: &random) == 0
            let delay = isDelayed ? 2 * Int64.random(in: 1...12, using: &random) : 0
            let shift = isOut ? 2 * Int64(outage.count) + 5 : 0
            waiting.append((2 * step + shift + delay, first + step))
        }
        waiting.sort { ($0.place, $0.number) < ($1.place, $1.number) }
        for (_, number) in waiting {
            let sent = modulus.map { number % $0 } ?? number
            // Of 0 and 1 a second one may be a restart.
            let isTwice = sent > 1 && Int.random(in: 0..<20, using: &random) == 0
            arrivals += isTwice ? [sent, sent] : [sent]
        }
    }

    /// It ends where the next beginning looks like neither a resend nor a roll-over.
    private mutating func length(from first: Int64) -> Int64 {
        while true {
            let count = Int64.random(in: 800...2_000, using: &random)
            let last = first + count - 1
            let place = modulus.map { last % $0 } ?? last
            if place > NumberRun.reach + 2, place < (modulus ?? .max) / 16 * 15 { return count }
        }
    }

    /// Longer than what is believed at once, and not over a roll-over; behind the first round of
    /// numbers, in which those of before the start are near.
    private mutating func outage(from first: Int64) -> Range<Int64> {
        while true {
            let start = Int64.random(in: 300...500, using: &random)
            let range = start..<start + Int64.random(in: 85...110, using: &random)
            let modulus = modulus ?? .max
            let before = (first + start - 20) / modulus
            if before == (first + range.upperBound + 20) / modulus { return range }
        }
    }
}
