import Glibc
import PrivateBroker
import Testing

extension EndToEnd {
    /// `kill -9` of the gateway while messages come: none is lost, none is counted twice.
    struct CrashTests {
        private static let seeds: [UInt64] = Surroundings.isFull ? Array(1...20) : [1, 2]
        private static let seriesCount = 8

        /// Messages without a time of their own: only the record of what was committed tells a
        /// redelivered one from a new one.
        @Test(arguments: seeds)
        func countsStayExact(seed: UInt64) throws {
            var generator = SeededGenerator(seed: seed)
            let folder = try TemporaryFolder()
            try folder.write(Self.profile, to: "devices/pulses.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            let messageCount = 30_000
            let recording = try folder.write(
                Self.recording(messageCount), to: "pulses.csv")
            try station.start()
            let replay = try ChildProcess(
                Surroundings.socle,
                [
                    "replay", recording, "--topic", "pulses/{series}", "--rate", "3000",
                    "--port", String(station.broker.port),
                ], output: folder.path("replay.out"), errors: folder.path("replay.err"))

            var kills = 0
            while replay.isRunning {
                try station.crash(during: replay, &generator)
                kills += 1
            }
            #expect(kills >= 3, "seed \(seed)")
            #expect(try replay.waitForExit(within: .seconds(120)) == 0)
            try station.awaitStored(messageCount)
            #expect(try station.stop() == 0)

            #expect(try station.ledgerTotal("readings_stored") == messageCount, "seed \(seed)")
            let answer = try CSVTable(
                station.socle("query", "pulses", "--stat", "count,sum").output)
            let perSeries = messageCount / Self.seriesCount
            #expect(
                try answer.column("count")
                    == [String](repeating: String(perSeries), count: Self.seriesCount),
                "seed \(seed)")
            // The k-th message of each series says k.
            let sum = String(perSeries * (perSeries + 1) / 2)
            #expect(
                try answer.column("sum") == [String](repeating: sum, count: Self.seriesCount),
                "seed \(seed)")
            let ledger = try station.socle("ledger")
            #expect(ledger.code == 0, "seed \(seed): \(ledger.output)")
            let verification = try station.socle("store", "verify")
            #expect(verification.code == 0, "seed \(seed): \(verification.errors)")
        }

        private static let profile = """
            profile: pulses
            title: { en: Pulses, fr: Impulsions }
            source: this test
            match: { topic: "pulses/{meter}" }
            decode: json
            readings:
              - { metric: pulses, from: $.value, unit: "1", kind: amount }
            tests:
              - { topic: pulses/m1, payload: '{"value":3}', expect: { pulses: 3 } }

            """

        private static func recording(_ count: Int) -> String {
            (0..<count).map { "m\($0 % seriesCount),0,\($0 / seriesCount + 1)" }
                .joined(separator: "\n")
        }
    }
}

extension Station {
    /// Kills the gateway at a moment of the seed's choice after it has stored something more, and
    /// starts it again.
    fileprivate func crash(
        during replay: ChildProcess, _ generator: inout SeededGenerator
    ) throws {
        let before = try ledgerTotal("messages_received")
        try eventually("the gateway makes progress") {
            try !replay.isRunning || ledgerTotal("messages_received") > before
        }
        // No wait for anything: the moment itself is what the seed chooses.
        usleep(UInt32.random(in: 0...900_000, using: &generator))
        try kill()
        try start()
    }
}
