import Foundation
import Testing

/// How many kills there are, and from which seed they are chosen: `scripts/crash` asks for
/// hundreds, a plain run of the tests for 25.
enum CrashPlan {
    private static let environment = ProcessInfo.processInfo.environment

    /// Chooses all moments and loads; it stands in the name of each test.
    static let seed = environment["SOCLE_SEED"].flatMap { UInt64($0) } ?? 1
    private static let gatewayKills =
        environment["SOCLE_KILLS"].flatMap { Int($0) } ?? (Surroundings.isFull ? 500 : 22)
    private static let brokerKills = max(3, gatewayKills / 10)
    /// More of them would only pile up messages that were never acknowledged.
    private static let killsOfALifeMax = 10

    /// The lives of some kinds of moment. Gateway kills are divided evenly among the kinds.
    static func lives(of moments: CrashMoment...) -> [CrashLife] {
        moments.flatMap { moment in
            let kills = kills(at: moment)
            // A store is made once.
            let most = moment == .migrating ? 1 : killsOfALifeMax
            return stride(from: 0, to: kills, by: most).enumerated().map { number, first in
                CrashLife(moment: moment, number: number, kills: min(most, kills - first))
            }
        }
    }

    private static func kills(at moment: CrashMoment) -> Int {
        if moment.isOfTheBroker { return brokerKills }
        let moments = CrashMoment.allCases.filter { !$0.isOfTheBroker }
        let place = moments.firstIndex(of: moment) ?? 0
        let rest = gatewayKills % moments.count
        return gatewayKills / moments.count + (place < rest ? 1 : 0)
    }

    /// Adds a line to the table that `scripts/crash` prints.
    static func record(_ life: CrashLife, _ count: CrashCount) throws {
        guard let path = environment["SOCLE_CRASH_TABLE"], !path.isEmpty else { return }
        let fields = [
            life.kills, count.sent, count.stored, count.lost, count.countedTwice, count.known,
        ]
        let line = ([life.moment.rawValue] + fields.map(String.init)).joined(separator: "\t") + "\n"
        let file = try #require(FileHandle(forWritingAtPath: path), "no file at \(path)")
        try file.seekToEnd()
        try file.write(contentsOf: Data(line.utf8))
        try file.close()
    }
}

/// One broker and one store, some kills at moments of one kind, and the count at the end.
struct CrashLife: Sendable, CustomTestStringConvertible {
    let moment: CrashMoment
    let number: Int
    let kills: Int

    var testDescription: String {
        "\(moment.rawValue), life \(number), \(kills) kills, seed \(CrashPlan.seed)"
    }

    /// The choices of this life, the same whatever other lives there are.
    var generator: SeededGenerator {
        let place = CrashMoment.allCases.firstIndex(of: moment) ?? 0
        return SeededGenerator(
            seed: CrashPlan.seed &* 1_000_003 &+ UInt64(place) &* 10_007 &+ UInt64(number))
    }
}

/// When a kill comes.
enum CrashMoment: String, CaseIterable, Sendable {
    case receiving = "while a message is read"
    case committing = "while a transaction is written"
    case syncing = "before a transaction is synced"
    case acknowledging = "between commit and acknowledgement"
    case unread = "among acknowledgements, messages unread"
    case settling = "while windows are settled"
    case anyKind = "each time at another of these"
    case anyTime = "at any time, steady load"
    case anyTimeUnread = "at any time, messages unread"
    case compacting = "while the store is compacted"
    case migrating = "while tables are made at the start"
    case brokerGone = "the broker, its persistence written"
    case brokerRestarted = "the broker, in order amid a redelivery"

    /// Whether it is not the gateway that ends.
    var isOfTheBroker: Bool { self == .brokerGone || self == .brokerRestarted }

    /// Those that ``anyKind`` stands for.
    static let kinds: [CrashMoment] = [
        .receiving, .committing, .syncing, .acknowledging, .unread, .settling, .anyTime,
        .anyTimeUnread,
    ]
}

/// What was sent and what is there.
struct CrashCount {
    var sent = 0
    var stored = 0
    var lost = 0
    var countedTwice = 0
    /// Messages that were delivered again and known.
    var known = 0

    var summary: String {
        "\(sent) sent, \(stored) stored, \(lost) lost, \(countedTwice) counted twice"
    }
}
