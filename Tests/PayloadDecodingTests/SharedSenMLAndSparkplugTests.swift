import Foundation
import PayloadDecoding
import Telemetry
import Testing

/// The cases of `../shared/devices` for SenML and Sparkplug, which are not part of the package.
struct SharedSenMLAndSparkplugTests {
    private static let kinds = ["senml-json", "senml-cbor", "sparkplug-b"]
    private static let arrival: Int64 = 1_700_000_000_000

    private struct Case: Decodable {
        var id: String
        var kind: String
        var topic: String
        var payloadB64: String?
        var payloadText: String?
        var payloadHex: String?
        var expected: [Expected]
        var verdict: String?
        var needsBirth: [String: String]?

        var payload: [UInt8] {
            if let data = payloadB64.flatMap({ Data(base64Encoded: $0) }) { return Array(data) }
            if let hex = payloadHex { return bytes(hex: hex) }
            return Array((payloadText ?? "").utf8)
        }
    }

    private struct Expected: Decodable {
        var metric: String
        var value: JSONValue
        var unit: String?
        var ts: String?
    }

    private enum JSONValue: Decodable, Equatable {
        case boolean(Bool)
        case number(Double)
        case text(String)
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let boolean = try? container.decode(Bool.self) {
                self = .boolean(boolean)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    // MARK: - Tests

    @Test(.enabled(if: isThere, "the shared messages are not beside this checkout"))
    func goodCases() throws {
        let lines = try #require(Self.lines("cases.jsonl"))
        var sessions: [String: SparkplugSession] = [:]
        var count = 0
        for test in try Self.cases(lines) {
            var list = FieldList()
            try Self.decode(test, &sessions, into: &list)
            Self.compare(test, list)
            count += 1
        }
        #expect(count > 0)
    }

    @Test(.enabled(if: isThere, "the shared messages are not beside this checkout"))
    func badCases() throws {
        let lines = try #require(Self.lines("bad.jsonl.gz"))
        var count = 0
        for test in try Self.cases(lines) {
            var sessions: [String: SparkplugSession] = [:]
            var list = FieldList()
            var isRefused = false
            do { try Self.decode(test, &sessions, into: &list) } catch { isRefused = true }
            let readings = list.fields.filter { field in
                field.value != .null && field.value != .noNumber
            }
            switch test.verdict {
            case "quarantine": #expect(isRefused, "\(test.id)")
            case "nothing": #expect(!isRefused && readings.isEmpty, "\(test.id)")
            case "readings": Self.compare(test, list)
            case "survive": #expect(isRefused || readings.isEmpty, "\(test.id)")
            default: Issue.record("\(test.id): a verdict that this test does not know")
            }
            if test.id == "spb-seq" {
                #expect(sessions.values.allSatisfy(\.wantsRebirth) && sessions.count == 1)
            }
            count += 1
        }
        #expect(count > 0)
    }

    // MARK: - Decoding

    private static func decode(
        _ test: Case, _ sessions: inout [String: SparkplugSession], into list: inout FieldList
    ) throws {
        switch test.kind {
        case "senml-json":
            try decodeSenMLJSON(test.payload.span, arrival: arrival, into: &list)
        case "senml-cbor":
            try decodeSenMLCBOR(test.payload.span, arrival: arrival, into: &list)
        default:
            let bytes = Array(test.topic.utf8)
            let parsed = SparkplugTopic(parsing: bytes.span)
            let topic = try #require(parsed)
            let node = String(
                decoding: bytes[topic.group] + [0x2f] + bytes[topic.node], as: UTF8.self)
            // Cases that need a birth under names bring it; those with aliases follow theirs.
            let isAlone = test.needsBirth?.keys.contains { !$0.hasPrefix("alias ") } ?? false
            var session = try isAlone ? born(test) : sessions[node] ?? SparkplugSession()
            try session.decode(
                test.payload.span, topic.message, device: bytes.span.extracting(topic.device),
                into: &list)
            sessions[node] = session
        }
    }

    /// A session that has had the birth that a case says it needs.
    private static func born(_ test: Case) throws -> SparkplugSession {
        var session = SparkplugSession()
        guard let needed = test.needsBirth else { return session }
        let types = [
            "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FLOAT",
            "DOUBLE", "BOOLEAN", "STRING", "DATETIME", "TEXT", "UUID",
        ]
        let metrics = needed.map { name, type in
            MadeUpMetric(name: name, type: types.firstIndex(of: type).map { UInt64($0 + 1) })
        }
        var list = FieldList()
        try session.decode(
            sparkplugPayload(metrics, sequence: 0).span, .nodeBirth, into: &list)
        return session
    }

    private static func compare(_ test: Case, _ list: FieldList) {
        #expect(list.fields.count == test.expected.count, "\(test.id)")
        var left = list.fields
        for expected in test.expected {
            // In the order of the payload where one name comes several times.
            let place = left.firstIndex { list.text($0.name) == expected.metric }
            guard let place else {
                Issue.record("\(test.id): \(expected.metric) is missing")
                continue
            }
            let field = left.remove(at: place)
            let note: Comment = "\(test.id): \(expected.metric)"
            #expect(value(field.value, list) == expected.value, note)
            #expect(list.text(field.unit) == expected.unit ?? "", note)
            #expect(field.time == expected.ts.flatMap { parseRFC3339(Array($0.utf8).span) }, note)
        }
    }

    private static func value(_ value: FieldValue, _ list: FieldList) -> JSONValue {
        switch value {
        case .number(let number): .number(number.double)
        case .boolean(let boolean): .boolean(boolean)
        case .text(let text): .text(list.text(text))
        case .noNumber, .null: .null
        }
    }

    // MARK: - Files

    private static func cases(_ lines: Data) throws -> [Case] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try lines.split(separator: UInt8(ascii: "\n")).compactMap { line in
            struct Kind: Decodable { var kind: String? }
            guard let kind = try JSONDecoder().decode(Kind.self, from: line).kind,
                kinds.contains(kind)
            else { return nil }
            return try decoder.decode(Case.self, from: line)
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "../shared/devices"
        ).path

    private static let isThere = FileManager.default.fileExists(atPath: folder)

    /// The lines of a file.
    private static func lines(_ name: String) -> Data? {
        let file = folder + "/" + name
        guard name.hasSuffix(".gz") else { return FileManager.default.contents(atPath: file) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file]
        process.standardOutput = output
        guard (try? process.run()) != nil else { return nil }
        defer { process.waitUntilExit() }
        return try? output.fileHandleForReading.readToEnd()
    }
}
