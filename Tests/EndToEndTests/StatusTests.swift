import Foundation
import Glibc
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// What a gateway that runs says of itself.
    struct StatusTests {
        private struct Status: Decodable {
            let process: Int32
            let store: String
            let connected: Bool
            let messages: Int
            let readings: Int
            let commit: Int64
            let lagMilliseconds: Int64
            let commitIntervalMilliseconds: Int64
            let writeBudgetBytes: Int64?
            let memoryBytes: Int64
            let diskFreeBytes: Int64?
        }

        private func status(_ station: Station) throws -> Status {
            let outcome = try station.socle("status", "--format", "json")
            try #require(outcome.code == 0, "\(outcome.errors)\(station.log)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Status.self, from: Data(outcome.output.utf8))
        }

        private func publish(_ count: Int, to station: Station) throws {
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "meters"
            let meters = try MQTTPublisher(configuration)
            for number in 0..<count {
                let payload = #"{"time":\#(1_767_225_600_000 + number * 1_000),"value":1}"#
                try meters.publish(topic: "replay/status", payload: Array(payload.utf8))
            }
            try meters.flush()
        }

        @Test func aRunningGatewayTells() throws {
            let station = try Station()
            try station.start()
            try publish(30, to: station)
            try station.awaitStored(30)
            let found = try status(station)
            #expect(found.process == station.daemon?.id)
            #expect(found.store == station.store)
            #expect(found.connected)
            #expect(found.messages == 30)
            #expect(found.readings == 30)
            #expect(found.commit >= 1)
            #expect(found.lagMilliseconds >= 900)
            #expect(found.commitIntervalMilliseconds == 1_000)
            #expect(found.writeBudgetBytes == nil)
            #expect(found.memoryBytes > 1_000_000)
            #expect(found.diskFreeBytes ?? 0 > 0)
            for (locale, text) in [("C.UTF-8", "1.0 s, fixed"), ("fr_FR.UTF-8", "1,0 s, fixe")] {
                let table = try runSocle(
                    [
                        "status", "--format", "table", "--config",
                        station.folder.path("socle.yaml"),
                    ], in: station.folder, locale: locale, columns: 40)
                #expect(table.code == 0)
                #expect(table.output.contains(text), "\(table.output)")
                for line in table.output.split(separator: "\n") { #expect(line.count <= 40) }
            }
            #expect(try station.stop() == 0)
            #expect(try station.socle("status").code == 69)
        }

        /// With a budget the status says what it is and what of it is written; what a killed gateway
        /// left at the socket's place keeps no new one from starting.
        @Test func aBudgetIsTold() throws {
            let station = try Station(commits: "write_budget: 200MB")
            try station.start()
            try station.kill()
            #expect(try station.socle("status").code == 69)
            try station.start()
            try publish(5, to: station)
            try station.awaitStored(5)
            let found = try status(station)
            #expect(found.writeBudgetBytes == 200_000_000)
            #expect((1_000...30_000).contains(found.commitIntervalMilliseconds))
            let table = try station.socle("status", "--format", "table", locale: "fr_FR.UTF-8")
            #expect(table.output.contains("Mo sur 200\n"), "\(table.output)")
            #expect(try station.stop() == 0)
        }

        /// A socket is one gateway's, whatever their stores.
        @Test func aSecondGatewayIsRefused() throws {
            let station = try Station(commits: "commit_interval: 1s\nsocket: town.socket")
            try station.start()
            try station.folder.write(
                station.folder.text(of: "socle.yaml").replacing("store: town", with: "store: two"),
                to: "two.yaml")
            let second = try station.folder.socle("run --config @two.yaml")
            #expect(second.code == 69)
            #expect(second.messages.count == 1 && second.errors.contains("another gateway answers"))
            #expect(try status(station).connected)
            #expect(try station.stop() == 0)
        }

        @Test func withoutAGatewayThereIsNoStatus() throws {
            let station = try Station()
            for (locale, text) in [
                ("C.UTF-8", "no gateway answers"), ("fr_FR.UTF-8", "aucune passerelle ne répond"),
            ] {
                let outcome = try station.socle("status", locale: locale)
                #expect(outcome.code == 69)
                #expect(outcome.messages.count == 1 && outcome.errors.contains(text))
                #expect(outcome.output.isEmpty)
            }
            #expect(try station.socle("status", "--format", "csv").code == 64)
        }
    }
}
