import Glibc
import PrivateBroker
import Testing

extension EndToEnd {
    /// `kill -9` of the gateway while messages come: none is lost, none is counted twice.
    struct CrashTests {
        private static let seeds: [UInt64] = Surroundings.isFull ? Array(1...20) : [1, 2]
        private static let seriesCount = 8

        /// How messages come, and how many.
        enum Stream: CaseIterable {
            /// As fast as the gateway takes them or slower: it is killed with a message or two
            /// unread.
            case live
            /// Faster: it is killed with its socket full. The kernel then resets the connection and
            /// the broker loses acknowledgements that had been written.
            case backlog

            var rate: [String] { self == .live ? ["--rate", "3000"] : [] }
            var messageCount: Int { self == .live ? 30_000 : 80_000 }
        }

        /// Messages without a time of their own: only the record of what was committed tells a
        /// redelivered one from a new one.
        @Test(arguments: Stream.allCases, seeds)
        func countsStayExact(stream: Stream, seed: UInt64) throws {
            var generator = SeededGenerator(seed: seed)
            let folder = try TemporaryFolder()
            try folder.write(Self.profile, to: "devices/pulses.yaml")
            let station = try Station(devices: folder.path("devices"), folder: folder)
            let recording = try folder.write(
                Self.recording(stream.messageCount), to: "pulses.csv")
            try station.start()
            let replay = try ChildProcess(
                Surroundings.socle,
                ["replay", recording, "--topic", "pulses/{series}"] + stream.rate
                    + ["--port", String(station.broker.port)],
                output: folder.path("replay.out"), errors: folder.path("replay.err"))

            var kills = 0
            while try station.crash(before: stream.messageCount, &generator) { kills += 1 }
            #expect(kills >= 2, "seed \(seed)")
            #expect(try replay.waitForExit(within: .seconds(120)) == 0)
            #expect(try station.stop() == 0)
            try expectEachOnce(stream.messageCount, station, "seed \(seed)")
        }

        private func expectEachOnce(
            _ messageCount: Int, _ station: Station, _ seed: Comment
        ) throws {
            #expect(try station.ledgerTotal("readings_stored") == messageCount, seed)
            let answer = try CSVTable(
                station.socle("query", "pulses", "--stat", "count,sum").output)
            let perSeries = messageCount / Self.seriesCount
            // The k-th message of each series says k.
            let sum = perSeries * (perSeries + 1) / 2
            let expected = [[String]](
                repeating: [String(perSeries), String(sum)], count: Self.seriesCount)
            #expect(answer.rows.map { Array($0.suffix(2)) } == expected, seed)
            let ledger = try station.socle("ledger")
            #expect(ledger.code == 0, "\(ledger.output)")
            let verification = try station.socle("store", "verify")
            #expect(verification.code == 0, "\(verification.errors)")
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
    ///
    /// - Returns: whether it was killed; not where everything was stored before.
    fileprivate func crash(
        before messageCount: Int, _ generator: inout SeededGenerator
    ) throws -> Bool {
        let before = try ledgerTotal("readings_stored")
        var stored = before
        try eventually("the gateway makes progress") {
            stored = try ledgerTotal("readings_stored")
            return stored > before || stored >= messageCount
        }
        if stored >= messageCount { return false }
        // No wait for anything: the moment itself is what the seed chooses.
        usleep(UInt32.random(in: 0...600_000, using: &generator))
        try kill()
        try start()
        return true
    }
}
