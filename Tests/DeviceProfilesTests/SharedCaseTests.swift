import DeviceProfiles
import Foundation
import Telemetry
import Testing

/// The shared payloads of real devices whose format is JSON, a scalar or a decoded LoRaWAN object:
/// a profile that names each value's place reads what the case expects of it, to the digit, at the
/// time that it expects.
@Suite(
    .enabled(
        if: SharedCases.areThere, "../shared/devices/cases.jsonl is not here: its cases are not run"
    ))
struct SharedCaseTests {
    /// How the devices of a kind say their time.
    private static let times: [String: String] = [
        "tasmota-sensor":
            "time: { from: [$.Time, $.StatusSNS.Time], iso: true, zone: Europe/Paris }",
        "tasmota-state": "time: { from: $.Time, iso: true, zone: Europe/Paris }",
        "wmbusmeters-json": "time: { from: $.timestamp, iso: true, zone: required }",
        "zigbee2mqtt": "time: { from: $.last_seen, iso: true, zone: required }",
        "shelly-gen2-rpc": "time: { from: $.params.ts, epoch: s }",
        "json-value": "time: { from: $.ts, epoch: ms }",
        "json-flat": "time: { from: $.time, iso: true, zone: Europe/Paris }",
        "sparkplug-state": "time: { from: $.timestamp, epoch: ms }",
    ]

    @Test(arguments: SharedCases.placed)
    func valuesAreReadFromTheirPlaces(_ shared: SharedCase) throws {
        let places = shared.places
        #expect(!places.isEmpty)
        let isLoRaWAN = shared.kind.hasPrefix("lorawan")
        let isScalar = places.first?.path == "$"
        var lines: [String] = []
        for (number, place) in places.enumerated() {
            let path = isLoRaWAN ? String(place.path.dropFirst(2)) : place.path
            let from = isScalar ? "" : "from: \(yaml(path)), "
            lines.append("  - { metric: v\(number), \(from)unit: '1', kind: gauge\(place.map) }")
        }
        let decode = isLoRaWAN ? "{ lorawan: object }" : isScalar ? "text" : "json"
        let payload = String(decoding: shared.payload, as: UTF8.self)
        let topic = isLoRaWAN ? "{ topic: '\(shared.topic)' }" : "{ topic: \(yaml(shared.topic)) }"
        let text = profileText(
            match: topic, decode: decode,
            extra: isScalar ? "" : Self.times[shared.kind] ?? "",
            readings: lines.joined(separator: "\n"),
            tests: "  - { topic: \(yaml(shared.topic)), payload: '', expect: {} }")
        let found = try readings(
            profileSet(text), shared.topic, Array(payload.utf8), arrival: 1_800_000_000_000)
        for (number, place) in places.enumerated() {
            let reading = found.first { $0.name == "v\(number)" }
            let value = try #require(reading?.value, "\(place.path) of \(shared.id)")
            #expect(abs(value - place.value) <= abs(place.value) * 1e-12, "\(place.path)")
            if let time = place.time, !isScalar,
                !["linky-teleinfo2mqtt", "json-path"].contains(shared.kind)
            {
                // In these two each value has a time of its own, which profiles cannot name.
                #expect(reading?.time == time, "\(place.path) of \(shared.id)")
            }
        }
    }

    /// What is neither a document nor a decoder of its own: a layout, or a delimited text.
    private static let written: [String: (decode: String, fields: [String])] = [
        "tbin-A": (
            """
            { bytes: { order: little, layout: [ { time: u64, at: 20 },
                { when: { byte2: 0x0a }, layout: [
                  { field: count, type: u32, at: 6 }, { field: value, type: f64, at: 12 } ] } ] } }
            """, ["count", "value"]
        ),
        "emon-rx": (
            "{ delimited: { separator: ',', fields: [a, b, c] } }", ["a", "b", "c"]
        ),
        "emon-esp": (
            "{ delimited: { separator: ',', pairs: ':' } }", ["ct1", "ct2", "t1", "t2"]
        ),
    ]

    @Test(arguments: SharedCases.all.filter { written[$0.id] != nil })
    func layoutsAndTextsAreWritten(_ shared: SharedCase) throws {
        let profile = try #require(Self.written[shared.id])
        let lines = profile.fields.map {
            "  - { metric: \($0), from: \($0), unit: '1', kind: gauge }"
        }
        let text = profileText(
            match: "{ topic: \(yaml(shared.topic)) }", decode: profile.decode,
            readings: lines.joined(separator: "\n"),
            tests: "  - { topic: \(yaml(shared.topic)), payload: '', expect: {} }")
        let found = try readings(
            profileSet(text), shared.topic, shared.payload, arrival: 1_800_000_000_000)
        #expect(found.map(\.value) == shared.expected.map(\.value))
        for (reading, expected) in zip(found, shared.expected) {
            if let time = expected.time { #expect(reading.time == time) }
        }
    }

    /// What the profiles read that the cases do not expect, and why that is right.
    private static let beyond: Set<String> = [
        // The source read the meter's numbers as octal ones, since they begin with zeros.
        "ttn-b-meters-iwmlr3-0 water_volume", "ttn-b-meters-iwmlr3-0 water_returned",
        // The source says nothing but that there is no sensor.
        "ttn-dragino-ldds20-0 battery_voltage", "ttn-dragino-ldds75-0 battery_voltage",
        // The intensity subscribed, 45 A, times 200 V.
        "adeunis-tic-mono-49 subscribed_power",
    ]

    /// What `devices/` makes of the LoRaWAN frames: whatever number a profile reads is what the
    /// case expects, and most devices of the cases are read.
    @Test func profilesReadFramesRight() throws {
        let set = try ProfileSet.load(directory: SharedCases.devices)
        var readCount = 0
        var read: Set<String> = []
        var surprises: Set<String> = []
        let cases = SharedCases.all.filter { $0.kind.hasPrefix("lorawan") }
        for shared in cases {
            let payload = try shared.payloadWithModel()
            let found = try readings(set, shared.topic, payload, arrival: 1_800_000_000_000)
            if !found.isEmpty { read.insert(shared.id) }
            readCount += found.count
            for reading in found
            where !reading.isState && !shared.expects(reading.value, in: reading.unit) {
                surprises.insert("\(shared.id) \(reading.name)")
            }
        }
        #expect(surprises == Self.beyond)
        #expect(cases.count == 67)
        #expect(read.count >= 52, "\(cases.map(\.id).filter { !read.contains($0) })")
        #expect(readCount >= 160)
    }

    private func yaml(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }
}

/// A reading with its name and time, for comparisons by number.
struct FoundReading {
    let name: String
    let value: Double
    let unit: String
    let isState: Bool
    let time: Int64
}

private func readings(
    _ set: ProfileSet, _ topic: String, _ payload: [UInt8], arrival: Int64
) throws -> [FoundReading] {
    guard let (match, message) = try decoded(set, topic, payload, arrival: arrival) else {
        return []
    }
    return message.readings.map { reading in
        let series = match.series(of: reading, in: message)
        return FoundReading(
            name: series.key.metric, value: reading.value.double, unit: series.unit,
            isState: series.kind == .state, time: reading.time)
    }
}
