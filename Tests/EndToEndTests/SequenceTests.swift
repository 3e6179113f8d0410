import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// Messages that were lost before the broker, known by the numbers that devices give theirs.
    struct SequenceTests {
        private static let profile = """
            profile: uplink
            title: { en: Sensor, fr: Capteur }
            source: this test
            match: { topic: "up/{device}" }
            decode: json
            sequence: { from: $.uplink.fCnt, modulus: 65536 }
            readings:
              - { metric: level, from: $.level, unit: "%", kind: gauge }
            tests:
              - topic: up/s1
                payload: '{"uplink":{"fCnt":65535},"level":3}'
                sequence: 65535
                expect: { level: 3 }

            """

        /// Gaps while the gateway runs, while it is killed and while it is away, over the roll-over
        /// of the numbers; what the broker delivers again adds none.
        @Test func gapsAreInTheLedger() throws {
            let folder = try TemporaryFolder()
            try folder.write(Self.profile, to: "devices/uplink.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "sensors"
            let sensors = try MQTTPublisher(configuration)
            func publish(_ device: String, _ numbers: [Int]) throws {
                for number in numbers {
                    let payload = #"{"uplink":{"fCnt":\#(number)},"level":1}"#
                    try sensors.publish(topic: "up/\(device)", payload: Array(payload.utf8))
                }
                try sensors.flush()
            }
            try station.start()
            try publish("s1", [65_530, 65_531, 65_533])
            try publish("s2", [1, 2])
            try station.awaitStored(5)
            try station.kill()
            // Two are missing before the roll-over and one behind it.
            try publish("s1", [65_535, 1, 2])
            try station.start()
            try station.awaitStored(8)
            try publish("s1", [4])
            try publish("s2", [3])
            try station.awaitStored(10)
            #expect(try station.stop() == 0)

            let ledger = try CSVTable(station.socle("ledger", "--format", "csv").output)
            #expect(try ledger.column("device") == ["s1", "s2"])
            #expect(try ledger.column("messages_missing") == ["4", "0"])
            #expect(try ledger.column("messages_decoded") == ["7", "3"])
            #expect(try station.socle("ledger").code == 0)
            for (locale, title) in [("C.UTF-8", " missing "), ("fr_FR.UTF-8", " manquants ")] {
                let table = try station.socle("ledger", "--format", "table", locale: locale)
                #expect(table.output.contains(title), "\(table.output)")
            }
        }
    }
}
