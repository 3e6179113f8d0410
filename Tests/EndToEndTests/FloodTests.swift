import PrivateBroker
import Testing

extension EndToEnd {
    /// More than the gateway can take for a while: what it has no room for stays with the broker.
    struct FloodTests {
        /// A town's thousand series a minute are some fifty messages a second; a publisher without
        /// any pause sends thousands.
        @Test func aFloodIsTakenInAndCountsOnce() throws {
            let town = try CrashTown()
            let station = town.station
            try station.start()
            let count = Surroundings.isFull ? 3_000_000 : 200_000
            let part = count / 10
            var storedInBetween = 0
            for _ in 0..<10 {
                try town.publish(part)
                // Queries are answered while it goes on.
                let stored = try station.ledgerTotal("readings_stored")
                #expect(stored >= storedInBetween)
                storedInBetween = stored
            }
            // It did fall behind, or this was no flood.
            #expect(storedInBetween < town.sent)
            try town.endPublishing()
            try station.awaitStored(town.sent)
            #expect(try station.peakKilobytes() < 120_000)
            #expect(try station.stop() == 0)
            try town.expectSound("after a flood")
            let (meters, differences) = try town.compare()
            #expect(differences == [], "\(meters.summary)")
            #expect(try station.ledgerTotal("messages_received") == town.sent)
            // No connection was lost on the way.
            #expect(!station.log.contains("disconnected"), "\(station.log)")
        }
    }
}
