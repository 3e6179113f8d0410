import Foundation
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// The doctor on a board and at a broker of their own.
    struct DoctorTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        /// The rows of a report by their check, and that the exit code goes by them.
        private func marks(_ outcome: Outcome) throws -> [String: String] {
            let table = try CSVTable(outcome.output)
            #expect(table.heading == ["mark", "check", "place", "finding", "remedy"])
            let marks = try table.column("mark")
            #expect(outcome.code == (marks.contains("fault") ? 1 : 0), "\(outcome.errors)")
            return Dictionary(
                zip(try table.column("check"), marks), uniquingKeysWith: { first, _ in first })
        }

        // MARK: - The board

        @Test func theBoardIsExamined() throws {
            try folder.makeStore()
            let store = folder.path("town.sqlite")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: store)
            try folder.write("broker: { session_expiry: 1h }\n", to: "socle.yaml")
            let first = try marks(folder.socle("doctor --config @socle.yaml"))
            #expect(first["libmosquitto"] == "ok")
            #expect(first["sqlite"] == "ok")
            #expect(first["session_expiry"] == "fault")
            #expect(first["store_mode"] == "warning")
            #expect(first["key"] == "warning")
            #expect(first["room"] != nil)
            #expect(first["clock"] != nil)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: store)
            try folder.write("store: town.sqlite\n", to: "socle.yaml")
            let second = try marks(folder.socle("doctor --config @socle.yaml"))
            #expect(second["session_expiry"] == "ok")
            #expect(second["store_mode"] == "ok")
        }

        /// Messages that no profile can read come out of the ledger, and of the doctor.
        @Test func whatCannotBeReadIsFound() throws {
            let station = try Station()
            try station.start()
            var configuration = MQTTConfiguration()
            (configuration.port, configuration.clientID) = (station.broker.port, "sensor")
            let sensor = try MQTTPublisher(configuration)
            try sensor.publish(topic: "evcc/site/pvPower", payload: Array("nonsense".utf8))
            try sensor.flush()
            try eventually("the message is in quarantine") {
                try station.ledgerTotal("messages_quarantined") == 1
            }
            #expect(try station.stop() == 0)
            let found = try marks(station.socle("doctor"))
            #expect(found["quarantined"] == "fault")
            #expect(found["refused"] == "ok")
            #expect(found["key_mode"] == "ok")
            // The topic and the reason, and never what was sent.
            let list = try station.socle("ledger", "--quarantine")
            let rows = try CSVTable(list.output)
            #expect(try rows.column("topic") == ["evcc/site/pvPower"])
            #expect(try rows.column("reason") == ["bad_text"])
            #expect(try rows.column("size") == ["8"])
            #expect(!list.output.contains("nonsense"))
            #expect(try rows.column("hash").allSatisfy { $0.count == 16 })
            let day = try station.socle("ledger", "--quarantine", "--day", "2026-01-01")
            #expect(try CSVTable(day.output).rows.isEmpty)
            let json = try station.socle("ledger", "--quarantine", "--format", "json")
            #expect(json.output.contains(#""reason":"bad_text","size":8,"#), "\(json.output)")
            let table = try station.socle(
                "ledger", "--quarantine", "--format", "table", locale: "fr_FR.UTF-8")
            #expect(table.output.contains("ni nombre ni mot connu"), "\(table.output)")
        }

        /// A device whose readings are all too late: its messages are read, and nothing is kept.
        @Test func whatIsRefusedAsTooLateIsFound() throws {
            let station = try Station()
            try station.folder.write("late_limit: 30d\n", to: "policy.yaml")
            try station.start()
            var configuration = MQTTConfiguration()
            (configuration.port, configuration.clientID) = (station.broker.port, "sensor")
            let sensor = try MQTTPublisher(configuration)
            try sensor.publish(
                topic: "replay/old", payload: Array(#"{"time":1577836800000,"value":1}"#.utf8))
            try sensor.flush()
            try eventually("the reading is refused") {
                try station.ledgerTotal("readings_too_late") == 1
            }
            #expect(try station.stop() == 0)
            let outcome = try station.socle("doctor", "--format", "csv")
            #expect(try marks(outcome)["readings_refused"] == "warning")
            #expect(outcome.output.contains("1 of 1 readings of old"), "\(outcome.output)")
            #expect(outcome.output.contains("late_limit"))
        }

        /// Another libmosquitto, feigned: the gateway touches nothing, and the doctor says why.
        @Test(.enabled(if: Surroundings.program("cc") != nil, "cc is not installed"))
        func aLibraryThatIsNotKnownIsRefused() throws {
            let source = try folder.write(
                "int mosquitto_lib_version(int *a, int *b, int *c) {"
                    + " *a = 2; *b = 2; *c = 0; return 2002000; }\n", to: "feigned.c")
            let library = folder.path("feigned.so")
            let compiler = try #require(Surroundings.program("cc"))
            let made = try run(
                compiler, ["-shared", "-fPIC", "-o", library, source], in: folder)
            try #require(made.code == 0, "\(made.errors)")
            let path = try folder.write("devices: \(Surroundings.devices)\n", to: "socle.yaml")
            func socle(_ command: String, _ locale: String) throws -> Outcome {
                try run(
                    Surroundings.socle, [command, "--config", path], in: folder,
                    environment: ["LD_PRELOAD": library, "LC_ALL": locale])
            }
            for (locale, expected) in [
                ("C.UTF-8", "libmosquitto 2.2.0 is not known to keep acknowledgements back"),
                ("fr_FR.UTF-8", "libmosquitto 2.2.0 n'est pas connue pour retenir les"),
            ] {
                let refused = try socle("run", locale)
                #expect(refused.code == 69)
                #expect(refused.messages.count == 1)
                #expect(refused.errors.hasPrefix("socle: " + expected), "\(refused.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.path("town.sqlite")))
            #expect(try marks(socle("doctor", "C.UTF-8"))["libmosquitto"] == "fault")
        }

        @Test(arguments: ["C.UTF-8", "fr_FR.UTF-8"])
        func paragraphsFitANarrowTerminal(locale: String) throws {
            try folder.write("broker: { session_expiry: 1h }\n", to: "socle.yaml")
            let outcome = try folder.socle(
                "doctor --config @socle.yaml --format table", locale: locale, columns: 40)
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 40 }, "\(outcome.output)")
            let expected =
                locale == "C.UTF-8"
                ? "fault broker.session_expiry: the broker\n    drops session and queue when the"
                : "défaut broker.session_expiry\u{A0}: le\n    courtier oublie session et file"
            #expect(outcome.output.contains(expected), "\(outcome.output)")
            #expect(outcome.code == 1)
            #expect(outcome.messages.count == 1)
        }

        @Test func machineFormatsAreTheSame() throws {
            try folder.write("store: town.sqlite\n", to: "socle.yaml")
            let csv = try CSVTable(folder.socle("doctor --config @socle.yaml").output)
            let json = try folder.socle(
                "doctor --config @socle.yaml --format json", locale: "fr_FR")
            let objects = try JSONDecoder().decode(
                [[String: String]].self, from: Data(json.output.utf8))
            let lines = try folder.socle("doctor --config @socle.yaml --format ndjson").output
                .split(separator: "\n")
            #expect(objects.count == csv.rows.count)
            for (index, object) in objects.enumerated() {
                // Room changes from one call to the next.
                guard object["check"] != "room" else { continue }
                #expect(csv.heading.map { object[$0] } == csv.rows[index])
                let line = try JSONDecoder().decode(
                    [String: String].self, from: Data(lines[index].utf8))
                #expect(line == object)
            }
        }

        // MARK: - The broker

        /// A mosquitto with its defaults would lose data. With the drop-in that the doctor prints
        /// it is sound.
        @Test func theDropInMendsADefaultBroker() throws {
            let access = ["allow_anonymous true", "include_dir \(folder.path("conf.d"))"]
            try folder.write("", to: "conf.d/README")
            let command = "doctor broker --file @mosquitto.conf --rate 200 --port "
            let dropIn = try lifeOfADefaultBroker(access, command)
            try folder.write(dropIn, to: "conf.d/socle.conf")
            let broker = try PrivateBroker(in: folder, access: access, limits: [])
            defer { withExtendedLifetime(broker) {} }
            let outcome = try folder.socle(command + "\(broker.port)")
            #expect(outcome.code == 0, "\(outcome.errors)")
            let found = try marks(outcome)
            #expect(found["protocol"] == "ok")
            #expect(found.values.allSatisfy { $0 == "ok" }, "\(outcome.output)")
        }

        /// What is found there.
        ///
        /// - Returns: the drop-in that is printed.
        private func lifeOfADefaultBroker(_ access: [String], _ command: String) throws -> String {
            let broker = try PrivateBroker(in: folder, access: access, limits: [])
            defer { withExtendedLifetime(broker) {} }
            let outcome = try folder.socle(command + "\(broker.port)")
            #expect(outcome.code == 1)
            let found = try marks(outcome)
            for (check, mark) in [
                ("protocol", "ok"), ("version", "ok"), ("queue", "fault"), ("qos0", "warning"),
                ("persistence", "fault"), ("dropped", "ok"),
            ] { #expect(found[check] == mark, "\(check): \(outcome.output)") }
            #expect(outcome.output.contains("an outage of 5 minutes; 24 hours need 288,000"))
            let printed = try folder.socle(command + "\(broker.port) --drop-in")
            #expect(printed.code == 0)
            return printed.output
        }

        /// A gateway that is away, and a queue that is full: the broker's own count tells.
        @Test func dropsAreFound() throws {
            let station = try Station(
                folder: folder, access: ["allow_anonymous true", "sys_interval 1"],
                limits: ["max_queued_messages 100"])
            try station.start()
            #expect(try station.stop() == 0)
            let rows = (0..<500).map { "bench,\(1_768_348_800_000 + $0 * 10_000),\($0)\n" }
            try folder.write(rows.joined(), to: "rows.csv")
            #expect(try station.socle("replay", folder.path("rows.csv")).code == 0)
            try eventually("the broker tells that it dropped messages") {
                let outcome = try station.socle("doctor", "broker")
                return try marks(outcome)["dropped"] == "fault"
                    && outcome.output.contains("400 messages dropped")
            }
        }

        /// The rate is the ledger's where none is given, and on the first day that of the time since
        /// the gateway's start.
        @Test func theLedgerTellsTheRate() throws {
            let station = try Station(folder: folder, limits: ["max_queued_messages 2"])
            try station.start()
            let rows = (0..<50).map { "bench,\(1_768_348_800_000 + $0 * 10_000),\($0)\n" }
            try folder.write(rows.joined(), to: "rows.csv")
            #expect(try station.socle("replay", folder.path("rows.csv")).code == 0)
            try station.awaitStored(50)
            let outcome = try station.socle(
                "doctor", "broker", "--file", folder.path("mosquitto.conf"))
            #expect(try marks(outcome)["queue"] == "fault")
            #expect(
                outcome.output.contains(#/the queue holds 2 messages, an outage of \d+ seconds/#),
                "\(outcome.output)")
            #expect(try station.stop() == 0)
        }

        @Test(arguments: [40, 80])
        func theBrokersParagraphsFitToo(columns: Int) throws {
            try folder.write("", to: "mosquitto.conf")
            let outcome = try folder.socle(
                "doctor broker --file @mosquitto.conf --rate 200 --format table",
                columns: columns)
            #expect(outcome.output.hasPrefix("fault"), "\(outcome.output)")
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= columns }, "\(outcome.output)")
        }

        @Test func aFileAloneNeedsNoBroker() throws {
            try folder.write("persistence true\n", to: "mosquitto.conf")
            let found = try marks(folder.socle("doctor broker --file @mosquitto.conf"))
            #expect(found["persistence"] == "ok")
            #expect(found["queue"] == "fault")
            #expect(found["protocol"] == nil)
        }
    }
}
