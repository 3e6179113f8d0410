import Glibc
import MQTTSession
import PrivateBroker
import Testing

/// A town whose gateway is killed, and a publisher that knows what it sent.
///
/// Messages have no time of their own: only the record of what was committed tells a redelivered
/// one from a new one. Windows are as short as can be, so that they are settled between two kills.
final class CrashTown {
    private static let meterCount = 8

    let station: Station
    private var publisher: MQTTPublisher?
    private(set) var sent = 0

    init(
        folder: TemporaryFolder, storeName: String = "town.sqlite", brokerOptions: [String] = []
    ) throws {
        try folder.write(Self.profile, to: "devices/pulses.yaml")
        station = try Station(
            devices: folder.path("devices"), folder: folder, brokerOptions: brokerOptions,
            storeName: storeName)
    }

    convenience init() throws { try self.init(folder: TemporaryFolder()) }

    private static let profile = """
        profile: pulses
        title: { en: Pulses, fr: Impulsions }
        source: this test
        match: { topic: "pulses/{meter}" }
        decode: json
        readings:
          - metric: pulses
            from: $.value
            unit: "1"
            kind: amount
            step: 1s
            horizon: 1s
        tests:
          - { topic: pulses/m1, payload: '{"value":3}', expect: { pulses: 3 } }

        """

    // MARK: - The publisher

    /// Publishes messages at QoS 1: each meter says 1, 2, 3 and so on.
    func publish(_ count: Int) throws {
        let publisher = try self.publisher ?? makePublisher()
        self.publisher = publisher
        for _ in 0..<count {
            let value = sent / Self.meterCount + 1
            try publisher.publish(
                topic: "pulses/m\(sent % Self.meterCount)",
                payload: Array("{\"value\":\(value)}".utf8))
            sent += 1
        }
    }

    private func makePublisher() throws -> MQTTPublisher {
        var configuration = MQTTConfiguration()
        configuration.port = station.broker.port
        configuration.clientID = "meters"
        return try MQTTPublisher(configuration)
    }

    /// Waits until the broker has everything, and leaves it.
    func endPublishing() throws {
        try publisher?.flush()
        publisher = nil
    }

    /// Publishes at a steady pace until something has happened.
    ///
    /// - Parameters:
    ///   - burst: messages between two pauses.
    ///   - most: after so many messages they only trickle, so that commits go on and the broker's
    ///     queue does not grow without end.
    ///   - patience: after so long it will not happen.
    func publish(
        burst: Int, most: Int, patience: Duration = .seconds(60), until isOver: () throws -> Bool
    ) throws {
        let deadline = ContinuousClock.now + patience
        let end = sent + most
        while try !isOver() {
            guard ContinuousClock.now < deadline else {
                throw GatewayLivesOn(log: station.log)
            }
            try publish(sent < end ? burst : 10)
            // The pace of the load; nothing waits for it.
            usleep(20_000)
        }
    }

    /// Leaves the gateway stopped, with readings whose windows are over and not settled.
    func makeWindowsDue() throws {
        if station.daemon == nil { try station.start() }
        try publish(8_000)
        try station.awaitStored(sent)
        let end = ContinuousClock.now
        try station.stop()
        // A window of one second and its wait of another, from its reading's arrival.
        try eventually("windows are due") { ContinuousClock.now - end > .milliseconds(2_100) }
    }

    // MARK: - What must hold

    /// Each time that the gateway is dead: the file is whole and the ledger balances.
    func expectSound(_ place: Comment) throws {
        let verification = try station.socle("store", "verify")
        #expect(verification.code == 0, "\(place): \(verification.errors)")
        let ledger = try station.socle("ledger")
        #expect(ledger.code == 0, "\(place): \(ledger.output)")
    }

    /// Lets the gateway take what is left, ends it, and holds what is stored against what was sent.
    func expectEachOnce(_ life: CrashLife) throws {
        try endPublishing()
        if station.daemon == nil { try station.start() }
        // What does not come is lost, and the comparison says how much.
        do { try station.awaitStored(sent) } catch is ConditionTimeout {}
        #expect(try station.stop() == 0, "\(life.testDescription)")
        try expectSound("\(life.testDescription), at the end")
        let (count, differences) = try compare()
        try CrashPlan.record(life, count)
        #expect(differences.isEmpty, "\(life.testDescription): \(count.summary)")
    }

    /// Holds what is stored against what was sent.
    ///
    /// - Returns: the count, and the series whose count or sum is not that of its messages.
    func compare() throws -> (CrashCount, differences: [String]) {
        var count = CrashCount(sent: sent)
        var differences: [String] = []
        let answer = try station.socle("query", "pulses", "--stat", "count,sum")
        let table = try CSVTable(answer.output)
        let stored = zip(try table.column("series"), table.rows.map { $0.suffix(2).map(Int.init) })
        let bySeries = Dictionary(stored) { first, _ in first }
        for meter in 0..<min(Self.meterCount, sent) {
            let expected = (sent - meter + Self.meterCount - 1) / Self.meterCount
            let series = "pulses{meter=\"m\(meter)\"}"
            let found = bySeries[series] ?? [0, 0]
            let number = found[0] ?? 0
            count.stored += number
            count.lost += max(0, expected - number)
            count.countedTwice += max(0, number - expected)
            // The k-th message of each meter says k.
            if found != [expected, expected * (expected + 1) / 2] {
                differences.append("\(series): \(number) of \(expected)")
            }
        }
        count.known = try station.ledgerTotal("messages_duplicate")
        return (count, differences)
    }
}

/// The gateway lived on where it should have been killed.
struct GatewayLivesOn: Error, CustomStringConvertible {
    let log: String
    var description: String { "the gateway was not killed: \(log)" }
}
