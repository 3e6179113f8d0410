import Telemetry
import Testing

/// Intervals over the changes of the clocks in 2026 and 2027, against instants that were written
/// down by hand: nothing here is worked out by the code that is tested.
struct CivilTransitionTests {
    /// Edges that follow one another, and how many half hours lie between them.
    struct Edges: Sendable, CustomTestStringConvertible {
        let zone: String
        let step: String
        let texts: [String]
        let halfHours: [Int64]

        var testDescription: String { "\(zone) \(step) \(texts[0])" }
    }

    private static func paris(_ step: String, _ texts: [String], hours: [Int64]) -> Edges {
        Edges(zone: "Europe/Paris", step: step, texts: texts, halfHours: hours.map { $0 * 2 })
    }

    private static let days: [Edges] = [
        paris(
            "1d",
            [
                "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z",
                "2026-03-30T22:00:00Z",
            ], hours: [24, 23, 24]),
        paris(
            "1d",
            [
                "2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z",
                "2026-10-26T23:00:00Z",
            ], hours: [24, 25, 24]),
        paris(
            "1d",
            [
                "2027-03-26T23:00:00Z", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z",
                "2027-03-29T22:00:00Z",
            ], hours: [24, 23, 24]),
        paris(
            "1d",
            [
                "2027-10-29T22:00:00Z", "2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z",
                "2027-11-01T23:00:00Z",
            ], hours: [24, 25, 24]),
    ]

    /// The gas day that loses or gains the hour is the one that begins on the Saturday.
    private static let gasDays: [Edges] = [
        paris(
            "1d@06:00",
            [
                "2026-03-27T05:00:00Z", "2026-03-28T05:00:00Z", "2026-03-29T04:00:00Z",
                "2026-03-30T04:00:00Z",
            ], hours: [24, 23, 24]),
        paris(
            "1d@06:00",
            [
                "2026-10-23T04:00:00Z", "2026-10-24T04:00:00Z", "2026-10-25T05:00:00Z",
                "2026-10-26T05:00:00Z",
            ], hours: [24, 25, 24]),
        paris(
            "1d@06:00",
            [
                "2027-03-26T05:00:00Z", "2027-03-27T05:00:00Z", "2027-03-28T04:00:00Z",
                "2027-03-29T04:00:00Z",
            ], hours: [24, 23, 24]),
        paris(
            "1d@06:00",
            [
                "2027-10-29T04:00:00Z", "2027-10-30T04:00:00Z", "2027-10-31T05:00:00Z",
                "2027-11-01T05:00:00Z",
            ], hours: [24, 25, 24]),
        // Begins in the hour that is skipped, and in the one that comes twice.
        paris(
            "1d@02:30",
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
            hours: []),
        paris(
            "1d@02:30",
            ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
            hours: [24, 25]),
    ]

    private static let longer: [Edges] = [
        paris(
            "1w", ["2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z", "2026-04-05T22:00:00Z"],
            hours: [167, 168]),
        paris(
            "1w", ["2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z", "2026-11-01T23:00:00Z"],
            hours: [169, 168]),
        paris(
            "1w", ["2027-03-21T23:00:00Z", "2027-03-28T22:00:00Z"], hours: [167]),
        paris(
            "1w@06:00", ["2027-10-25T04:00:00Z", "2027-11-01T05:00:00Z"], hours: [169]),
        paris(
            "1mo", ["2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z"],
            hours: [743, 720]),
        paris(
            "1mo", ["2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"],
            hours: [745, 720]),
        paris("1mo", ["2027-02-28T23:00:00Z", "2027-03-31T22:00:00Z"], hours: [743]),
        // The change is on the last day of the month.
        paris("1mo", ["2027-09-30T22:00:00Z", "2027-10-31T23:00:00Z"], hours: [745]),
        paris(
            "1mo@06:00", ["2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z"], hours: [743]),
        paris(
            "1mo@06:00", ["2027-10-01T04:00:00Z", "2027-11-01T05:00:00Z"], hours: [745]),
        paris(
            "1y@06:00", ["2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z"], hours: [8_760]),
    ]

    /// Lord Howe Island moves its clocks by half an hour, from 11 to 10 1/2 hours east; French
    /// Guiana and Tahiti never do.
    private static let elsewhere: [Edges] = [
        Edges(
            zone: "Australia/Lord_Howe", step: "1d",
            texts: [
                "2026-04-03T13:00:00Z", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z",
                "2026-04-06T13:30:00Z",
            ], halfHours: [48, 49, 48]),
        Edges(
            zone: "Australia/Lord_Howe", step: "1d",
            texts: [
                "2026-10-02T13:30:00Z", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z",
                "2026-10-05T13:00:00Z",
            ], halfHours: [48, 47, 48]),
        Edges(
            zone: "Australia/Lord_Howe", step: "1d@06:00",
            texts: ["2027-04-02T19:00:00Z", "2027-04-03T19:30:00Z", "2027-04-04T19:30:00Z"],
            halfHours: [49, 48]),
        Edges(
            zone: "Australia/Lord_Howe", step: "1d@06:00",
            texts: ["2027-10-01T19:30:00Z", "2027-10-02T19:00:00Z", "2027-10-03T19:00:00Z"],
            halfHours: [47, 48]),
        Edges(
            zone: "America/Cayenne", step: "1d",
            texts: ["2026-03-28T03:00:00Z", "2026-03-29T03:00:00Z", "2026-03-30T03:00:00Z"],
            halfHours: [48, 48]),
        Edges(
            zone: "America/Cayenne", step: "1mo@06:00",
            texts: ["2026-10-01T09:00:00Z", "2026-11-01T09:00:00Z"], halfHours: [1_488]),
        Edges(
            zone: "Pacific/Tahiti", step: "1d@06:00",
            texts: ["2027-10-30T16:00:00Z", "2027-10-31T16:00:00Z", "2027-11-01T16:00:00Z"],
            halfHours: [48, 48]),
    ]

    @Test(arguments: days + gasDays + longer + elsewhere)
    func intervalsAreThese(edges: Edges) throws {
        let zone = try #require(CivilZone(identifier: edges.zone))
        let step = try #require(CivilStep(parsing: edges.step))
        let instants = try edges.texts.map { text in
            let parsed = parseRFC3339(Array(text.utf8).span)
            return try #require(parsed)
        }
        for (start, end) in zip(instants, instants.dropFirst()) {
            #expect(step.end(from: start, zone: zone) == end)
            // Every quarter of an hour, and the last millisecond.
            for instant in Array(stride(from: start, to: end, by: 900_000)) + [end - 1] {
                #expect(step.start(of: instant, zone: zone) == start, "\(instant)")
            }
        }
        let lengths = zip(instants, instants.dropFirst()).map { $1 - $0 }
        #expect(edges.halfHours.isEmpty || lengths == edges.halfHours.map { $0 * 1_800_000 })
    }

    @Test(arguments: [
        ("Europe/Paris", "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z", 3_600_000),
        ("Australia/Lord_Howe", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", 3_600_000),
        ("Australia/Lord_Howe", "2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z", 1_800_000),
        ("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 900_000),
        ("America/Caracas", "2007-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 1_800_000),
        // 9 minutes and 21 seconds east until March 1911.
        ("Europe/Paris", "1911-03-01T00:00:00Z", "1911-04-01T00:00:00Z", 3_000),
    ])
    func grainOfOffsets(name: String, from: String, to: String, grain: Int64) throws {
        let zone = try #require(CivilZone(identifier: name))
        let start = parseRFC3339(Array(from.utf8).span)
        let end = parseRFC3339(Array(to.utf8).span)
        #expect(zone.offsetGrain(from: try #require(start), to: try #require(end)) == grain)
    }
}
