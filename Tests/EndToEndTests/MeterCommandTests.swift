import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// The journal of the meters from the command line.
    struct MeterCommandTests {
        private let folder: TemporaryFolder
        private static let series = #"energy{device="hall"}"#

        init() throws {
            folder = try TemporaryFolder()
            try folder.makeMeters()
        }

        private func meter(_ command: String, locale: String = "C.UTF-8") throws -> Outcome {
            try folder.socle("meter \(command) --store @meters.sqlite", locale: locale)
        }

        private func days() throws -> String {
            try folder.socle(
                "query \(Self.series) --every 1d --stat increase,resets --store @meters.sqlite"
            ).output
        }

        /// Entered late, looked at, withdrawn: consumption follows each time.
        @Test func consumptionFollowsTheJournal() throws {
            let before = try days()
            #expect(before.hasSuffix(",1130,1\n"), "\(before)")
            let entry = try meter(
                "replace \(Self.series) --at 2026-03-12T09:00:00+01:00 --old 4103 --new 998 "
                    + "--serial AX-1 --by M.Petit")
            #expect(entry.code == 0, "\(entry.errors)")
            #expect(
                entry.output == "entry 1: \(Self.series)\n2026-03-12: 135 instead of 1,130\n")
            #expect(try days().hasSuffix(",135,0\n"))
            let list = try meter("list")
            #expect(
                list.output.contains(
                    "2026-03-12T09:00:00+01:00,4103,998,AX-1,"), "\(list.output)")
            #expect(list.output.hasSuffix(",M.Petit,,yes\n"))
            let withdrawal = try meter("withdraw 1", locale: "fr_FR.UTF-8")
            #expect(
                withdrawal.output.hasPrefix(typeset("saisie 2 : saisie 1 annulée\n")),
                "\(withdrawal.errors)")
            #expect(try days() == before)
            #expect(try meter("list").output.contains(",M.Petit,,no\n"))
        }

        /// A wrong date or a swapped index is refused, and the journal stays as it was.
        @Test(arguments: [
            (
                "replace * --at 2026-03-12T09:00:00+01:00 --old 4103 --new 998", 64 as Int32,
                "2 séries correspondent : nommez-en une"
            ),
            ("replace power --at now --old 1 --new 0", 66, "aucune série"),
            (
                "replace \(series) --at noon --old 4103 --new 998", 64,
                "--at : « noon » n'est pas une date"
            ),
            (
                "replace \(series) --at 2026-03-29T02:30 --old 4103 --new 998", 64,
                "; écrivez 2026-03-29T01:30:00+01:00 ou 2026-03-29T03:30:00+02:00"
            ),
            (
                "replace \(series) --at 2025-10-26T02:30 --old 4103 --new 998", 64,
                "; écrivez 2025-10-26T02:30:00+02:00 ou 2025-10-26T02:30:00+01:00"
            ),
            ("replace \(series) --at now+1h --old 4103 --new 998", 64, "encore à venir"),
            (
                "replace \(series) --at now --old 4103,5 --new 998", 64,
                "« 4103,5 » n'est pas un index"
            ),
            (
                "replace \(series) --at 2026-03-12T09:00:00+01:00 --old 4099 --new 998", 65,
                "--old 4099 est sous le dernier relevé d'avant, 4100 (2026-03-12 08:50)"
            ),
            (
                "replace \(series) --at 2026-03-12T09:00:00+01:00 --old 4103 --new 1001", 65,
                "--new 1001 dépasse le premier relevé d'après, 1000 (2026-03-12 09:10)"
            ),
            (
                "replace \(series) --at 2026-03-12T08:30:00+01:00 --old 4103 --new 998", 65,
                "prolonge celui d'avant : l'index retombe le 2026-03-12 09:10, est-ce cela ?"
            ),
            ("withdraw 7", 66, "aucun remplacement n'a le numéro 7"),
        ])
        func contradictionsAreRefused(command: String, code: Int32, message: String) throws {
            let before = try days()
            let outcome = try meter(command, locale: "fr_FR.UTF-8")
            #expect(outcome.code == code)
            #expect(outcome.messages.count == 1)
            #expect(outcome.errors.contains(typeset(message)), "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
            #expect(try days() == before)
            #expect(try meter("list").output.split(separator: "\n").count == 1)
        }

        /// A fall that the next reading undoes is a fault: taken for a new meter it would count the
        /// whole index.
        @Test(arguments: [2, 3])
        func aFaultIsNoReplacement(minute: Int) throws {
            let start: Int64 = 1_773_306_000_000
            let rows = [1000.0, 1000.1, 0, 1000.4, 1000.5].enumerated().map { minute, index in
                "heat,\(start + Int64(minute) * 60_000),\(index)\n"
            }
            try folder.write(rows.joined(), to: "heat.csv")
            let add = "import @heat.csv --store @meters.sqlite --kind counter --unit kW.h"
            try #require(folder.socle(add).code == 0)
            let time = start + Int64(minute) * 60_000
            let entry = try meter("replace heat --at \(time) --old 1000.1 --new 0")
            #expect(entry.code == 65)
            #expect(
                entry.errors.contains("is a fault, which counts for nothing"), "\(entry.errors)")
            #expect(try meter("replace heat --at \(time) --old 1000.1 --new 0 --force").code == 0)
        }

        /// A date that is corrected is no second meter, and a wrong year is no date.
        @Test func aSecondMeterAtOnceMustBeForced() throws {
            let replace = "replace \(Self.series) --old 4103 --new 998 --at 2026-03-12T"
            #expect(try meter(replace + "09:00:00+01:00").code == 0)
            let second = try meter(replace + "08:55:00+01:00")
            #expect(second.code == 65)
            #expect(second.errors.contains("entry 1 already has a new meter there"))
            #expect(try meter(replace + "08:55:00+01:00 --force").code == 0)
            let early = try meter(
                "replace \(Self.series) --old 4103 --new 998 --at 2024-03-12T09:00:00+01:00")
            #expect(early.code == 65)
            #expect(early.errors.contains("there is no reading before that"))
            // The same time again takes the place of the first; withdrawn, that holds again.
            #expect(try meter(replace + "09:00:00+01:00").code == 0)
            let withdrawal = try meter("withdraw 3")
            #expect(withdrawal.output.contains("entry 1 holds again\n"), "\(withdrawal.errors)")
            let escape = try meter(replace + "09:00:00+01:00 --serial A\u{1b}[31m")
            #expect(escape.code == 64)
        }

        private static let profile = """
            profile: meters
            title: { en: Meters, fr: Compteurs }
            source: this test
            match: { topic: "meters/{meter}" }
            decode: json
            time: { from: $.t, epoch: ms, max_past: 1d }
            readings:
              - { metric: energy, from: $.v, unit: kW.h, kind: counter }
            tests:
              - { topic: meters/m1, payload: '{"v":3}', expect: { energy: 3 } }

            """

        /// Entered while the gateway runs, which is killed at once.
        @Test func anEntryBesideTheGatewayIsDurable() throws {
            let folder = try TemporaryFolder()
            try folder.write(Self.profile, to: "devices/meters.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            try station.start()
            var configuration = MQTTConfiguration()
            configuration.port = station.broker.port
            configuration.clientID = "meters"
            let publisher = try MQTTPublisher(configuration)
            let start = clockMilliseconds() - 3 * 3_600_000
            for (minute, total) in [(0, 4000), (10, 4100), (30, 10), (40, 12)] as [(Int64, Int)] {
                let payload = "{\"v\":\(total),\"t\":\(start + minute * 60_000)}"
                try publisher.publish(topic: "meters/m1", payload: Array(payload.utf8))
            }
            try publisher.flush()
            try station.awaitStored(4)
            let entry = try station.socle(
                "meter", "replace", "energy", "--at", String(start + 20 * 60_000), "--old", "4103",
                "--new", "8")
            #expect(entry.code == 0, "\(entry.errors)")
            try station.kill()
            try station.start()
            let answer = try station.socle("query", "energy", "--stat", "increase,resets")
            #expect(answer.output.hasSuffix(",107,0\n"), "\(answer.output)")
            #expect(try station.stop() == 0)
        }
    }
}
