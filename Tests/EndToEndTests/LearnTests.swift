import Foundation
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// `socle devices learn` beside a broker.
    struct LearnTests {
        private let folder: TemporaryFolder
        private let broker: PrivateBroker

        init() throws {
            folder = try TemporaryFolder()
            broker = try PrivateBroker(in: folder)
        }

        /// Retained messages come at once, whenever the listener is there.
        private func publish(_ messages: [(topic: String, payload: String)]) throws {
            var configuration = MQTTConfiguration()
            configuration.port = broker.port
            configuration.clientID = "devices"
            let devices = try MQTTPublisher(configuration)
            for (topic, payload) in messages {
                try devices.publish(topic: topic, payload: Array(payload.utf8), isRetained: true)
            }
            try devices.flush()
        }

        private func learn(_ rest: String, filter: String = "#") throws -> Outcome {
            try folder.socle(
                "devices learn \(filter) --host 127.0.0.1 --port \(broker.port) " + rest)
        }

        @Test func unknownDevicesGetAProfile() throws {
            try publish([
                ("lab/hall", #"{"temp":21.5,"mac":"A0:DD:6C:9F:4D:5C","foo":1}"#),
                ("lab/office", #"{"temp":19,"mac":"A0:DD:6C:9F:4D:5D","foo":2}"#),
                ("spBv1.0/g/NBIRTH/n", "x"),
            ])
            try folder.write("", to: "drafts/.keep")
            let heard = try learn("--count 3 --for 30s --to @drafts --name room")
            #expect(heard.code == 0, "\(heard.errors)")
            for text in [
                "lab/hall", "lab/office", "JSON", "Sparkplug NBIRTH", "draft room for lab/{device}",
                "+ $.temp = 21.5  temperature [Cel]", "- $.foo = 1  no metric is known",
                "- $.mac  it may identify",
            ] {
                #expect(heard.output.contains(text), "\(text): \(heard.output)")
            }
            let file = try String(contentsOfFile: folder.path("drafts/room.yaml"), encoding: .utf8)
            #expect(!file.contains("A0:DD"))
            let tested = try folder.socle("devices test --devices @drafts")
            #expect(tested.output == "room: 2 examples\n", "\(tested.errors)")

            let again = try learn("--count 3 --for 30s --to @drafts --name room")
            #expect(again.code == 73, "\(again.errors)")
            // A profile of the folder is named, and no draft is made of its topics.
            let known = try learn("--count 3 --for 30s --devices @drafts")
            #expect(known.output.contains("profile room"), "\(known.output)")
            #expect(!known.output.contains("draft"), "\(known.output)")
        }

        @Test func mistakesHaveTheirCodes() throws {
            #expect(try learn("", filter: "a/#/b").code == 64)
            #expect(try learn("--for soon").code == 64)
            #expect(try learn("--for 1s", filter: "nobody/knows").code == 66)
            let none = try folder.socle("devices learn # --host 127.0.0.1 --port 1 --for 1s")
            #expect(none.code == 69, "\(none.errors)")
        }
    }
}
