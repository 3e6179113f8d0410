import Glibc

/// A small harness in the manner of TigerBeetle's: relative numbers, checked by eye, that never rot.
///
/// Each benchmark runs its body at least eight times and reports the third-fastest run, which noise
/// does not make faster, and the spread. It prints a hash of its results, so that nothing is
/// measured that was not computed. In smoke mode the sizes are small and one run is enough: that
/// is part of the tests.
struct Harness {
    let isSmoke: Bool
    let filter: String?

    /// A size: the real one, or the one for smoke.
    func size(_ real: Int, smoke: Int) -> Int { isSmoke ? smoke : real }

    /// Runs one benchmark.
    ///
    /// - Parameters:
    ///   - items: how many items a run of the body handles, for the time of each.
    ///   - body: returns a number that depends on everything that was computed.
    func run(_ name: String, items: Int, note: String = "", _ body: () throws -> UInt64) rethrows {
        if let filter, !name.hasPrefix(filter) { return }
        let runs = isSmoke ? 1 : 8
        var times: [Double] = []
        var hash: UInt64 = 0
        for _ in 0..<runs {
            let start = nanoseconds()
            hash = try body()
            times.append(Double(nanoseconds() - start))
        }
        times.sort()
        let chosen = times[min(2, times.count - 1)] / Double(items)
        let spread = (times[times.count - 1] - times[0]) / times[0] * 100
        print(
            pad(name, 34), padLeft(rounded(chosen), 10), "ns/item ",
            padLeft(String(Int(spread)), 4), "% spread  hash", String(hash, radix: 16), note)
    }
}

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Mixes a number into a hash of results.
func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    (hash ^ value) &* 0x9e37_79b9_7f4a_7c15
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

private func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

private func rounded(_ value: Double) -> String {
    value < 10 ? String(Double(Int(value * 100)) / 100) : String(Int(value))
}
