import NaiveModel
import Telemetry
import Testing
import Windows

/// Redelivery, resending and arrival out of order change nothing: readings are a set.
struct ReadingSetTests {
    /// Readings of several series with repeats, some of them with another value, as they arrive.
    private func arrivals(using random: inout SplitMix64) -> [Reading] {
        var arrived: [Reading] = []
        for series in [3, 0, 900, 4] as [SeriesID] {
            arrived += randomReadings(
                Int.random(in: 0...20, using: &random), of: series, kind: .gauge,
                from: -100_000, using: &random)
        }
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            guard var again = arrived.randomElement(using: &random) else { break }
            if Bool.random(using: &random) { again.bits += 1 }
            arrived.append(again)
        }
        if Bool.random(using: &random) { arrived.shuffle(using: &random) }
        return arrived
    }

    @Test func isWhatANaiveSetIs() {
        var random = SplitMix64(seed: 0x5eed_0020)
        for round in 0..<400 {
            let arrived = arrivals(using: &random)
            let set = ReadingSet(arrived)
            let naive = naiveSet(arrived)
            let comment: Comment = "seed 0x5eed0020, round \(round)"
            #expect(set.readings.map(Place.init) == naive.readings.map(Place.init), comment)
            let repeats = set.repeats.values
            #expect(repeats.reduce(0) { $0 + Int($1.duplicates) } == naive.duplicates, comment)
            #expect(repeats.reduce(0) { $0 + Int($1.conflicts) } == naive.conflicts, comment)
        }
    }

    /// What comes twice, in whatever pieces, is there once.
    @Test func unionIsIdempotent() {
        var random = SplitMix64(seed: 0x5eed_0021)
        for round in 0..<200 {
            let once = ReadingSet(arrivals(using: &random)).readings
            let cut = once.isEmpty ? 0 : Int.random(in: 0..<once.count, using: &random)
            var again = once + Array(once[cut...]) + Array(once[..<cut])
            let set = ReadingSet(again)
            let comment: Comment = "seed 0x5eed0021, round \(round)"
            #expect(set.readings.map(Place.init) == once.map(Place.init), comment)
            #expect(set.repeats.values.reduce(0) { $0 + $1.duplicates } == once.count, comment)
            #expect(set.repeats.values.allSatisfy { $0.conflicts == 0 }, comment)
            again.shuffle(using: &random)
            #expect(ReadingSet(again).readings.map(Place.init) == once.map(Place.init), comment)
        }
    }

    @Test func firstToArriveStays() {
        let first = Reading(series: 1, time: 5, value: Value(10))
        let other = Reading(series: 1, time: 5, value: Value(20), quality: .late)
        let same = Reading(series: 1, time: 5, value: Value(100, scale: 1))
        let set = ReadingSet([first, other, same])
        #expect(set.readings.map(\.bits) == [10])
        let repeats = set.repeats[1]
        #expect(repeats?.duplicates == 1 && repeats?.conflicts == 1 && repeats?.late == 1)
        #expect(ReadingSet([other, first]).readings.map(\.bits) == [20])
    }

    @Test func seriesComeInOrderOfTheirNumbers() {
        let readings = [7, 2, 7, 0].enumerated().map { index, series in
            Reading(series: SeriesID(series), time: Int64(index), value: Value(1))
        }
        var runs: [[Int64]] = []
        ReadingSet(readings).forEachSeries { series, run in
            runs.append([Int64(series)] + run.map(\.time))
        }
        #expect(runs == [[0, 3], [2, 1], [7, 0, 2]])
        #expect(ReadingSet([]).readings.isEmpty)
    }

    /// A reading by where it stands and what it says.
    private struct Place: Equatable {
        let series: SeriesID
        let time: Int64
        let sequence: UInt16
        let value: Int128

        init(_ reading: Reading) {
            series = reading.series
            time = reading.time
            sequence = reading.sequence
            value = exact(reading.value)
        }
    }
}
