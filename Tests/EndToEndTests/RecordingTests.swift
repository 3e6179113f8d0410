import Foundation
import PrivateBroker
import Testing

extension EndToEnd {
    /// Real recordings through the broker: hourly statistics equal to the last digit those that a
    /// Python program works out with exact integers.
    @Suite(
        .enabled(if: Surroundings.hasRecordings, "../shared/data is not here"),
        .enabled(if: Surroundings.program("python3") != nil, "python3 is not installed"))
    struct RecordingTests {
        private static let names = [
            "meter_index", "pm_air", "power_w", "temp_indoor", "traffic", "wifi_net",
        ]

        @Test(arguments: names)
        func hoursAreExact(name: String) throws {
            let station = try Station()
            let recording = try Recording(name, in: station.folder)
            try station.start()
            let replay = try station.socle("replay", recording.path)
            #expect(replay.code == 0, "\(replay.errors)")
            try station.awaitStored(recording.readingCount)
            #expect(try station.ledgerTotal("readings_stored") == recording.readingCount)

            try expectExact(recording, station)
            #expect(try station.stop() == 0)
            #expect(try station.socle("store", "compact").code == 0)
            try expectExact(recording, station)
            #expect(try station.socle("ledger").code == 0)
        }

        @Test(arguments: names)
        func importedHoursAreExact(name: String) throws {
            let folder = try TemporaryFolder()
            let recording = try Recording(name, in: folder)
            let store = ["--store", folder.path("imported.sqlite")]
            let first = try runSocle(["import", recording.path] + store, in: folder)
            #expect(first.output == "\(recording.readingCount) readings imported\n")
            try expectExact(recording, store, in: folder)

            // A file that was imported before changes nothing.
            let second = try runSocle(["import", recording.path] + store, in: folder)
            #expect(second.output == "imported before: nothing changed\n")
            try expectExact(recording, store, in: folder)
            #expect(try runSocle(["store", "verify"] + store, in: folder).code == 0)
        }

        private func expectExact(_ recording: Recording, _ station: Station) throws {
            try expectExact(
                recording, ["--config", station.folder.path("socle.yaml")], in: station.folder)
        }

        private func expectExact(
            _ recording: Recording, _ options: [String], in folder: TemporaryFolder
        ) throws {
            let answer = try runSocle(
                ["query", "*", "--every", "1h", "--stat", "mean,count,min,max,sum"]
                    + ["--format", "csv", "--epoch"] + options, in: folder)
            #expect(answer.code == 0, "\(answer.errors)")
            // By import, a series whose recorded name is a metric's has that name.
            let named = answer.output.replacing(/"value{series=""([^"]*)""}"/) { $0.1 }
            let comparison = try run(
                "/usr/bin/env",
                [
                    "python3", Surroundings.package + "/Tests/Acceptance/exact_windows.py",
                    recording.path, "--step", "3600000",
                    "--compare", folder.write(named, to: "answer.csv"),
                    "--columns", "mean,count,min,max,sum",
                ], in: folder)
            #expect(comparison.code == 0, "\(comparison.output)\(comparison.errors)")
        }
    }
}

/// A real recording, or the first rows of each of its series.
private struct Recording {
    let path: String
    let readingCount: Int

    /// Rows of each series that are tried where not all are.
    private static let sampleMax = 600

    init(_ name: String, in folder: TemporaryFolder) throws {
        let whole = "\(Surroundings.recordings)/\(name).csv.gz"
        let unpacked = try run("/usr/bin/env", ["gzip", "-dc", whole], in: folder)
        guard unpacked.code == 0 else { throw CSVError(text: unpacked.errors) }
        let lines = unpacked.output.split(separator: "\n").dropFirst()
        if Surroundings.isFull {
            path = whole
            readingCount = lines.count
            return
        }
        var counts: [Substring: Int] = [:]
        let sample = lines.filter { line in
            let series = line.prefix { $0 != "," }
            counts[series, default: 0] += 1
            return counts[series, default: 0] <= Self.sampleMax
        }
        path = try folder.write(
            "series,ts_ms,value\n" + sample.joined(separator: "\n") + "\n", to: name + ".csv")
        readingCount = sample.count
    }
}
