import PrivateBroker
import Testing

extension EndToEnd {
    /// An orderly end and a return.
    struct ShutdownTests {
        private static let batch = 3_000

        /// Three batches: one is stored in peace, SIGTERM falls into the second, the third comes
        /// while nobody is there. All of them are there in the end, and each once.
        @Test func nothingIsLostOverARestart() throws {
            let station = try Station()
            try station.start()
            try publish(0, station)
            try station.awaitStored(Self.batch)

            try publish(1, station)
            #expect(try station.stop() == 0)
            // Whatever the gateway took from the broker, it stored before it ended.
            let received = try #require(station.log.firstMatch(of: /received=(\d+)/)?.1)
            #expect(try station.ledgerTotal("messages_received") == Int(received))
            #expect(try station.ledgerTotal("readings_stored") == Int(received))

            try publish(2, station)
            try station.start()
            #expect(station.log.contains("session=resumed"))
            try station.awaitStored(3 * Self.batch)
            #expect(try station.stop() == 0)
            #expect(try station.ledgerTotal("readings_stored") == 3 * Self.batch)
            let answer = try CSVTable(station.socle("query", "*", "--stat", "count,sum").output)
            #expect(try answer.column("count") == [String(3 * Self.batch)])
            #expect(try answer.column("sum") == [String((0..<3 * Self.batch).reduce(0, +))])
            #expect(try station.socle("ledger").code == 0)
        }

        private func publish(_ batch: Int, _ station: Station) throws {
            let rows = (batch * Self.batch..<(batch + 1) * Self.batch).map {
                "bench,\(1_768_348_800_000 + $0 * 10_000),\($0)\n"
            }
            let path = try station.folder.write(rows.joined(), to: "batch.csv")
            let replay = try station.socle("replay", path)
            #expect(replay.code == 0, "\(replay.errors)")
        }

        /// One gateway a store: a second one says so and leaves the first alone.
        @Test func aSecondGatewayIsTurnedAway() throws {
            let station = try Station()
            try station.start()
            let second = try station.socle("run")
            #expect(second.code == 69)
            #expect(second.messages.last?.contains("another process writes to") == true)
            #expect(station.daemon?.isRunning == true)
            #expect(try station.stop() == 0)
        }
    }
}
