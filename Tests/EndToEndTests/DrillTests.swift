import Foundation
import Glibc
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// Outages that are rehearsed with the gateway that runs.
    struct DrillTests {
        private func drill(
            _ station: Station, _ options: String..., locale: String = "C.UTF-8",
            columns: Int? = nil
        ) throws -> Outcome {
            try runSocle(
                ["doctor", "drill", "--config", station.folder.path("socle.yaml")] + options,
                in: station.folder, locale: locale, columns: columns)
        }

        /// A drill that goes on beside the test.
        private func startDrill(_ station: Station, _ length: String) throws -> ChildProcess {
            try ChildProcess(
                Surroundings.socle,
                [
                    "doctor", "drill", "--for", length, "--config",
                    station.folder.path("socle.yaml"),
                ],
                environment: ["LC_ALL": "C.UTF-8"], output: station.folder.path("drill.out"),
                errors: station.folder.path("drill.err"))
        }

        /// What was published during the drill counts once, the drill's own messages and others, and
        /// a second drill is proved as well.
        @Test func anOutageIsProved() throws {
            let station = try Station()
            try station.start()
            let first = try drill(station, "--for", "4s")
            #expect(first.code == 0, "\(first.output)\(first.errors)\(station.log)")
            #expect(first.output.hasPrefix("outage        4 s\nsent  "), "\(first.output)")
            #expect(first.output.contains("each counted once"))
            #expect(station.log.contains("disconnected: an outage is rehearsed"))
            #expect(station.log.contains("session=resumed"))

            let running = try startDrill(station, "4s")
            try eventually("the gateway leaves again") {
                station.log.matches(of: /disconnected: an outage is rehearsed/).count == 2
            }
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "meters"
            let meters = try MQTTPublisher(configuration)
            for number in 0..<50 {
                let payload = #"{"time":\#(1_767_225_600_000 + number * 1_000),"value":1}"#
                try meters.publish(topic: "replay/drill", payload: Array(payload.utf8))
            }
            try meters.flush()
            #expect(try running.waitForExit(within: .seconds(120)) == 0)
            try station.awaitStored(50)
            #expect(try station.stop() == 0)

            let ledger = try CSVTable(station.socle("ledger", "--format", "csv").output)
            #expect(try ledger.column("device") == ["drill", "socle/drill"])
            #expect(try ledger.column("messages_decoded").first == "50")
            #expect(try ledger.column("messages_missing") == ["0", "0"])
            #expect(try ledger.column("readings_decoded").last == "0")
            #expect(try station.socle("ledger").code == 0)
        }

        /// A queue that is too short for the outage: the drill says so, in forty columns.
        @Test func aShortQueueIsFound() throws {
            let station = try Station(
                folder: TemporaryFolder(),
                limits: ["max_queued_messages 5", "persistence true", "sys_interval 1"])
            try station.start()
            let outcome = try drill(
                station, "--for", "4s", locale: "fr_FR.UTF-8", columns: 40)
            #expect(outcome.code == 1, "\(outcome.output)\(outcome.errors)")
            #expect(outcome.output.contains("pas prouvé"), "\(outcome.output)")
            #expect(outcome.errors.contains(typeset("pas arrivés ; le courtier en a perdu")))
            #expect(outcome.messages.count == 1, "\(outcome.errors)")
            for line in outcome.output.split(separator: "\n") { #expect(line.count <= 40) }
            #expect(try station.stop() == 0)
        }

        @Test func withoutGatewayOrBrokerThereIsNoDrill() throws {
            let station = try Station()
            for (locale, text) in [
                ("C.UTF-8", "no gateway is running"), ("fr_FR.UTF-8", "aucune passerelle"),
            ] {
                let outcome = try drill(station, locale: locale)
                #expect(outcome.code == 69)
                #expect(outcome.messages.count == 1 && outcome.errors.contains(text))
            }
            try station.start()
            try station.broker.kill()
            let outcome = try drill(station)
            #expect(outcome.code == 69)
            #expect(outcome.messages.count == 1, "\(outcome.errors)")
            #expect(!outcome.errors.contains("--host"), "\(outcome.errors)")
            #expect(!station.log.contains("rehearsed"))
            // A gateway that was killed leaves its number behind, which may be anybody's by then.
            try station.kill()
            #expect(try drill(station).code == 69)
        }

        /// What the broker still holds of a drill that was interrupted is not the next one's.
        @Test func theNextDrillCountsItsOwnMessages() throws {
            let station = try Station()
            try station.start()
            let first = try startDrill(station, "8s")
            try station.awaitLog("disconnected: an outage is rehearsed")
            first.signal(SIGINT)
            #expect(try first.waitForExit(within: .seconds(10)) == 128 + SIGINT)
            let notice = station.folder.text(of: "drill.err")
            #expect(
                notice.contains(/the gateway comes back by itself, in [5-8] s at most/),
                "\(notice)")
            // As it would have gone on.
            var configuration = MQTTConfiguration()
            (configuration.port, configuration.clientID) = (station.broker.port, "interrupted")
            let rest = try MQTTPublisher(configuration)
            for number in 0..<18 {
                try rest.publish(topic: "socle/drill", payload: Array("\(number)".utf8))
            }
            try rest.flush()
            #expect(!station.log.contains("session=resumed"))
            let second = try drill(station, "--for", "4s")
            #expect(second.code == 0, "\(second.output)\(second.errors)")
            #expect(try station.stop() == 0)
        }

        /// One drill at a time, and what ends the gateway or the broker meanwhile is named.
        @Test func whatDisturbsADrillIsNamed() throws {
            let station = try Station()
            try station.start()
            let first = try startDrill(station, "60m")
            try station.awaitLog("disconnected: an outage is rehearsed")
            for (locale, text) in [
                ("C.UTF-8", "another drill is running"), ("fr_FR.UTF-8", "un autre exercice"),
            ] {
                let second = try drill(station, "--for", "4s", locale: locale)
                #expect(second.code == 69)
                #expect(second.errors.contains(text), "\(second.errors)")
            }
            #expect(try station.stop() == 0)
            #expect(try first.waitForExit(within: .seconds(30)) == 69)
            let end = station.folder.text(of: "drill.err")
            #expect(end.contains("the gateway ended during the drill"), "\(end)")

            try station.start()
            let third = try startDrill(station, "60m")
            try station.awaitLog("disconnected: an outage is rehearsed")
            try station.broker.kill()
            #expect(try third.waitForExit(within: .seconds(60)) == 69)
            let loss = station.folder.text(of: "drill.err")
            #expect(loss.contains("cannot reach the MQTT broker"), "\(loss)")
            #expect(!loss.contains("--host"), "\(loss)")
            #expect(try station.stop() == 0)
        }

        /// Whoever may read the store may not always send the gateway away. As root only: another
        /// user is needed.
        @Test(.enabled(if: getuid() == 0 && Surroundings.program("setpriv") != nil))
        func aStrangerIsTurnedAway() throws {
            let station = try Station()
            try station.start()
            // Beside a write-ahead log a reader writes as well.
            for name in ["", "-wal", "-shm", "-lock"] {
                #expect(chmod(station.store + name, 0o666) == 0)
            }
            #expect(chmod(station.folder.path, 0o777) == 0)
            let outcome = try run(
                #require(Surroundings.program("setpriv")),
                [
                    "--reuid", "65534", "--regid", "65534", "--clear-groups", Surroundings.socle,
                    "doctor", "drill", "--for", "4s", "--config",
                    station.folder.path("socle.yaml"),
                ], in: station.folder)
            #expect(outcome.code == 77)
            #expect(outcome.errors.contains("is another user's"), "\(outcome.errors)")
            #expect(!station.log.contains("rehearsed"))
            #expect(try station.stop() == 0)
        }

        @Test(arguments: [
            ["--for", "2s"], ["--for", "2h"], ["--minutes", "0"], ["--minutes", "61"],
            ["--minutes", "1", "--for", "1m"], ["--for", "soon"],
        ])
        func lengthsAreChecked(options: [String]) throws {
            let folder = try TemporaryFolder()
            let outcome = try runSocle(["doctor", "drill"] + options, in: folder)
            #expect(outcome.code == 64)
            #expect(outcome.errors.contains("--for 3s to 60m"), "\(outcome.errors)")
            // The station commits each second.
            let short = try drill(Station(), "--for", "3s")
            #expect(short.code == 64)
            #expect(short.errors.contains("--for 4s at least"), "\(short.errors)")
        }

        /// The gateway needs nobody to come back, and ends at once while it is away.
        @Test func aDrillThatIsInterruptedEndsByItself() throws {
            let station = try Station()
            try station.start()
            let short = try startDrill(station, "4s")
            try station.awaitLog("disconnected: an outage is rehearsed")
            short.signal(SIGKILL)
            _ = try short.waitForExit(within: .seconds(10))
            try station.awaitLog("session=resumed")

            let long = try startDrill(station, "60m")
            try eventually("the gateway leaves again") {
                station.log.matches(of: /disconnected: an outage is rehearsed/).count == 2
            }
            #expect(try station.stop() == 0)
            long.signal(SIGKILL)
            _ = try long.waitForExit(within: .seconds(10))
            #expect(try station.socle("ledger").code == 0)
        }
    }
}
