import PrivateBroker
import Testing

extension EndToEnd {
    /// A day of a town's devices, one message a minute each, through broker, gateway and store.
    struct DayOfDevicesTests {
        /// 20 devices; at full size 200, which makes 288,000 messages.
        private static let deviceCount = Surroundings.isFull ? 200 : 20
        private static let minutes = 1_440
        /// 2026-01-14T00:00:00Z
        private static let midnight: Int64 = 1_768_348_800_000

        @Test func everyMessageCountsOnce() throws {
            let day = Day(devices: Self.deviceCount, minutes: Self.minutes, from: Self.midnight)
            let station = try Station()
            let recording = try station.folder.write(day.recording, to: "day.csv")
            try station.start()

            let replay = try station.socle("replay", recording)
            #expect(replay.code == 0, "\(replay.errors)")
            try station.awaitStored(day.messageCount)

            let counts = try station.socle("query", "*", "--stat", "count")
            let total = try CSVTable(counts.output).column("count").compactMap(Int.init)
            #expect(total.count == Self.deviceCount)
            #expect(total.reduce(0, +) == day.messageCount)
            try expectHours(day, station)
            #expect(try station.socle("ledger").code == 0)

            // The same answers from settled and compacted windows.
            #expect(try station.stop() == 0)
            #expect(try station.socle("store", "compact").code == 0)
            try expectHours(day, station)
            #expect(try station.socle("store", "verify").code == 0)
            #expect(try station.socle("ledger").code == 0)
        }

        private func expectHours(_ day: Day, _ station: Station) throws {
            let answer = try station.socle(
                "query", "*", "--every", "1h", "--stat", "count,sum,min,max", "--epoch")
            let table = try CSVTable(answer.output)
            #expect(table.heading == ["time", "series", "unit", "count", "sum", "min", "max"])
            #expect(table.rows.map { $0.joined(separator: " ") } == day.hours)
        }
    }
}

/// Made-up readings in hundredths, and their hours worked out the plain way.
private struct Day {
    let messageCount: Int
    /// As CSV, minute by minute.
    private(set) var recording = "series,time,value\n"
    /// The rows that a query by the hour has: time, series, unit, count, sum, minimum, maximum.
    private(set) var hours: [String] = []

    init(devices: Int, minutes: Int, from start: Int64) {
        messageCount = devices * minutes
        var generator = SeededGenerator(seed: 20_260_114)
        var values = [[Int]](repeating: [], count: devices)
        let names = (0..<devices).map { "device-\(1_000 + $0)" }
        for minute in 0..<minutes {
            for device in 0..<devices {
                let value = Int.random(in: -2_000...9_999, using: &generator)
                // Each device has its own second of the minute.
                let time = start + Int64(minute * 60_000 + device * 37 % 60 * 1_000)
                values[device].append(value)
                recording += "\(names[device]),\(time),\(Day.decimal(value))\n"
            }
        }
        for device in 0..<devices {
            for hour in 0..<minutes / 60 {
                let part = values[device][hour * 60..<hour * 60 + 60]
                let statistics = [part.reduce(0, +), part.min() ?? 0, part.max() ?? 0]
                hours.append(
                    "\(start + Int64(hour) * 3_600_000) value{series=\"\(names[device])\"} 1 60 "
                        + statistics.map(Day.decimal).joined(separator: " "))
            }
        }
    }

    /// Hundredths as the shortest decimal.
    private static func decimal(_ hundredths: Int) -> String {
        let sign = hundredths < 0 ? "-" : ""
        let (whole, rest) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
        if rest == 0 { return "\(sign)\(whole)" }
        if rest % 10 == 0 { return "\(sign)\(whole).\(rest / 10)" }
        return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
