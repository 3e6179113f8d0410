import Telemetry

/// Readings as a set: in order of series, time and sequence, each once.
///
/// The union of two sets is idempotent and does not care for order, so a crash, a redelivery, an
/// out-of-order reading and a device's resend are all the same act: put the readings together and
/// normalise.
public struct ReadingSet: Sendable {
    /// Sorted by (series, time, sequence); no two agree in all three.
    public private(set) var readings: [Reading]
    /// Readings that were left out, by series.
    public private(set) var repeats: [SeriesID: Repeats] = [:]

    /// Readings of one series that were left out of a set.
    public struct Repeats: Sendable, Equatable {
        /// They stood in the set already.
        public var duplicates: Int64 = 0
        /// They had another value for an instant that has one: the first to arrive stayed.
        public var conflicts: Int64 = 0
        /// Of both, those that were late.
        public var late: Int64 = 0

        public var total: Int64 { duplicates + conflicts }
    }

    /// Takes readings in the order of their arrival.
    ///
    /// - Complexity: linear for readings that arrive in the order of their times, otherwise
    ///   n log n for the series that do not.
    public init(_ arrived: [Reading]) {
        readings = groupedBySeries(arrived)
        sortRuns()
        removeRepeats()
    }

    /// The runs of one series each, in order of series.
    public func forEachSeries(
        _ body: (SeriesID, ArraySlice<Reading>) throws -> Void
    ) rethrows {
        var start = 0
        while start < readings.count {
            let end = endOfSeries(from: start)
            try body(readings[start].series, readings[start..<end])
            start = end
        }
    }

    private func endOfSeries(from start: Int) -> Int {
        let series = readings[start].series
        var end = start + 1
        while end < readings.count, readings[end].series == series { end += 1 }
        return end
    }

    private mutating func sortRuns() {
        var start = 0
        while start < readings.count {
            let end = endOfSeries(from: start)
            if !isSorted(start..<end) { sortStably(start..<end) }
            start = end
        }
    }

    private func isSorted(_ range: Range<Int>) -> Bool {
        for index in range.dropFirst() where precedes(readings[index], readings[index - 1]) {
            return false
        }
        return true
    }

    private mutating func sortStably(_ range: Range<Int>) {
        let order = range.sorted { left, right in
            if precedes(readings[left], readings[right]) { return true }
            return !precedes(readings[right], readings[left]) && left < right
        }
        let sorted = order.map { readings[$0] }
        readings.replaceSubrange(range, with: sorted)
    }

    private mutating func removeRepeats() {
        guard var kept = readings.first else { return }
        var target = 1
        for index in 1..<readings.count {
            let reading = readings[index]
            if reading.series == kept.series, reading.time == kept.time,
                reading.sequence == kept.sequence
            {
                leaveOut(reading, besides: kept)
                continue
            }
            readings[target] = reading
            target += 1
            kept = reading
        }
        readings.removeSubrange(target...)
    }

    private mutating func leaveOut(_ reading: Reading, besides kept: Reading) {
        var counts = repeats[reading.series] ?? Repeats()
        if reading.value == kept.value {
            counts.duplicates += 1
        } else {
            counts.conflicts += 1
        }
        if reading.quality.contains(.late) { counts.late += 1 }
        repeats[reading.series] = counts
    }
}

@inline(__always)
private func precedes(_ left: Reading, _ right: Reading) -> Bool {
    left.time != right.time ? left.time < right.time : left.sequence < right.sequence
}

/// A stable counting sort by series: what arrived first stays first.
private func groupedBySeries(_ readings: [Reading]) -> [Reading] {
    guard let first = readings.first else { return [] }
    var lowest = first.series
    var highest = first.series
    var isGrouped = true
    var previous = first.series
    for reading in readings {
        lowest = min(lowest, reading.series)
        highest = max(highest, reading.series)
        if reading.series < previous { isGrouped = false }
        previous = reading.series
    }
    if isGrouped { return readings }
    var offsets = [Int](repeating: 0, count: Int(highest - lowest) + 2)
    for reading in readings { offsets[Int(reading.series - lowest) + 1] += 1 }
    for index in 1..<offsets.count { offsets[index] += offsets[index - 1] }
    var grouped = readings
    for reading in readings {
        let slot = Int(reading.series - lowest)
        grouped[offsets[slot]] = reading
        offsets[slot] += 1
    }
    return grouped
}
