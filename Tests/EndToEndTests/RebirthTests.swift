import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// A node of Sparkplug that was there before the gateway.
    struct RebirthTests {
        private static let profile = """
            profile: hall
            title: { en: Hall, fr: Salle }
            source: this test
            match: { sparkplug: "{group}" }
            decode: sparkplug
            readings:
              - { metric: temperature, from: Hall/Temp, unit: Cel, kind: gauge }
            tests:
              - { topic: spBv1.0/M/NDATA/E, payload: "", expect: {} }

            """
        /// `Hall/Temp` is 21.5, with the alias 1.
        private static let birth =
            "08e8819b87ce33120b0a0562645365712008580012140a0948616c6c2f54656d7010012009650000ac411800"
        /// Alias 1 is 22.5, and 23.5.
        private static let data = [
            "08d0899b87ce3312071001650000b4411801",
            "08b8919b87ce3312071001650000bc411802",
        ]

        /// The gateway does not know what the aliases mean, asks, and knows from then on.
        @Test func aNodeIsAskedForItsBirth() throws {
            let folder = try TemporaryFolder()
            try folder.write(Self.profile, to: "devices/hall.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "node"
            let node = try MQTTPublisher(configuration)
            configuration.clientID = "commands"
            let commands = try MQTTSubscriber(configuration, filters: ["spBv1.0/+/NCMD/+"])
            func publish(_ type: String, _ digits: String) throws {
                let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
                    UInt8(digits.dropFirst($0).prefix(2), radix: 16)
                }
                try node.publish(
                    topic: "spBv1.0/M/\(type)/E", payload: bytes, isRetained: false)
                try node.flush()
            }
            try station.start()
            try publish("NDATA", Self.data[0])
            let asked = commands.messages(within: .seconds(20)) { !$0.isEmpty }
            #expect(asked["spBv1.0/M/NCMD/E"]?.contains("Node Control/Rebirth") == true)
            try publish("NBIRTH", Self.birth)
            try publish("NDATA", Self.data[0])
            try publish("NDATA", Self.data[1])
            try station.awaitStored(3)
            #expect(try station.stop() == 0)
            #expect(try station.ledgerTotal("messages_decoded") == 4)
            #expect(try station.socle("ledger").code == 0)
        }
    }
}
