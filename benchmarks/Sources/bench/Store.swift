import Glibc
import SeriesQuery
import SeriesStore
import StoredSeries
import Telemetry

/// B06 and B08: commits into a real file, and questions to it.
func benchmarkStore(_ harness: Harness) throws {
    let folder = temporaryFolder()
    defer { removeFolder(folder) }
    let path = folder + "/bench.sqlite"
    let writer = try StoreWriter(path: path, isManaged: false)
    let series = try (0..<16).map { number in
        try writer.catalogue.intern(
            SeriesDescriptor(
                key: SeriesKey(metric: "temperature", labels: ["device": "\(number)"]),
                kind: .gauge, unit: "Cel", horizon: nil),
            device: writer.catalogue.intern(device: "\(number)"))
    }
    let perCommit = 2_000
    let commits = harness.size(50, smoke: 2)
    var batch = CommitBatch()
    var time: Int64 = 1_767_225_600_000
    harness.run("B06 commit of \(perCommit) readings", items: commits) {
        for _ in 0..<commits {
            batch.removeAll()
            for index in 0..<perCommit {
                batch.readings.append(
                    Reading(
                        series: series[index % 16], time: time + Int64(index / 16) * 1_000,
                        value: Value(2_000 + Int64(index % 97), scale: 2)))
            }
            time += 125_000
            do { try writer.commit(batch, time: time) } catch { preconditionFailure("\(error)") }
        }
        return UInt64(writer.newestCommit)
    }
    try fillYear(writer, series[0], days: harness.size(365, smoke: 3))
    try writer.settle(now: time, backfills: true)
    try writer.compact()
    try benchmarkQueries(harness, path: path)
}

/// A reading a minute of one series.
private func fillYear(_ writer: StoreWriter, _ series: SeriesID, days: Int) throws {
    var batch = CommitBatch()
    let start: Int64 = 1_735_689_600_000
    for day in 0..<days {
        batch.removeAll()
        for minute in 0..<1_440 {
            let time = start + Int64(day) * 86_400_000 + Int64(minute) * 60_000
            batch.readings.append(
                Reading(series: series, time: time, value: Value(Int64(minute % 311), scale: 1)))
        }
        try writer.commit(batch, time: time(ofDay: day))
    }
}

private func time(ofDay day: Int) -> Int64 { 1_767_225_600_000 + Int64(day) * 1_000 }

private func benchmarkQueries(_ harness: Harness, path: String) throws {
    let reader = try StoreReader(path: path)
    let selector = try Selector(parsing: #"temperature{device="0"}"#)
    for (name, step, tier) in [
        ("by the hour, tiers", CivilStep.fixed(3_600_000), Tier?.none),
        ("by the hour, base only", .fixed(3_600_000), .base),
        ("by the day, tiers", .days(1), .none),
    ] {
        try harness.run("B08 a year \(name)", items: 1) {
            try reader.snapshot { snapshot in
                let query = SeriesQuery(
                    selectors: [selector], step: step, statistics: [.mean, .max], tier: tier,
                    now: 1_800_000_000_000)
                let plan = try query.plan(snapshot.series)
                var hash: UInt64 = 0
                try query.run(plan, snapshot.series) { row in hash = mix(hash, UInt64(row.values.count)) }
                return hash
            }
        }
    }
}

private func temporaryFolder() -> String {
    var template = Array("/tmp/socle-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no temporary folder") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func removeFolder(_ folder: String) {
    for name in ["", "-wal", "-shm", "-lock"] { unlink(folder + "/bench.sqlite" + name) }
    rmdir(folder)
}
