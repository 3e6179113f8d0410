import BlockCodec
import Telemetry
import Windows

/// A day of one gauge's readings every 5 s, shaped like a temperature.
func gaugeReadings(_ count: Int, series: SeriesID = 0) -> [Reading] {
    var random = SplitMix(seed: 42)
    var level: Int64 = 2_000
    return (0..<count).map { index in
        level += Int64.random(in: -3...3, using: &random)
        return Reading(
            series: series, time: 1_767_225_600_000 + Int64(index) * 5_000,
            value: Value(level, scale: 2))
    }
}

/// B03: readings to one-minute windows.
func benchmarkWindows(_ harness: Harness) {
    let count = harness.size(1_000_000, smoke: 1_000)
    let readings = gaugeReadings(count)
    harness.run("B03 readings to windows", items: count) {
        let windows = WindowFolding.windows(
            of: readings[...], rule: WindowRule(.gauge), step: 60_000)
        return mix(UInt64(windows.count), UInt64(windows.reduce(0) { $0 + $1.count }))
    }
    harness.run("B03 reading set of shuffled readings", items: count) {
        var random = SplitMix(seed: 7)
        var shuffled = readings
        // Neighbours change places, as messages of several paths do.
        for index in stride(from: 0, to: count - 8, by: 8) {
            shuffled.swapAt(index, index + Int.random(in: 0..<8, using: &random))
        }
        return UInt64(ReadingSet(shuffled).readings.count)
    }
}

/// B04 and B05: columns to a block and back.
func benchmarkBlocks(_ harness: Harness) throws {
    let rows = 2_048
    let blocks = harness.size(100, smoke: 2)
    let readings = gaugeReadings(rows)
    let columns = [
        Column(id: 1, values: readings.map(\.time)), Column(id: 2, values: readings.map(\.bits)),
    ]
    let values = rows * columns.count * blocks
    for (name, effort) in [
        ("thorough", BlockEncoder.Effort.thorough), ("quick", BlockEncoder.Effort.quick),
    ] {
        var encoder = BlockEncoder()
        // Here too, so that B05 has its block without B04.
        var bytes: [UInt8] = []
        encoder.encode(kind: 1, rowCount: rows, columns: columns, effort: effort, appendTo: &bytes)
        harness.run("B04 encode, \(name)", items: values) {
            var size = 0
            for _ in 0..<blocks {
                bytes.removeAll(keepingCapacity: true)
                encoder.encode(
                    kind: 1, rowCount: rows, columns: columns, effort: effort, appendTo: &bytes)
                size += bytes.count
            }
            return UInt64(size)
        }
        print("    \(name): \(Double(bytes.count * 100 / rows) / 100) bytes a reading")
        var decoder = BlockDecoder()
        try harness.run("B05 decode, \(name)", items: values) {
            var hash: UInt64 = 0
            for _ in 0..<blocks {
                _ = try decoder.open(bytes)
                for column in columns {
                    let decoded = try decoder.column(column.id) ?? []
                    hash = mix(hash, UInt64(bitPattern: decoded[decoded.count - 1]))
                }
            }
            return hash
        }
    }
}
