import NaiveModel
import Telemetry
import Testing

@testable import SeriesStore

/// In which order readings came decides how what is due is split, and not what is settled.
@Suite struct SettlingSurveyTests {
    /// A reading of each series in each minute.
    static let seriesCount = 60
    static let minuteCount = 60

    /// Segments in the order of arrival, each in that of series, as they are written.
    static func segments(
        by order: String, of size: Int
    ) -> [[(series: SeriesID, time: Int64)]] {
        let minutes = (0..<minuteCount).map { Int64($0) * 60_000 }
        let all = (0..<SeriesID(seriesCount)).flatMap { id in minutes.map { (id, $0) } }
        var random = SplitMix64(seed: 0x5eed_0043)
        let arrived =
            switch order {
            case "time": all.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
            case "chance": all.shuffled(using: &random)
            default: all
            }
        return arrived.chunked(by: size).map { part in
            part.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { (series: $0.0, time: $0.1) }
        }
    }

    @Test(arguments: ["series", "time", "chance"], [37, 256, 4_000])
    func eachReadingIsInOnePart(order: String, size: Int) {
        let cut: Int64 = 50 * 60_000
        let segments = Self.segments(by: order, of: size)
        var survey = SettlingSurvey(before: cut, step: 60_000, partMax: 512)
        for (id, segment) in segments.enumerated() {
            survey.add(
                id: Int64(id), series: segment.map(\.series), times: segment.map(\.time))
        }
        let parts = survey.parts(limit: 512)
        var count = 0
        for part in parts {
            let inPart = part.segments.reduce(0) { sum, segment in
                sum + segments[Int(segment.id)].count { part.contains($0.series, $0.time) }
            }
            #expect(inPart <= 2 * 512)
            count += inPart
        }
        #expect(count == Self.seriesCount * 50)
        for (id, segment) in segments.enumerated() {
            for reading in segment where reading.time < cut {
                let its = parts.filter { $0.contains(reading.series, reading.time) }
                #expect(its.count == 1 && its[0].segments.contains { $0.id == Int64(id) })
            }
        }
    }

    /// Otherwise ten times the readings take a hundred times as long.
    @Test(arguments: ["series", "time"])
    func segmentsAreOpenedForFewParts(order: String) {
        let segments = Self.segments(by: order, of: 240)
        var survey = SettlingSurvey(before: .max, step: 60_000, partMax: 480)
        for (id, segment) in segments.enumerated() {
            survey.add(
                id: Int64(id), series: segment.map(\.series), times: segment.map(\.time))
        }
        let parts = survey.parts(limit: 480)
        #expect(parts.count >= 8)
        #expect(parts.reduce(0) { $0 + $1.segments.count } <= 2 * segments.count + parts.count)
    }

    /// A window is settled once: what cannot be split stays together.
    @Test func windowsAreNotSplit() {
        var survey = SettlingSurvey(before: .max, step: 3_600_000, partMax: 64)
        let times = (0..<Int64(4_000)).map { $0 * 2_000 }
        survey.add(id: 1, series: times.map { _ in 7 }, times: times)
        let parts = survey.parts(limit: 64)
        #expect(parts.count == 3)
        for part in parts.dropFirst() { #expect(part.times.lowerBound % 3_600_000 == 0) }
    }

    @Test func nothingIsDue() {
        var survey = SettlingSurvey(before: 0, step: 60_000, partMax: 64)
        survey.add(id: 1, series: [], times: [])
        survey.add(id: 2, series: [3], times: [0])
        #expect(survey.parts(limit: 64).allSatisfy { !$0.contains(3, 0) })
        #expect(survey.segments.map(\.id) == [1, 2])
    }
}
