import Foundation
import Gateway
import MQTTSession
import SeriesStore
import StoredSeries

/// A rehearsed outage: numbered messages go through the broker while the gateway is away and
/// after, and the ledger must have each of them once.
struct Rehearsal {
    let seconds: Int32
    /// The gateway's.
    let process: Int32
    /// The gateway's, in milliseconds.
    let commitInterval: Int64
    let reader: StoreReader
    /// The number of the first message: later than those of earlier drills, of which the broker
    /// may still hold some, and too far from them for a gap.
    let firstNumber: Int64

    /// LIMIT: how long the gateway may count nothing, beside its commit interval, before the rest
    /// is taken for lost.
    private static let patience = Duration.seconds(20)
    /// Seconds between two messages, and between two looks at the ledger.
    private static let pause = 0.2
    private static let lookPause = 0.5
    private static let burst = 5
    /// mosquitto says each ten seconds what it dropped.
    private static let brokerInterval = 11.0

    /// Does it all; waits until it is over.
    ///
    /// - Throws: ``Failure`` where the broker or the gateway is not there, and
    ///   ``OutageDrill/Refusal``. The gateway then comes back by itself.
    func run(at broker: MQTTConfiguration) throws -> RehearsalResult {
        do {
            return try rehearse(MQTTPublisher(broker))
        } catch let error as MQTTError {
            Terminal.endProgress()
            throw Failure(error, at: broker, isNamed: false)
        }
    }

    private func rehearse(_ publisher: MQTTPublisher) throws -> RehearsalResult {
        var result = RehearsalResult(seconds: Int(seconds))
        try publish(&result, publisher)
        try publisher.flush()
        let before = try figuresBeforeFirst()
        // Some that the gateway has read and not acknowledged when it leaves: they come again.
        for _ in 0..<Self.burst { try publish(&result, publisher) }
        try publisher.flush()
        let interrupt = InterruptNotice { [seconds] passed in
            let rest = max(0, Int64(seconds) - passed)
            return say(
                "socle: the drill was interrupted and proves nothing; the gateway comes back by "
                    + "itself, in \(rest) s at most",
                "socle: l'exercice est interrompu et ne prouve rien ; la passerelle revient "
                    + "d'elle-même, dans \(rest) s au plus")
        }
        defer { interrupt.end() }
        try OutageDrill.sendAway(gateway: process, seconds: seconds)
        try publishThroughout(&result, publisher)
        _ = try waitUntilCounted { try counted() - before.counted >= result.sent }
        // What was dropped, and what comes twice, shows a little later.
        Thread.sleep(forTimeInterval: Self.brokerInterval)
        result.figures = try figures().since(before)
        Terminal.endProgress()
        return result
    }

    private func publish(_ result: inout RehearsalResult, _ publisher: MQTTPublisher) throws {
        let number = firstNumber + result.sent
        try publisher.publish(topic: OutageDrill.topic, payload: Array(String(number).utf8))
        result.sent += 1
    }

    /// Waits until the first message is counted: what the broker held of earlier drills came
    /// before it.
    ///
    /// - Returns: the figures without it.
    private func figuresBeforeFirst() throws -> RehearsalFigures {
        guard try waitUntilCounted(until: { try figures().newestNumber == firstNumber }) else {
            throw Failure(
                .unavailable,
                say(
                    "the gateway counts no message on \(OutageDrill.topic); see its log, it may "
                        + "still be away for an earlier drill, and the broker's access list",
                    "la passerelle ne compte aucun message sur \(OutageDrill.topic) ; voyez son "
                        + "journal, un exercice précédent la tient peut-être encore à l'écart, et "
                        + "les droits d'accès du courtier"))
        }
        var before = try figures()
        before.counted -= 1
        return before
    }

    /// Publishes while the gateway is away and a little longer, and sees that it is.
    private func publishThroughout(
        _ result: inout RehearsalResult, _ publisher: MQTTPublisher
    ) throws {
        let start = ContinuousClock.now
        let absence = Duration.seconds(Int64(seconds))
        var early: Int64?
        var late: Int64?
        while ContinuousClock.now < start + absence + .seconds(2) {
            try publish(&result, publisher)
            try publisher.flush()
            try checkGateway()
            Thread.sleep(forTimeInterval: Self.pause)
            let elapsed = ContinuousClock.now - start
            if early == nil, elapsed >= absence * 0.5 { early = try counted() }
            if late == nil, elapsed >= absence * 0.8 { late = try counted() }
            Terminal.progress(
                "\(elapsed.components.seconds)/\(seconds) s · \(result.sent) messages")
        }
        result.wasAway = early != nil && early == late
    }

    /// Waits for messages to be counted, as long as some are.
    ///
    /// - Returns: whether what was waited for came true.
    private func waitUntilCounted(until isTrue: () throws -> Bool) throws -> Bool {
        var newest = try counted()
        let patience = Self.patience + .milliseconds(commitInterval)
        var end = ContinuousClock.now + patience
        while try !isTrue() {
            if ContinuousClock.now >= end { return false }
            try checkGateway()
            Thread.sleep(forTimeInterval: Self.lookPause)
            let now = try counted()
            if now > newest { end = ContinuousClock.now + patience }
            newest = now
        }
        return true
    }

    private func checkGateway() throws {
        guard !OutageDrill.isRunning(gateway: process) else { return }
        Terminal.endProgress()
        throw Failure(
            .unavailable,
            say(
                "the gateway ended during the drill; what waits is in the broker",
                "la passerelle s'est arrêtée pendant l'exercice ; ce qui attend est dans le "
                    + "courtier"))
    }

    /// Messages of all drills so far.
    private func counted() throws -> Int64 {
        try reader.snapshot { snapshot in
            guard let device = snapshot.catalogue.devices.firstIndex(of: OutageDrill.topic) else {
                return 0
            }
            return try snapshot.ledger(device: DeviceID(device)).values
                .reduce(0) { $0 + $1[.messagesDecoded] }
        }
    }

    private func figures() throws -> RehearsalFigures {
        try reader.snapshot { snapshot in
            var figures = RehearsalFigures()
            for (key, counts) in try snapshot.ledger() {
                figures.dropped += counts[.messagesDroppedByBroker]
                figures.unaccounted +=
                    abs(counts.messagesUnaccounted) + abs(counts.readingsUnaccounted)
                let devices = snapshot.catalogue.devices
                guard key.device < devices.count, devices[Int(key.device)] == OutageDrill.topic
                else { continue }
                figures.counted += counts[.messagesDecoded]
                figures.redelivered += counts[.messagesDuplicate]
                figures.missing += counts[.messagesMissing]
                figures.newestNumber = try snapshot.newestNumber(
                    of: key.device, source: OutageDrill.topic)
            }
            return figures
        }
    }
}

/// What the ledger says that concerns a drill.
struct RehearsalFigures {
    var counted: Int64 = 0
    var redelivered: Int64 = 0
    var missing: Int64 = 0
    /// By the broker, whoever they were for.
    var dropped: Int64 = 0
    /// Of all devices and days.
    var unaccounted: Int64 = 0
    /// Of the newest message that was counted.
    var newestNumber: Int64?

    func since(_ earlier: RehearsalFigures) -> RehearsalFigures {
        RehearsalFigures(
            counted: counted - earlier.counted, redelivered: redelivered - earlier.redelivered,
            missing: missing - earlier.missing, dropped: dropped - earlier.dropped,
            unaccounted: unaccounted)
    }
}
