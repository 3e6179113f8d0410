import StoredSeries
import Telemetry
import Windows

/// What is settled together: readings of some series and times, and the segments that have them.
struct SettlingPart {
    var series: ClosedRange<SeriesID>
    var times: Range<Int64>
    var segments: [SurveyedSegment] = []

    func contains(_ id: SeriesID, _ time: Int64) -> Bool {
        times.contains(time) && series.contains(id)
    }
}

/// A row of `segments`, and between which series and times its readings lie: as its block tells,
/// which has a checksum. What lies outside of a part need not be opened for it.
struct SurveyedSegment {
    let id: Int64
    let series: ClosedRange<SeriesID>
    let times: ClosedRange<Int64>

    func overlaps(_ part: SettlingPart) -> Bool {
        series.overlaps(part.series) && times.lowerBound < part.times.upperBound
            && times.upperBound >= part.times.lowerBound
    }
}

/// What segments hold, by a sample of it: so that what is due can be settled in parts of a bounded
/// size, each of which opens few segments.
struct SettlingSurvey {
    private(set) var segments: [SurveyedSegment] = []
    private var samples: [Sample] = []
    private let cut: Int64
    private let step: Int64
    /// Readings that one of the sample stands for.
    private let stride: Int

    /// One reading that is due.
    private struct Sample {
        let series: SeriesID
        let segment: Int32
        /// Of its window.
        let start: Int64
    }

    /// - Parameters:
    ///   - cut: windows that begin before it are due, milliseconds since 1970 UTC.
    ///   - partMax: readings that a part shall have at most.
    init(before cut: Int64, step: Int64, partMax: Int) {
        (self.cut, self.step) = (cut, step)
        stride = max(1, min(64, partMax / 64))
    }

    /// Adds a segment with the series and the time of each of its readings.
    mutating func add(id: Int64, series: [SeriesID], times: [Int64]) {
        guard let least = series.min(), let greatest = series.max(), let first = times.min(),
            let last = times.max()
        else {
            segments.append(SurveyedSegment(id: id, series: 0...0, times: cut...cut))
            return
        }
        let number = Int32(segments.count)
        segments.append(
            SurveyedSegment(id: id, series: least...greatest, times: first...last))
        var index = 0
        while index < times.count {
            if times[index] < cut {
                let start = windowStart(of: times[index], step: step)
                samples.append(Sample(series: series[index], segment: number, start: start))
            }
            index += stride
        }
    }

    /// What is due, in parts of about `limit` readings: whole windows of whole ranges of series.
    func parts(limit: Int) -> [SettlingPart] {
        var parts: [SettlingPart] = []
        let all = SettlingPart(series: 0...SeriesID.max, times: .min..<cut)
        split(all, samples, limit: limit) { part in
            var part = part
            part.segments = segments.filter { $0.overlaps(part) }
            parts.append(part)
        }
        return parts
    }

    /// Halves a part until it is small enough, by series or by time: whichever leaves fewer
    /// segments in both halves, as readings came by the one or by the other.
    private func split(
        _ part: SettlingPart, _ samples: [Sample], limit: Int, _ body: (SettlingPart) -> Void
    ) {
        guard samples.count * stride > limit else { return body(part) }
        let halves = [halvedBySeries(part, samples), halvedByTime(part, samples)]
            .compactMap(\.self).min { $0.sharedSegments < $1.sharedSegments }
        guard let halves else { return body(part) }
        split(halves.lower, halves.lowerSamples, limit: limit, body)
        split(halves.upper, halves.upperSamples, limit: limit, body)
    }

    private struct Halves {
        let lower: SettlingPart
        let upper: SettlingPart
        let lowerSamples: [Sample]
        let upperSamples: [Sample]

        var sharedSegments: Int {
            Set(lowerSamples.map(\.segment)).intersection(upperSamples.map(\.segment)).count
        }
    }

    private func halvedBySeries(_ part: SettlingPart, _ samples: [Sample]) -> Halves? {
        guard let edge = middle(samples.map(\.series)) else { return nil }
        var (lower, upper) = (part, part)
        lower.series = part.series.lowerBound...(edge - 1)
        upper.series = edge...part.series.upperBound
        return Halves(
            lower: lower, upper: upper, lowerSamples: samples.filter { $0.series < edge },
            upperSamples: samples.filter { $0.series >= edge })
    }

    private func halvedByTime(_ part: SettlingPart, _ samples: [Sample]) -> Halves? {
        guard let edge = middle(samples.map(\.start)) else { return nil }
        var (lower, upper) = (part, part)
        lower.times = part.times.lowerBound..<edge
        upper.times = edge..<part.times.upperBound
        return Halves(
            lower: lower, upper: upper, lowerSamples: samples.filter { $0.start < edge },
            upperSamples: samples.filter { $0.start >= edge })
    }
}

/// A value that has about half of all before it; nil where all are the same.
private func middle<Value: Comparable>(_ values: [Value]) -> Value? {
    let sorted = values.sorted()
    guard let least = sorted.first, let greatest = sorted.last, least < greatest else { return nil }
    let median = sorted[sorted.count / 2]
    return median > least ? median : sorted.first { $0 > least }
}
