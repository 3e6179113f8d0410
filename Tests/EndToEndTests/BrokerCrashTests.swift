import PrivateBroker
import Testing

extension EndToEnd {
    /// `kill -9` of the broker after it has written its persistence: what it holds for the gateway
    /// is delivered, once, and what it held no more is not counted anew.
    ///
    /// Nothing is published and nothing delivered between the writing and the kill. A broker
    /// that comes back with an older state delivers again what was acknowledged since, and what it
    /// took since is gone: neither is promised (docs/durability.md). For the same reason the
    /// publisher has all its answers and has left, so that it never sends a message twice.
    struct BrokerCrashTests {
        /// Where the messages are when the broker is killed.
        enum Whereabouts: CaseIterable {
            /// With the gateway, which is connected and has stored them.
            case stored
            /// With the broker: the gateway was killed under load, so some are delivered and not
            /// acknowledged, others queued.
            case queued
        }

        @Test(arguments: CrashPlan.lives(of: .brokerGone))
        func killedBrokerKeepsWhatItWrote(life: CrashLife) throws {
            var generator = life.generator
            let town = try CrashTown()
            try town.station.start()
            for kill in 0..<life.kills {
                let whereabouts = Whereabouts.allCases[(kill + life.number) % 2]
                if town.station.daemon == nil { try town.station.start() }
                try town.bring(to: whereabouts, &generator)
                try town.endPublishing()
                try town.station.broker.writePersistence()
                try town.station.broker.kill()
                try town.expectSound("\(life.testDescription), kill \(kill): \(whereabouts)")
                try town.station.broker.start()
            }
            try town.expectEachOnce(life)
        }

        /// `systemctl restart mosquitto` while the gateway reads what had queued: what was sent and
        /// not seen acknowledged comes again, and more of it than the gateway's window holds comes
        /// behind the answer to its SUBSCRIBE.
        @Test(arguments: CrashPlan.lives(of: .brokerRestarted))
        func aBrokerIsRestartedAmidADrain(life: CrashLife) throws {
            var generator = life.generator
            let town = try CrashTown(
                folder: TemporaryFolder(), brokerOptions: ["receive_maximum: 200"])
            let station = town.station
            try station.start()
            for kill in 0..<life.kills {
                #expect(try station.stop() == 0)
                try town.publish(Int.random(in: 8_000...20_000, using: &generator))
                try town.endPublishing()
                try station.start()
                let end =
                    ContinuousClock.now + .milliseconds(.random(in: 0...300, using: &generator))
                try eventually("the drain has gone on") { ContinuousClock.now >= end }
                try station.broker.restart()
                try station.awaitStored(town.sent)
                try town.expectSound("\(life.testDescription), restart \(kill)")
            }
            try town.expectEachOnce(life)
        }
    }
}

extension CrashTown {
    /// Publishes, and waits until the messages are where they should be.
    fileprivate func bring(
        to whereabouts: EndToEnd.BrokerCrashTests.Whereabouts, _ generator: inout SeededGenerator
    ) throws {
        let count = Int.random(in: 500...3_000, using: &generator)
        switch whereabouts {
        case .stored:
            try publish(count)
            try station.awaitStored(sent)
        case .queued:
            let end =
                ContinuousClock.now
                + .milliseconds(Int.random(in: 0...1_500, using: &generator))
            try publish(burst: 100, most: count) { ContinuousClock.now >= end }
            try station.kill()
            try publish(count)
        }
    }
}
