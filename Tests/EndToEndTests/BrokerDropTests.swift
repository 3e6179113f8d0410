import Foundation
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// What a broker drops because a queue is full stands in the ledger.
    struct BrokerDropTests {
        private static let column = "messages_dropped_by_broker"

        private let station: Station
        private var configuration = MQTTConfiguration()

        init() throws {
            station = try Station(
                folder: TemporaryFolder(),
                limits: ["max_queued_messages 5", "persistence true", "sys_interval 1"])
            configuration.port = station.broker.port
            configuration.clientID = "meters"
        }

        /// Publishes readings, of which each has a time of its own.
        private func publish(_ numbers: Range<Int>) throws {
            let meters = try MQTTPublisher(configuration)
            for number in numbers {
                let payload = #"{"time":\#(1_767_225_600_000 + number * 1_000),"value":1}"#
                try meters.publish(topic: "replay/drops", payload: Array(payload.utf8))
            }
            try meters.flush()
        }

        /// Waits until the broker says that it has dropped so many since its start.
        private func awaitDrops(_ count: Int) throws {
            var configuration = configuration
            configuration.clientID = "watcher"
            let topic = SessionLoop.dropsTopic
            let watcher = try MQTTSubscriber(configuration, filters: [topic])
            let messages = watcher.messages(within: .seconds(30)) { $0[topic] == String(count) }
            #expect(messages[topic] == String(count))
        }

        /// The queue overflows while the gateway is away, and twice after the broker's own end, which
        /// begins its count anew, once with less than before and once with more: the ledger has
        /// exactly what did not come, once.
        @Test func whatAFullQueueDropsIsCounted() throws {
            try station.start()
            try publish(0..<3)
            try station.awaitStored(3)
            #expect(try station.stop() == 0)
            try publish(3..<15)
            try awaitDrops(7)
            try station.start()
            try station.awaitStored(8)
            try eventually("the drops are counted") { try station.ledgerTotal(Self.column) >= 7 }
            #expect(try station.stop() == 0)
            #expect(try station.ledgerTotal(Self.column) == 7)

            try restartBroker(publishing: 15..<23, dropping: 3)
            try station.awaitStored(13)
            try eventually("the drops are counted") { try station.ledgerTotal(Self.column) >= 10 }
            #expect(try station.stop() == 0)
            try restartBroker(publishing: 23..<41, dropping: 13)
            try station.awaitStored(18)
            try eventually("the drops are counted") { try station.ledgerTotal(Self.column) >= 23 }
            // Killed and started again, it counts nothing twice.
            try station.kill()
            try station.start()
            try publish(41..<42)
            try station.awaitStored(19)
            #expect(try station.stop() == 0)
            try checkLedger()
        }

        /// The broker ends and begins anew while the gateway is away; then the gateway comes back.
        private func restartBroker(publishing numbers: Range<Int>, dropping count: Int) throws {
            try station.broker.writePersistence()
            try station.broker.kill()
            try station.broker.start()
            try publish(numbers)
            try awaitDrops(count)
            try station.start()
        }

        private func checkLedger() throws {
            let ledger = try CSVTable(station.socle("ledger", "--format", "csv").output)
            #expect(try ledger.column("device") == ["$SYS", "drops"])
            #expect(try ledger.column(Self.column) == ["23", "0"])
            // All that was published was received or dropped, and what the broker says of itself is
            // none of it.
            #expect(try ledger.column("messages_received") == ["0", "19"])
            #expect(try station.socle("ledger").code == 0)
            let title = try station.socle(
                "ledger", "--format", "table", locale: "fr_FR.UTF-8"
            ).output
            #expect(title.contains(" pertes du courtier "), "\(title)")
        }

        /// A profile that takes the topic for itself is refused before anything is touched.
        @Test(arguments: [
            ("C.UTF-8", "claims the topic \(SessionLoop.dropsTopic)"),
            ("fr_FR.UTF-8", "prend le sujet \(SessionLoop.dropsTopic)"),
        ])
        func theTopicIsTheGateways(locale: String, text: String) throws {
            let path = "devices/broker.yaml"
            try station.folder.write(
                """
                profile: broker
                title: { en: Broker, fr: Courtier }
                source: https://mosquitto.org/man/mosquitto-8.html
                match: { topic: "$SYS/broker/{name...}" }
                decode: text
                readings:
                  - { metric: figure, unit: "1", kind: gauge }
                tests:
                  - { topic: $SYS/broker/uptime, payload: '3', expect: { figure: 3 } }

                """, to: path)
            try station.folder.write(
                "store: town.sqlite\ndevices: devices\n", to: "claim.yaml")
            for command in ["check", "run"] {
                let outcome = try runSocle(
                    [command, "--config", station.folder.path("claim.yaml")], in: station.folder,
                    locale: locale)
                #expect(outcome.code == 78)
                #expect(outcome.messages.contains { $0.contains(text) }, "\(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: station.store))
        }
    }
}
