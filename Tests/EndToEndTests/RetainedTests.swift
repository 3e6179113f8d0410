import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// What a broker has kept from before the gateway knew it.
    struct RetainedTests {
        private static let profile = """
            profile: lamp
            title: { en: Lamp, fr: Lampe }
            source: this test
            match: { topic: "lamp/{device}" }
            decode: json
            time: { from: $.t, epoch: ms }
            readings:
              - { metric: level, from: $.level, unit: "%", kind: gauge }
            tests:
              - { topic: lamp/l1, payload: '{"level":3}', expect: { level: 3 } }

            """

        /// A retained message without a time of its own may be years old: it is no reading of now.
        /// One with a time is what it says, and a live message always counts.
        @Test func onlyWhatSaysItsTimeCounts() throws {
            let folder = try TemporaryFolder()
            try folder.write(Self.profile, to: "devices/lamp.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "lamps"
            let lamps = try MQTTPublisher(configuration)
            func publish(_ device: String, _ payload: String) throws {
                try lamps.publish(
                    topic: "lamp/\(device)", payload: Array(payload.utf8), isRetained: true)
                try lamps.flush()
            }
            try publish("undated", #"{"level":1}"#)
            try publish("dated", #"{"level":2,"t":1767225600000}"#)
            try station.start()
            try publish("undated", #"{"level":3}"#)
            try station.awaitStored(2)
            #expect(try station.stop() == 0)

            #expect(try station.ledgerTotal("messages_received") == 3)
            #expect(try station.ledgerTotal("messages_retained") == 1)
            #expect(try station.socle("ledger").code == 0)
            let answer = try CSVTable(station.socle("query", "level", "--stat", "count,sum").output)
            #expect(answer.rows.map { Array($0.suffix(2)) } == [["1", "2"], ["1", "3"]])
        }
    }
}
