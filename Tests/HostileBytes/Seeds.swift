import BlockCodec
import Foundation
import StoredSeries
import StrictYAML
import Telemetry
import Windows

/// Where the files of this repository are.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let devices = root.appending(path: "devices").path
}

/// What a fuzzer begins with: sound inputs of each kind.
public enum Seeds {
    /// 2026-03-28 12:00 UTC, a day before the clocks change in Europe.
    private static let start: Int64 = 1_774_699_200_000
    private static let minute: Int64 = 60_000

    /// Readings of two series, a minute apart, with a fall of what may be a counter.
    private static func readings(_ kind: MetricKind, count: Int64) -> [Reading] {
        (0..<count).flatMap { index in
            (0..<SeriesID(2)).map { series in
                let bits = kind == .state ? index / 5 % 3 : 1_000 + 7 * index % 61 + index / 9
                return Reading(
                    series: series, time: start + index * minute / 2,
                    value: Value(index == 17 ? bits / 4 : bits, scale: kind == .state ? 0 : 1),
                    sequence: 0, quality: index % 11 == 3 ? .late : .deviceTime)
            }
        }
    }

    /// A block of windows of the readings, or of the readings themselves where there is no kind.
    private static func block(
        _ kind: MetricKind?, of readings: [Reading], step: Int64, effort: BlockEncoder.Effort
    ) -> [UInt8] {
        guard let kind else {
            return encoded(
                ReadingColumns.blockKind, readings.count, ReadingColumns.columns(of: readings),
                effort)
        }
        var windows: [WindowColumns.Row] = []
        ReadingSet(readings).forEachSeries { series, run in
            windows += WindowFolding.windows(of: run, rule: WindowRule(kind), step: step)
                .map { (series, $0) }
        }
        var writer = WindowColumnWriter(
            kind: kind, form: NumberForm(of: windows.map(\.window), kind: kind))
        for row in windows { writer.add(row.window, of: row.series) }
        return encoded(
            WindowColumns.blockKind(kind), writer.rowCount, writer.columns, effort)
    }

    private static func encoded(
        _ kind: UInt8, _ rowCount: Int, _ columns: [Column], _ effort: BlockEncoder.Effort
    ) -> [UInt8] {
        var encoder = BlockEncoder()
        var bytes: [UInt8] = []
        encoder.encode(
            kind: kind, rowCount: rowCount, columns: columns, effort: effort, appendTo: &bytes)
        return bytes
    }

    /// A block of readings, and one of windows of each kind, as they are written soon and sealed.
    public static var blocks: [[UInt8]] {
        ([nil] + MetricKind.allCases).flatMap { kind in
            [BlockEncoder.Effort.thorough, .smallest].map { effort in
                let readings = readings(kind ?? .gauge, count: effort == .smallest ? 170 : 40)
                return block(kind, of: readings, step: minute, effort: effort)
            }
        }
    }

    /// A store of each kind with the block in each of its places, for each of the questions.
    public static var stores: [[UInt8]] {
        var question: UInt8 = 0
        return MetricKind.allCases.flatMap { kind in
            StoreInput.Place.all.indices.map { place in
                defer { question += 1 }
                return store(kind, place: UInt8(place), question: question).serialized
            }
        }
    }

    private static func store(
        _ kind: MetricKind, place: UInt8, question: UInt8
    ) -> StoreInput {
        var input = StoreInput()
        input.placeNumber = place
        input.question = question % 12
        input.seriesKind = kind.rawValue
        input.batchKind = kind.rawValue
        input.flags = kind == .counter ? 2 : 0
        input.step = minute
        input.horizon = -1
        let readings = readings(kind, count: 40)
        input.firstStart = start
        input.lastStart = start + 20 * minute
        input.windows = 20
        input.from = start
        input.to = start + 10 * minute
        input.meterTime = start + 8 * minute
        input.key = "energy{site=\"mairie\"}"
        input.unit = "W.h"
        input.states = kind == .state ? "0=off\n1=on" : ""
        input.modulus = kind == .counter ? "100000" : ""
        (input.oldIndex, input.newIndex) = ("105.5", "0")
        input.stepText = "15m"
        (input.since, input.until) = ("2026-03-28 12:05", "now-1d")
        switch input.place {
        case .segments:
            input.block = block(nil, of: readings, step: minute, effort: .thorough)
        case .batches:
            input.block = block(kind, of: readings, step: minute, effort: .thorough)
        case .blocks(let tier):
            input.block = block(
                kind, of: readings.filter { $0.series == 0 }, step: max(minute, tier),
                effort: .thorough)
        }
        return input
    }

    /// Messages of each format, and the examples of the profiles of this repository, each behind
    /// the number of its format in ``AnyFormat/all``.
    public static func payloads() throws -> [[UInt8]] {
        let examples = try profileFiles().flatMap { file in
            let root = try YAMLDocument.read(text: file.text, file: "p.yaml")
            let format = root.member("decode")?.text ?? ""
            let place = AnyFormat.all.firstIndex { $0.name == format } ?? 0
            return payloads(of: root).map { [UInt8(place)] + Array($0.utf8) }
        }
        return examples + [[255] + sparkplug + sparkplug] + formatMessages()
    }

    /// One message for each format.
    public static func formatMessages() -> [[UInt8]] {
        AnyFormat.all.enumerated().compactMap { place, format in
            messages[format.name].map { [UInt8(place)] + $0 }
        }
    }

    private static let messages: [String: [UInt8]] = [
        "json": Array(
            (#"{"time":"2026-03-29T12:00:00","n":7,"a":1.5,"label":"x","e":"on","f":"3,5%","#
                + #""p":{"q":9},"r":[{"s":2}]}"#).utf8),
        "text": Array("68,5 °F".utf8),
        "influx": Array("cpu,host=a idle=1.5,used=2i 1774699200000000000\n".utf8),
        "senml": Array(#"[{"bn":"a","n":"b","v":1,"t":-5}]"#.utf8),
        "cayenne-lpp": [
            3, 0, 1, 1, 0x67, 1, 0x10, 1, 0x88, 6, 0x76, 0x5f, 0xf2, 0x96, 0x0a, 0, 3, 0xe8,
        ],
        "collectd": Array("1774699200.5:1:2.5e3\0".utf8),
        "openmetrics": Array(
            "d 2\n# TYPE a counter\n# UNIT a s\na_total{b=\"c\\n\"} 1.5 12.25 # {} 1\n# EOF\n".utf8),
        "senml-cbor": cbor,
        "tic": Array("\u{2}\nIRMS1\t004\t2\r\u{3}".utf8),
        "telegraf-json": Array(
            (#"{"metrics":[{"name":"a","tags":{"b":"c"},"fields":{"d":1,"e":true},"#
                + #""timestamp":9}]}"#).utf8),
        "telegraf": Array("cpu idle=1\n".utf8),
        "sparkplug": sparkplug,
        "bytes": [0x41, 2, 0, 0, 1, 0x27, 0, 1, 0, 2, 0x3e, 0],
        "hex": Array("01 01 05 00fb 0300 12345678 00 aa".utf8),
        "base64": Array("gaIAYXgCGGQ=".utf8),
        "lorawan": Array(
            (#"{"deviceInfo":{"deviceProfileName":"m"},"time":"2026-03-29T01:00:00Z","#
                + #""fPort":2,"fCnt":3,"data":"wAABAgME","object":{"a":1,"b":{"c":[2]}}}"#).utf8),
        "delimited": Array("21,5;x;-3".utf8),
        "pairs": Array("ct1:120,t:-2.5".utf8),
    ]

    private static let cbor: [UInt8] = [
        0x9f, 0xbf, 0x21, 0x61, 0x61, 0x22, 0x1a, 0x69, 0xc8, 0, 0, 0, 0x61, 0x78, 2, 0xc4,
        0x82, 0x20, 0x19, 1, 0, 0xff, 0xa3, 0, 0x61, 0x79, 3, 0x7f, 0x61, 0x7a, 0xff, 1, 0x61,
        0x56, 0xff,
    ]

    /// A payload with a metric called `a`, alias 1, of type Int32.
    private static let sparkplug: [UInt8] = [
        8, 0x80, 0xe4, 0xf2, 0xb8, 0xb3, 0x31, 0x12, 9, 0x0a, 1, 0x61, 0x10, 1, 0x20, 3, 0x50, 5,
        0x18, 0,
    ]

    private static func payloads(of node: YAMLNode) -> [String] {
        switch node.content {
        case .mapping(let members):
            members.flatMap { member in
                member.key == "payload"
                    ? member.value.text.map { [$0] } ?? [] : payloads(of: member.value)
            }
        case .sequence(let nodes): nodes.flatMap(payloads)
        default: []
        }
    }

    /// The profiles of this repository.
    public static func profiles() throws -> [[UInt8]] {
        try profileFiles().map { Array($0.text.utf8) }
    }

    private static func profileFiles() throws -> [(name: String, text: String)] {
        let paths =
            FileManager.default.enumerator(atPath: Repository.devices)?
            .compactMap { $0 as? String } ?? []
        return try paths.filter { $0.hasSuffix(".yaml") }.sorted().map {
            ($0, try String(contentsOfFile: Repository.devices + "/" + $0, encoding: .utf8))
        }
    }
}
