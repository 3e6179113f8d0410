import SeriesStore
import StoredSeries
import Telemetry
import Windows

/// A store as plain arrays: what came in, in order of arrival, and which settling took it.
public struct StoreModel {
    /// What a window of a tier must say.
    public struct Expectation {
        public var statistics: NaiveStatistics
        /// Whether readings were settled in the order of their times, so that the statistics that
        /// depend on order are promised too.
        public var isInOrder: Bool
        public var late: Int64
        public var revision: Int64
    }

    /// A reading, and the settling that took it; `.max` while it waits.
    private struct Kept {
        var reading: Reading
        var generation: Int
    }

    public private(set) var descriptors: [SeriesDescriptor] = []
    private var waiting: [[Reading]] = []
    private var settled: [[Kept]] = []
    private var generation = 0
    private var newestCommitTime: Int64 = 0
    public private(set) var settledUntil: [SeriesClass: Int64] = [:]
    public private(set) var decoded = 0
    public private(set) var duplicates = 0
    public private(set) var conflicts = 0
    /// Readings that are in the file without a time, and in no window.
    public var unplaced = 0
    /// Readings that are in the file.
    public var stored: Int { decoded - duplicates - conflicts }

    public init() {}

    public mutating func add(_ descriptor: SeriesDescriptor) {
        descriptors.append(descriptor)
        waiting.append([])
        settled.append([])
    }

    public mutating func commit(_ readings: [Reading], time: Int64) {
        decoded += readings.count
        for reading in unique(readings) {
            var reading = reading
            let until = settledUntil[SeriesClass(descriptors[Int(reading.series)])] ?? .min
            if reading.time < until { reading.quality.insert(.late) }
            waiting[Int(reading.series)].append(reading)
        }
        newestCommitTime = time
    }

    public mutating func settle(now: Int64, backfills: Bool) {
        generation += 1
        let open = Set(
            descriptors.indices.filter { !waiting[$0].isEmpty }
                .map { SeriesClass(descriptors[$0]) })
        for series in descriptors.indices {
            let seriesClass = SeriesClass(descriptors[series])
            guard open.contains(seriesClass) else { continue }
            var cut = Int64.max
            if let horizon = seriesClass.horizon {
                cut = windowStart(now - horizon, step: seriesClass.step)
                settledUntil[seriesClass] = max(cut, settledUntil[seriesClass] ?? .min)
            } else if !backfills, now - newestCommitTime < 600_000 {
                continue
            }
            let due = waiting[series].filter { $0.time < cut }
            waiting[series].removeAll { $0.time < cut }
            settled[series] += unique(due).map { Kept(reading: $0, generation: generation) }
        }
    }

    /// The readings that wait, each as often as it came.
    public var waitingCount: Int { waiting.reduce(0) { $0 + $1.count } }

    /// The windows of a series by their start.
    public func windows(of series: Int, tier: Tier, zone: CivilZone) -> [Int64: Expectation] {
        let kept =
            settled[series]
            + naiveSet(waiting[series]).readings.map { Kept(reading: $0, generation: .max) }
        let descriptor = descriptors[series]
        let groups = Dictionary(grouping: kept) { kept in
            switch tier {
            case .base: windowStart(kept.reading.time, step: descriptor.step)
            case .quarterHour: windowStart(kept.reading.time, step: 900_000)
            case .hour: windowStart(kept.reading.time, step: 3_600_000)
            case .day: zone.instant(of: zone.date(at: kept.reading.time))
            }
        }
        return groups.mapValues { expectation(of: $0, descriptor) }
    }

    private func expectation(of group: [Kept], _ descriptor: SeriesDescriptor) -> Expectation {
        let kept = group.sorted {
            ($0.reading.time, $0.generation, $0.reading.sequence)
                < ($1.reading.time, $1.generation, $1.reading.sequence)
        }
        var statistics = NaiveStatistics(
            of: kept.map(\.reading), kind: descriptor.kind, modulus: descriptor.modulus)
        if statistics.first != nil { statistics.first = end(kept) }
        if statistics.last != nil { statistics.last = end(kept.reversed()) }
        let isInOrder = zip(kept, kept.dropFirst()).allSatisfy { earlier, later in
            earlier.generation == later.generation
                || (earlier.generation < later.generation
                    && earlier.reading.time < later.reading.time)
        }
        let late = kept.filter { $0.reading.quality.contains(.late) }
        // Each settling that brings late readings to a base window revises it once.
        let revisions = Set(
            late.map {
                [windowStart($0.reading.time, step: descriptor.step), Int64($0.generation)]
            })
        return Expectation(
            statistics: statistics, isInOrder: isInOrder, late: Int64(late.count),
            revision: Int64(revisions.count))
    }

    /// The first or last value: of those that settlings have for that instant, the greatest.
    private func end(_ kept: [Kept]) -> Int128? {
        var ends: [Int: Int128] = [:]
        for candidate in kept.prefix(while: { $0.reading.time == kept[0].reading.time })
        where ends[candidate.generation] == nil {
            ends[candidate.generation] = exact(candidate.reading.value)
        }
        return ends.values.max()
    }

    private mutating func unique(_ readings: [Reading]) -> [Reading] {
        let set = naiveSet(readings)
        duplicates += set.duplicates
        conflicts += set.conflicts
        return set.readings
    }

    private func windowStart(_ time: Int64, step: Int64) -> Int64 {
        step == 0 ? time : time - ((time % step) + step) % step
    }
}
