import DeviceProfiles
import Foundation
import Telemetry
import Testing

/// Malformed and hostile messages from the field, each with what a careful program does.
struct HostileMessageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let file = root.appending(path: "../shared/devices/bad.jsonl.gz").path
    private static let isThere = FileManager.default.fileExists(atPath: file)

    private struct Message: Decodable {
        struct Expected: Decodable {
            let metric: String
            let value: Double
            let ts: String?
        }

        let id: String
        let kind: String
        let topic: String
        let base64: String
        let verdict: String
        let expected: [Expected]

        private enum CodingKeys: String, CodingKey {
            case id, kind, topic, verdict, expected
            case base64 = "payload_b64"
        }

        var payload: [UInt8] { Array(Data(base64Encoded: base64) ?? Data()) }
    }

    private func messages() throws -> [Message] {
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/bin/gzip")
        gzip.arguments = ["-dc", Self.file]
        let pipe = Pipe()
        gzip.standardOutput = pipe
        try gzip.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        gzip.waitUntilExit()
        return try bytes.split(separator: 10).map {
            try JSONDecoder().decode(Message.self, from: $0)
        }
    }

    /// The places that the file's JSON messages may have readings in.
    private static let places = [
        "temperature", "v", "ENERGY.Power", "apparent_power", "battery", "energy", "frequency",
        "EAST", "total", "PAPP.value", "uplink_message.decoded_payload.temperature",
    ]

    private func jsonProfile() throws -> ProfileSet {
        let readings = Self.places.enumerated().map { index, place in
            "  - { metric: m\(index), from: '$.\(place)', unit: '1', kind: gauge }"
        }
        return try profileSet(
            profileText(
                extra: "time: { from: $.Time, iso: true, zone: Europe/Paris }",
                readings: readings.joined(separator: "\n")))
    }

    private func textProfile() throws -> ProfileSet {
        try profileSet(
            profileText(
                decode: "text", readings: "  - { metric: m, unit: '1', kind: gauge }",
                tests: "  - { topic: town/a/meter/b, payload: '1', expect: { m: 1 } }"))
    }

    private static let jsonKinds: Set = ["json", "tasmota", "zigbee2mqtt", "topic"]

    /// 2026-03-29, after the clocks changed.
    private static let arrival: Int64 = 1_774_750_000_000

    @Test(.enabled(if: isThere, "the shared messages are not beside this checkout"))
    func verdictsHold() throws {
        let json = try jsonProfile()
        let text = try textProfile()
        var judged = 0
        for message in try messages() {
            let isText = message.kind == "scalar"
            guard isText || Self.jsonKinds.contains(message.kind) else { continue }
            let decoded: Decoded?
            do {
                decoded = try Decoded(
                    isText ? text : json, message.payload, arrival: Self.arrival)
            } catch {
                decoded = nil
            }
            judged += 1
            switch message.verdict {
            case "quarantine": #expect(decoded == nil, "\(message.id)")
            case "nothing" where message.kind != "topic":
                #expect(decoded?.values == [:], "\(message.id)")
            case "readings": try expect(message, decoded)
            default: break
            }
        }
        #expect(judged > 40)
    }

    private func expect(_ message: Message, _ decoded: Decoded?) throws {
        let decoded = try #require(decoded, "\(message.id)")
        for expected in message.expected {
            let place = try #require(Self.places.firstIndex(of: expected.metric), "\(message.id)")
            #expect(decoded.values[place].flatMap { Double($0) } == expected.value, "\(message.id)")
            if let text = expected.ts {
                #expect(rfc3339(decoded.time, offsetSeconds: 0) == text, "\(message.id)")
            }
        }
    }

    /// No message of any kind stops a decoder that it was not made for.
    @Test(.enabled(if: isThere, "the shared messages are not beside this checkout"))
    func nothingTraps() throws {
        let sets = [try jsonProfile(), try textProfile()]
        for message in try messages() {
            for set in sets {
                let topic = Array(message.topic.utf8)
                _ = set.match(topic: topic.span)
                if let decoded = try? Decoded(set, message.payload) {
                    #expect(decoded.values.count <= message.payload.count, "\(message.id)")
                }
            }
        }
    }
}
