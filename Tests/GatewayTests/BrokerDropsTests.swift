import DeviceProfiles
import MQTTSession
import MessageRing
import PrivateBroker
import SeriesStore
import Telemetry
import Testing

@testable import Gateway

/// What the ledger says of messages that the broker dropped, over the broker's lives and ours.
struct BrokerDropsTests {
    private let town: DropTown

    init() throws { town = try DropTown() }

    /// The first count is of before; from then on each rise is ours, once.
    @Test func risesAreCounted() throws {
        try town.life { gateway in
            gateway.connect()
            gateway.hear(uptime: 100, count: 7, isRetained: true)
            gateway.hear(uptime: 110, count: 9, after: 10)
            gateway.hear(uptime: 120, after: 10)
        }
        try town.life(after: 300) { gateway in
            gateway.connect()
            gateway.hear(uptime: 420, count: 12, isRetained: true)
            gateway.hear(uptime: 430, after: 10)
        }
        #expect(try town.dropped() == 5)
    }

    /// The broker was started while nobody was there, and has dropped more than the one before, as
    /// many, or fewer: all of it counts, though it has been running longer by now than when it was
    /// last heard.
    @Test(arguments: [11, 7, 3, 0] as [Int64]) func aNewCountCountsWhole(count: Int64) throws {
        try town.life { gateway in
            gateway.connect()
            gateway.hear(uptime: 100, count: 7, isRetained: true)
            gateway.hear(uptime: 110, after: 10)
        }
        try town.life(after: 1_000) { gateway in
            gateway.connect()
            // It was started 700 s ago, and said so eight seconds ago: that could be the old one
            // only if it had been running for 1,100.
            gateway.hear(uptime: 692, count: count, isRetained: true)
            gateway.hear(uptime: 702, after: 2)
            gateway.hear(uptime: 712, count: count + 1, after: 10)
        }
        #expect(try town.dropped() == count + 1)
    }

    /// Its count had lapsed when we came back: the next one that it says is all new.
    @Test func aNewCountThatLapsed() throws {
        try town.life { gateway in
            gateway.connect()
            gateway.hear(uptime: 100, count: 7, isRetained: true)
            gateway.hear(uptime: 110, after: 10)
        }
        try town.life(after: 1_000) { gateway in
            gateway.connect()
            gateway.hear(uptime: 52, isRetained: true)
        }
        try town.life(after: 60) { gateway in
            gateway.connect()
            gateway.hear(uptime: 114, isRetained: true)
            gateway.hear(uptime: 122, count: 9, after: 8)
        }
        #expect(try town.dropped() == 9)
    }

    /// A broker that had just been started when we left is the same one when we return soon, though
    /// what it said last makes it seem younger than that.
    @Test func aYoungBrokerIsNoNewOne() throws {
        try town.life { gateway in
            gateway.connect()
            gateway.hear(uptime: 2, count: 4, isRetained: true)
        }
        try town.life(after: 17) { gateway in
            gateway.connect()
            gateway.hear(uptime: 12, count: 6, isRetained: true)
            gateway.hear(uptime: 22, after: 3)
        }
        #expect(try town.dropped() == 2)
    }

    /// A broker that we have no session with and that was started at another time is another one:
    /// what it dropped before was not for us.
    @Test func anotherBrokerBeginsWithItsCount() throws {
        try town.life { gateway in
            gateway.connect()
            gateway.hear(uptime: 1_000, count: 7, isRetained: true)
            gateway.hear(uptime: 1_010, after: 10)
        }
        try town.life(after: 100) { gateway in
            gateway.connect(isResumed: false)
            gateway.hear(uptime: 90_000, count: 500, isRetained: true)
            gateway.hear(uptime: 90_010, count: 502, after: 10)
        }
        // The same one, whose session with us had ended.
        try town.life(after: 100) { gateway in
            gateway.connect(isResumed: false)
            gateway.hear(uptime: 90_110, count: 503, isRetained: true)
        }
        #expect(try town.dropped() == 3)
    }

    /// A broker that does not say how long it has been running: a smaller count is a new one.
    @Test func withoutAnUptime() throws {
        try town.life { gateway in
            gateway.connect()
            gateway.hear(count: 7, isRetained: true)
            gateway.hear(count: 9)
        }
        try town.life(after: 100) { gateway in
            gateway.connect()
            gateway.hear(count: 4, isRetained: true)
        }
        #expect(try town.dropped() == 6)
    }

    /// While the clock is not set, an uptime that fell tells that the broker was started.
    @Test func whileTheClockIsNotSet() throws {
        try town.life { gateway in
            gateway.connect()
            gateway.hear(uptime: 1_000, count: 7, isRetained: true)
            gateway.hear(uptime: 1_010, after: 10)
        }
        try town.life(after: 100, isClockSet: false) { gateway in
            gateway.connect()
            gateway.hear(uptime: 12, count: 8, isRetained: true)
            gateway.hear(uptime: 22, count: 9, after: 10)
        }
        #expect(try town.dropped() == 9)
    }

    /// Brokers that drop, fall silent about it and are started anew, and gateways that come and go:
    /// what is counted is the newest count that was heard in each of the broker's lives, from the
    /// first one on.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func livesAreCountedExactly(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var broker = ModelBroker()
        var expected: Int64 = 0
        // The newest count that was heard in this life of the broker.
        var counted: Int64?
        for visit in 0..<12 {
            let absence = Int64.random(in: 2...200, using: &random)
            let seconds = Int64.random(in: 12...100, using: &random)
            let restart =
                visit > 0 && Bool.random(using: &random)
                ? Int64.random(in: 1..<absence, using: &random) : nil
            for second in 0..<absence {
                if second == restart {
                    broker.restart()
                    counted = 0
                }
                broker.run(&random)
            }
            try town.life(after: absence) { gateway in
                gateway.connect()
                var heard = broker.kept
                for second in 0...seconds {
                    gateway.hear(
                        uptime: heard.uptime, count: heard.count, after: second == 0 ? 0 : 1,
                        isRetained: second == 0)
                    if let count = heard.count {
                        expected += count - (counted ?? count)
                        counted = count
                    }
                    broker.run(&random)
                    heard = broker.said
                }
                gateway.wait(1)
            }
        }
        #expect(try town.dropped() == expected, "seed \(seed)")
    }
}

/// What a mosquitto says that drops messages now and then, second by second.
private struct ModelBroker {
    private var uptime: Int64 = 0
    private var dropped: Int64 = 0
    private var newest: (uptime: Int64?, count: Int64?, countTime: Int64) = (nil, nil, 0)
    /// What it said in the last second.
    private(set) var said: (uptime: Int64?, count: Int64?) = (nil, nil)

    /// What it keeps for whoever comes; a count lapses after a minute.
    var kept: (uptime: Int64?, count: Int64?) {
        (newest.uptime, uptime - newest.countTime < 60 ? newest.count : nil)
    }

    mutating func restart() { self = ModelBroker() }

    mutating func run(_ random: inout SplitMix64) {
        uptime += 1
        if Int.random(in: 0..<30, using: &random) == 0 {
            dropped += Int64.random(in: 1...20, using: &random)
        }
        said = (nil, nil)
        guard uptime % 10 == 2 else { return }
        said.uptime = uptime
        newest.uptime = uptime
        guard newest.count != dropped else { return }
        said.count = dropped
        (newest.count, newest.countTime) = (dropped, uptime)
    }
}

/// A town's gateway that hears nothing but its broker.
private final class DropTown {
    private let folder: TemporaryFolder
    /// Milliseconds since 1970 UTC.
    private var now: Int64 = 1_774_699_200_000

    init() throws { folder = try TemporaryFolder() }

    /// One life of the gateway, which ends with a commit.
    ///
    /// - Parameter absence: seconds since the life before.
    func life(
        after absence: Int64 = 0, isClockSet: Bool = true, _ body: (inout DropGateway) -> Void
    ) throws {
        now += absence * 1_000
        let writer = try StoreWriter(
            path: folder.path("town.sqlite"), zone: .paris, isManaged: true)
        let intake = try MessageIntake(
            profiles: ProfileSet(parsing: []), writer: writer, hash: KeyedHash(key: (1, 2)),
            lateLimit: nil, clock: isClockSet ? .set : .unset(boot: "boot"))
        var gateway = DropGateway(intake: intake, now: now, isClockSet: isClockSet)
        body(&gateway)
        now = try gateway.commit()
    }

    /// What the ledger has; nothing else was received.
    func dropped() throws -> Int64 {
        try StoreReader(path: folder.path("town.sqlite")).snapshot { snapshot in
            try snapshot.ledger().values.reduce(0) { sum, counts in
                #expect(counts.messagesUnaccounted == 0)
                return sum + counts[.messagesDroppedByBroker]
            }
        }
    }
}

private struct DropGateway: ~Copyable {
    var intake: MessageIntake
    /// Milliseconds since 1970 UTC.
    var now: Int64
    let isClockSet: Bool

    mutating func wait(_ seconds: Int64) { now += seconds * 1_000 }

    mutating func connect(isResumed: Bool = true) {
        take("", "", isResumed ? [.control, .resumed] : .control)
    }

    /// The broker says one of the two or both, the uptime first.
    ///
    /// - Parameter pause: seconds before it says so.
    mutating func hear(
        uptime: Int64? = nil, count: Int64? = nil, after pause: Int64 = 0, isRetained: Bool = false
    ) {
        wait(pause)
        let flags: MessageFlags = isRetained ? [.ofBroker, .retained] : .ofBroker
        if let uptime { take(SessionLoop.uptimeTopic, "\(uptime) seconds", flags) }
        if let count { take(SessionLoop.dropsTopic, "\(count)", flags) }
    }

    private mutating func take(_ topic: String, _ payload: String, _ flags: MessageFlags) {
        let (topic, payload) = (Array(topic.utf8), Array(payload.utf8))
        let header = MessageHeader(
            arrival: now, packetID: 0, flags: isClockSet ? flags : flags.union(.unplaced),
            originalSize: UInt32(payload.count))
        intake.take(header, topic: topic.span, payload: payload.span)
    }

    mutating func commit() throws -> Int64 {
        _ = try intake.commit(
            received: 0, confirmed: 0, newestArrival: 0, wall: now, uptime: now)
        return now
    }
}
