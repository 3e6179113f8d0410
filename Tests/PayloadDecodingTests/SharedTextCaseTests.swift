import Foundation
import PayloadDecoding
import Telemetry
import Testing

/// The collected messages of /shared/devices, where they are there: of the formats whose payload
/// is a text, and of Cayenne LPP, which comes in the same envelope of a test.
struct SharedTextCaseTests {
    private static let decoders: [String: NamedDecoder] = [
        "influx-line": NamedDecoder(name: "influx-line") {
            try decodeInfluxLine($0.span, into: &$1)
        },
        "openmetrics": NamedDecoder(name: "openmetrics") {
            try decodeOpenMetrics($0.span, into: &$1)
        },
        "telegraf-json": NamedDecoder(name: "telegraf-json") {
            try decodeTelegrafJSON($0.span, into: &$1)
        },
        "linky-tic-raw": NamedDecoder(name: "linky-tic-raw") {
            _ = try decodeTeleinformation($0.span, into: &$1)
        },
        "cayenne-lpp": NamedDecoder(name: "cayenne-lpp") { bytes, list in
            let isWhole = try decodeCayenneLPP(bytes.span, into: &list)
            #expect(isWhole)
        },
    ]

    @Test(.enabled(if: isThere, "the shared messages are not beside this checkout"))
    func casesAreRead() throws {
        let text = try contents(folder + "/cases.jsonl")
        let units = try JSONDecoder().decode(
            UnitMap.self, from: Data(contentsOf: URL(filePath: folder + "/units-map.json")))
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let data = Data(line.utf8)
            let kind = try JSONDecoder().decode(SharedKind.self, from: data).kind
            guard kind == "collectd" || Self.decoders[kind] != nil else { continue }
            let message = try JSONDecoder().decode(SharedCase.self, from: data)
            try check(message, units.map)
            counts[kind, default: 0] += 1
        }
        #expect(Set(counts.keys) == Set(Self.decoders.keys).union(["collectd"]))
    }

    private func check(_ message: SharedCase, _ units: [String: String?]) throws {
        var list = FieldList()
        try decode(message, into: &list)
        var names: Set<String> = []
        for expected in message.expected {
            let name = message.kind == "collectd" ? lastPart(expected.metric) : expected.metric
            names.insert(name)
            let tags = expected.tags ?? [:]
            let found = list.fields.filter {
                list.text($0.name) == name && list.tags(of: $0) == tags
            }
            guard found.count == 1 else {
                Issue.record("\(message.id): \(name) is there \(found.count) times")
                continue
            }
            #expect(list.matches(found[0].value, expected.value), "\(message.id): \(name)")
            // The oracle of line protocol cannot tell the time 0 from none.
            let isZeroOrNone = message.kind == "influx-line" && found[0].time == 0
            if !(expected.ts == nil && isZeroOrNone) {
                let time = expected.ts.flatMap { parseRFC3339(Array($0.utf8).span) }
                #expect(found[0].time == time, "\(message.id): \(name)")
            }
            let unit = list.text(found[0].unit)
            if !unit.isEmpty || (expected.unit != nil && message.kind != "collectd") {
                let code = (units[unit] ?? nil) ?? unit
                #expect(code == expected.unit.map { (units[$0] ?? nil) ?? $0 }, "\(name)")
            }
        }
        // The collection leaves out the version of the TIC.
        let others = list.fields.map { list.text($0.name) }.filter { !names.contains($0) }
        #expect(Set(others).isSubset(of: ["VTIC"]), "\(message.id)")
        #expect(list.fields.count - others.count == message.expected.count, "\(message.id)")
    }

    private func decode(_ message: SharedCase, into list: inout FieldList) throws {
        if message.kind == "collectd" {
            let level = message.topic.split(separator: "/").last ?? ""
            let type = Array(level.utf8)
            try decodeCollectd(message.bytes.span, type: type.span, into: &list)
        } else {
            try Self.decoders[message.kind]?.decode(message.bytes, &list)
        }
    }

    /// `nothing` is a list without fields, `quarantine` a refusal, and `survive` neither a trap.
    @Test(.enabled(if: isThere, "the shared messages are not beside this checkout"))
    func badMessagesGiveNothing() throws {
        let text = try #require(unzipped(folder + "/bad.jsonl.gz"))
        var count = 0
        for line in text.split(separator: "\n") {
            let data = Data(line.utf8)
            let kind = try JSONDecoder().decode(SharedKind.self, from: data).kind
            guard let decoder = Self.decoders[kind] else { continue }
            let message = try JSONDecoder().decode(SharedCase.self, from: data)
            var list = FieldList()
            switch message.verdict {
            case "quarantine":
                #expect(throws: PayloadError.self, "\(message.id)") {
                    try decoder.decode(message.bytes, &list)
                }
            case "nothing":
                try decoder.decode(message.bytes, &list)
                #expect(list.described == [], "\(message.id)")
            default: try? decoder.decode(message.bytes, &list)
            }
            count += 1
        }
        #expect(count > 0)
    }
}

private struct SharedKind: Decodable { let kind: String }

private struct UnitMap: Decodable { let map: [String: String?] }

private struct SharedCase: Decodable {
    let id: String
    let kind: String
    let topic: String
    let payload: String
    let expected: [SharedReading]
    let verdict: String?

    var bytes: [UInt8] { Array(Data(base64Encoded: payload) ?? Data()) }

    private enum CodingKeys: String, CodingKey {
        case id, kind, topic, expected, verdict
        case payload = "payload_b64"
    }
}

private struct SharedReading: Decodable {
    let metric: String
    let value: SharedValue
    let unit: String?
    let ts: String?
    let tags: [String: String]?
}

private enum SharedValue: Decodable {
    case boolean(Bool)
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let boolean = try? container.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }
}

extension FieldList {
    fileprivate func tags(of field: Field) -> [String: String] {
        var tags: [String: String] = [:]
        for label in labels[field.labels] { tags[text(label.name)] = text(label.value) }
        return tags
    }

    fileprivate func matches(_ value: FieldValue, _ expected: SharedValue) -> Bool {
        switch (value, expected) {
        case (.boolean(let found), .boolean(let boolean)): found == boolean
        case (.number(let found), .number(let number)): found.double == number
        case (.text(let found), .text(let text)): self.text(found) == text
        default: false
        }
    }
}

private func lastPart(_ name: String) -> String {
    name.split(separator: ".").last.map(String.init) ?? name
}

private let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "../shared/devices"
    ).path
private let isThere = FileManager.default.fileExists(atPath: folder)

private func contents(_ path: String) throws -> String {
    try String(contentsOf: URL(filePath: path), encoding: .utf8)
}

private func unzipped(_ path: String) -> String? {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", path]
    process.standardOutput = output
    guard (try? process.run()) != nil, let data = try? output.fileHandleForReading.readToEnd()
    else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
}
