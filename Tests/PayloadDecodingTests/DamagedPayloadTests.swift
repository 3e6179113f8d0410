import Foundation
import PayloadDecoding
import Telemetry
import Testing

/// Damaged messages are refused or read, but never trap: cut at every byte, with every bit turned,
/// and with bytes changed, doubled and taken away at random.
struct DamagedPayloadTests {
    enum Format: CaseIterable { case json, cbor, birth, data }

    private static let json = Array(
        (#"[{"bn":"urn:é:","bt":1276020076.001,"bu":"A","bver":5,"bv":1.5,"bs":2,"n":"x","u":"V","#
            + #""v":120.1,"s":1},{"n":"y","t":-5,"vs":"\u20ac\ud83c\udf21"},{"n":"z","vb":true,"#
            + #""x":[{"y":[]},"q",-1e5]},{"n":"w","vd":"AQ","ut":null}]"#)
            .replacing(#""ut":null"#, with: #""ut":3"#).utf8)
    private static let cbor = bytes(
        hex: "9fbf200a 2163613a62 22fb41d303a15b001062 236156 24c4822103 2507 007f616161c3ff"
            .replacing("61c3ff", with: "62c3a9ff")
            + "02fb405e066666666666 0502 0621 07183c 6178 a2019f01820203ff f6c2420102 ff"
            + "a2006161 0843010203 a2006162 02f93e00 a2006163 02c24101 ff")
    private static let birth = sparkplugPayload(
        [
            MadeUpMetric(
                name: "Temp", alias: 1, time: 5, type: 9,
                properties: [("a", "b"), ("engUnit", "°C")],
                value: .float(1)),
            MadeUpMetric(name: "bdSeq", alias: 2, type: 4, value: .long(.max)),
            MadeUpMetric(name: "n", alias: 3, type: 2, isNull: true),
            MadeUpMetric(name: "t", type: 12, value: .string("é")),
            MadeUpMetric(name: "y", type: 17, value: .bytes([1, 2])),
        ], sequence: 0, uuid: "u")
    private static let data = sparkplugPayload(
        [
            MadeUpMetric(alias: 1, value: .double(2)),
            MadeUpMetric(alias: 2, value: .int(0xffff_ffff)),
            MadeUpMetric(alias: 3, time: 9, value: .int(0xff88)),
        ], sequence: 1)

    private static func message(_ format: Format) -> [UInt8] {
        switch format {
        case .json: json
        case .cbor: cbor
        case .birth: birth
        case .data: data
        }
    }

    /// Whether a payload is taken; every text of what it gives is read too.
    @discardableResult
    private func take(_ format: Format, _ payload: [UInt8]) -> Bool {
        var list = FieldList()
        do throws(PayloadError) {
            switch format {
            case .json: try decodeSenMLJSON(payload.span, arrival: 1, into: &list)
            case .cbor: try decodeSenMLCBOR(payload.span, arrival: 1, into: &list)
            case .birth, .data:
                var session = SparkplugSession()
                if format == .data {
                    try session.decode(
                        Self.birth.span, .nodeBirth, into: &list)
                }
                try session.decode(
                    payload.span, format == .birth ? .nodeBirth : .nodeData,
                    into: &list)
                try session.decode(Self.data.span, .nodeData, into: &list)
                try session.decode(payload.span, .nodeDeath, into: &list)
            }
        } catch { return false }
        for field in list.fields {
            if let time = field.time { #expect(calendarInstants.contains(time)) }
            if case .number(let value) = field.value { #expect(value.double.isFinite) }
        }
        return list.described.count == list.fields.count
    }

    @Test(arguments: Format.allCases)
    func everyCut(format: Format) {
        let message = Self.message(format)
        #expect(take(format, message))
        for size in 0..<message.count {
            let isTaken = take(format, Array(message[..<size]))
            // A Protocol Buffers message that is cut between two fields is one too.
            if format == .json || format == .cbor { #expect(!isTaken, "\(size) bytes") }
        }
    }

    @Test(arguments: Format.allCases)
    func everyBit(format: Format) {
        let message = Self.message(format)
        for bit in 0..<message.count * 8 {
            var damaged = message
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            take(format, damaged)
        }
    }

    /// `SEED=… swift test` repeats a run.
    @Test(arguments: Format.allCases)
    func manyChanges(format: Format) {
        let seed =
            ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<4_000 {
            var damaged = Self.message(format)
            for _ in 0...random.next() % 4 where !damaged.isEmpty {
                let place = Int(random.next() % UInt64(damaged.count))
                switch random.next() % 4 {
                case 0: damaged[place] = UInt8(random.next() & 0xff)
                case 1: damaged.insert(UInt8(random.next() & 0xff), at: place)
                case 2: damaged.remove(at: place)
                default: damaged.insert(contentsOf: damaged[(place / 2)...place], at: place)
                }
            }
            take(format, damaged)
        }
    }
}
