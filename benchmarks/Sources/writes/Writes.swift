import Glibc

/// `writes socle|rows --folder DIR [--series N --period S --interval S --hours H --waiting N]`: a
/// day of readings on a virtual clock, and the bytes that this process had to write for it.
///
/// Each transaction of the day is made, with its sync: commits each `--interval` seconds, settling
/// each minute, a compaction each six hours, checkpoints where SQLite makes them. Prints a line a
/// kind of work.
@main
struct Writes {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        guard let program = arguments.first, let folder = value(of: "--folder", in: arguments)
        else { usage() }
        arguments.removeFirst()
        let plan = Plan(
            series: number("--series", in: arguments) ?? 500,
            period: number("--period", in: arguments) ?? 60,
            interval: number("--interval", in: arguments) ?? 5,
            hours: number("--hours", in: arguments) ?? 24,
            waitingMax: number("--waiting", in: arguments) ?? 2_000_000)
        let tally = Tally(log: folder + "/writes.sqlite-wal")
        switch program {
        case "socle":
            var town = try Town(folder: folder + "/writes.sqlite", plan: plan, tally: tally)
            try town.live()
        case "rows":
            try Rows(path: folder + "/writes.sqlite", plan: plan, tally: tally).live()
        default: usage()
        }
        tally.report(hours: plan.hours)
    }

    private static func value(of name: String, in arguments: [String]) -> String? {
        guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else {
            return nil
        }
        return arguments[place + 1]
    }

    private static func number(_ name: String, in arguments: [String]) -> Int? {
        value(of: name, in: arguments).flatMap { Int($0) }
    }

    private static func usage() -> Never {
        print(
            "writes socle|rows --folder DIR [--series N --period S --interval S --hours H "
                + "--waiting N]")
        exit(64)
    }
}

/// What a day is like.
struct Plan {
    /// Four of a device each: power, energy, voltage, current.
    let series: Int
    /// Seconds between two messages of a device.
    let period: Int
    /// Seconds between two commits.
    let interval: Int
    let hours: Int
    /// Settled windows that may wait before they are compacted.
    let waitingMax: Int

    /// 2026-01-01 in Paris, milliseconds since 1970 UTC.
    static let start: Int64 = 1_767_222_000_000

    var devices: Int { max(1, series / 4) }
    var commits: Int { hours * 3_600 / interval }

    /// The devices that send within a commit: spread evenly over the period.
    func messages(ofCommit number: Int) -> [(device: Int, time: Int64)] {
        let begin = Int64(number * interval) * 1_000
        let end = begin + Int64(interval) * 1_000
        let length = Int64(period) * 1_000
        var messages: [(device: Int, time: Int64)] = []
        for device in 0..<devices {
            var time = Int64(device) * length / Int64(devices)
            time += (max(0, begin - time) + length - 1) / length * length
            while time < end {
                messages.append((device, Plan.start + time))
                time += length
            }
        }
        return messages.sorted { $0.time < $1.time }
    }
}

/// Measurements that move as those of a house do.
struct Meters {
    private var random = SplitMix(seed: 42)
    private var levels: [Int64]

    init(_ plan: Plan) {
        levels = (0..<plan.devices * 4).map { [10_000, 1_000_000, 2_300, 400][$0 % 4] }
    }

    /// The next reading of a series and its scale.
    mutating func next(_ series: Int) -> (bits: Int64, scale: Int8) {
        let isEnergy = series % 4 == 1
        let step: Int64 =
            isEnergy ? .random(in: 0...60, using: &random) : .random(in: -8...8, using: &random)
        levels[series] = max(0, levels[series] + step)
        return (levels[series], isEnergy ? 0 : series % 4 == 3 ? 2 : 1)
    }
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
