import Glibc
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// SIGHUP: other profiles without a restart, all of them or none.
    struct ReloadTests {
        private func profile(_ name: String, topic: String, metric: String) -> String {
            """
            profile: \(name)
            title: { en: A, fr: A }
            source: this test
            match: { topic: "\(topic)/{device}" }
            decode: text
            readings:
              - { metric: \(metric), unit: "1", kind: gauge }
            tests:
              - { topic: \(topic)/x, payload: "1", expect: { \(metric): 1 } }

            """
        }

        @Test func profilesAreExchangedOrKept() throws {
            let folder = try TemporaryFolder()
            try folder.write(profile("one", topic: "one", metric: "a"), to: "devices/one.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "devices"
            let devices = try MQTTPublisher(configuration)
            func publish(_ topic: String) throws {
                try devices.publish(topic: topic, payload: Array("5".utf8), isRetained: false)
                try devices.flush()
            }
            try station.start()
            try publish("one/x")
            try station.awaitStored(1)

            // A mistake anywhere changes nothing, and the gateway goes on.
            let broken = profile("two", topic: "two", metric: "b")
            try folder.write(
                broken.replacing("decode: text", with: "decode: txt"), to: "devices/two.yaml")
            station.daemon?.signal(SIGHUP)
            try station.awaitLog("nothing is reloaded")
            #expect(station.log.contains("devices/two.yaml:5: 'decode' in a profile must be"))
            try publish("one/x")
            try station.awaitStored(2)

            try folder.write(broken, to: "devices/two.yaml")
            try folder.write(
                profile("one", topic: "other", metric: "a"), to: "devices/one.yaml")
            station.daemon?.signal(SIGHUP)
            try station.awaitLog("profiles=2")
            try eventually("the session has the new subscriptions") {
                station.log.ranges(of: "subscribed").count == 2
            }
            for topic in ["two/x", "one/x", "other/x"] { try publish(topic) }
            try station.awaitStored(4)
            #expect(try station.stop() == 0)
            #expect(try station.ledgerTotal("readings_stored") == 4)
            #expect(try station.socle("ledger").code == 0)
            let answer = try CSVTable(station.socle("query", "b", "--stat", "count").output)
            #expect(answer.rows.count == 1)
        }
    }
}
