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
        #expect(answers([9, 74, 10, 10, 75], modulus: modulus) == [0, 64, -1, 0, 0])
        #expect(answers([9, 75, 11, 76], modulus: modulus) == [0, 65, -1, 0])
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
        #expect(answers([65_530, 100], modulus: 65_536) == [0, 105])
    }

    @Test func aRestartMissesNothing() {
        for modulus in [nil, 65_536] as [Int64?] {
            #expect(answers([900, 0, 1, 3], modulus: modulus) == [0, 0, 0, 1])
            #expect(answers([900, 5, 6], modulus: modulus) == [0, 0, 0])
            // Soon after the beginning, where the number has been before.
            #expect(
                answers([0, 1, 2, 3, 0, 1, 2, 3, 4], modulus: modulus).allSatisfy { $0 == 0 })
            #expect(answers([3, 1, 4], modulus: modulus) == [0, 0, 2])
        }
        #expect(answers([100, 0, 1], modulus: 256) == [0, 0, 0])
        // Devices that begin anywhere.
        #expect(answers([5, 16_390, 16_391], modulus: nil) == [0, 0, 0])
        #expect(answers([5, 16_389, 16_390], modulus: nil) == [0, 16_383, 0])
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

    /// Losses, resends and reordering within what is remembered: what is missing in the end is what
    /// was lost, over many rounds of the numbers.
    @Test(arguments: 1...20 as ClosedRange<UInt64>, [nil, 256, 65_536] as [Int64?])
    func lossesAreCountedExactly(seed: UInt64, modulus: Int64?) {
        var random = SplitMix64(seed: seed)
        var sequences = MessageSequences([:])
        let first: Int64 = 200
        var lost: Int64 = 0
        var missing: Int64 = 0
        // The first and the last are not lost, so that losses between them can be seen.
        let count: Int64 = 2_000
        var waiting: [(place: Int64, number: Int64)] = [(0, first)]
        for step in 1..<count {
            if step < count - 40, Int.random(in: 0..<10, using: &random) == 0 {
                lost += 1
                continue
            }
            let isDelayed = step < count - 40 && Int.random(in: 0..<10, using: &random) == 0
            let delay = isDelayed ? Int64.random(in: 1...12, using: &random) : 0
            waiting.append((step + delay, first + step))
        }
        waiting.sort { ($0.place, $0.number) < ($1.place, $1.number) }
        for (_, number) in waiting {
            let sent = modulus.map { number % $0 } ?? number
            // Of 0 and 1 a second one may be a restart.
            let isTwice = sent > 1 && Int.random(in: 0..<20, using: &random) == 0
            for _ in 0..<(isTwice ? 2 : 1) {
                missing += sequences.follow(1, sent, modulus: modulus)
            }
        }
        #expect(missing == lost, "seed \(seed)")
    }
}
