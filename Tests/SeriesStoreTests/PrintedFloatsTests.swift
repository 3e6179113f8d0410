import BlockCodec
import Foundation
import GRDB
import NaiveModel
import StoredSeries
import Telemetry
import Testing
import Windows

@testable import SeriesStore

/// Floats of 32 bits that were printed with the digits of a double take the room of floats, and come
/// back to the digit.
struct PrintedFloatsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A program's way to print a float.
    enum Print: CaseIterable, Sendable {
        case shortestDouble, fifteenDigits, fifteenHalfUp, cutToFifteen, nineDigits

        func callAsFunction(_ float: Float) -> String {
            switch self {
            case .shortestDouble: return "\(Double(float))"
            case .fifteenDigits: return String(format: "%.15g", Double(float))
            case .nineDigits: return String(format: "%.9g", Double(float))
            case .cutToFifteen: return rounded(float, .down)
            case .fifteenHalfUp: return rounded(float, .plain)
            }
        }

        private func rounded(_ float: Float, _ mode: NSDecimalNumber.RoundingMode) -> String {
            // All 38 digits of Foundation's decimals: a float's are fewer.
            var exact = Decimal(string: String(format: "%.30f", abs(Double(float)))) ?? 0
            var short = Decimal()
            let places = 14 - Int(log10(abs(Double(float))).rounded(.down))
            NSDecimalRound(&short, &exact, places, mode)
            return (float < 0 ? "-" : "") + "\(short)"
        }
    }

    private func readings(
        _ count: Int, of series: SeriesID, seed: UInt64, text: (inout SplitMix64) -> String
    ) -> [Reading] {
        var random = SplitMix64(seed: seed)
        return (0..<Int64(count)).map { index in
            let text = index % 300 == 299 ? "3.14159265358979" : text(&random)
            return Reading(
                series: series, time: springEve + index * 20_000,
                value: Value(parsing: Array(text.utf8).span) ?? Value(0))
        }
    }

    /// Stores readings, seals their blocks, and tells the bytes of these a window.
    private func bytesOfWindow(_ readings: [Reading], step: Int64) throws -> Double {
        let writer = try folder.writer()
        _ = try writer.intern("float", .gauge, step: step)
        for part in readings.chunked(by: 1_000) { try writer.commit(part, time: springEve) }
        let before = try statistics()
        try writer.settle(now: 1 << 50)
        try writer.compact()
        #expect(try statistics() == before)
        try writer.compact(sealing: 1 << 50)
        #expect(try statistics() == before)
        return try DatabaseQueue(path: folder.store).read { database in
            try Double.fetchOne(
                database,
                sql: "SELECT sum(length(block)) * 1.0 / sum(windows) FROM blocks WHERE tier = 0")
        } ?? .infinity
    }

    private func statistics() throws -> [String] {
        var found: [String] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            #expect(try snapshot.verify() == [])
            try snapshot.forEachSeries(
                [0], tier: .base, from: .min, to: .max, withPreceding: false
            ) { _, windows in
                found = windows.map {
                    "\($0.start) \($0.count) \($0.minimum) \($0.maximum) \($0.last) \($0.sum)"
                }
            }
        }
        return found
    }

    @Test(arguments: Print.allCases, [0, 60_000] as [Int64])
    func floatsComeBackToTheDigit(_ print: Print, step: Int64) throws {
        let seed: UInt64 = 11
        let readings = readings(3_000, of: 0, seed: seed) { random in
            switch Int.random(in: 0..<40, using: &random) {
            case 0: "0"
            case 1: print(-Float.random(in: 1..<2, using: &random))
            case 2: print(Float.random(in: 1..<2, using: &random))
            default: print(Float.random(in: 100..<900, using: &random))
            }
        }
        let bytes = try bytesOfWindow(readings, step: step)
        // Of doubles a reading takes eight, and a window of three nearly four times as many.
        #expect(bytes < (step == 0 ? 4.2 : 15), "seed \(seed): \(bytes) bytes")
    }

    /// Floats of thousandths, some of them a step or two of a double beside what they were.
    @Test(arguments: [0, 60_000] as [Int64])
    func floatsOfDecimalsComeBackToTheDigit(step: Int64) throws {
        let seed: UInt64 = 12
        let readings = readings(3_000, of: 0, seed: seed) { random in
            let float = Float(Int.random(in: 1_000..<9_000, using: &random)) / 1_000
            let steps = UInt64(Int.random(in: 0..<3, using: &random))
            return "\(Double(bitPattern: Double(float).bitPattern + steps))"
        }
        let bytes = try bytesOfWindow(readings, step: step)
        #expect(bytes < (step == 0 ? 2.4 : 11), "seed \(seed): \(bytes) bytes")
    }

    // MARK: Blocks that no writer made

    private func rows(_ columns: [BlockColumn], count: Int = 1) throws -> [WindowColumns.Row] {
        let coder = BlockCoder()
        let blob = coder.encode(kind: 17, rowCount: count, columns: columns)
        let block = try coder.open(blob, at: StoredBlock.Location(table: "blocks", row: 7))
        return try WindowColumns.rows(from: block, kind: .gauge) { _, _ in true }
    }

    /// A row of two readings of 1.5 and 2.5 as floats, with columns in place of its own.
    private func columns(_ others: [UInt8: [Int64]]) -> [BlockColumn] {
        let own: [UInt8: [Int64]] = [
            2: [60_000], 3: [2], 4: [33], 8: [15], 9: [10], 10: [10], 11: [10], 30: [1, 15, 1],
        ]
        return own.merging(others) { $1 }.sorted { $0.key < $1.key }
            .map { BlockColumn(id: $0.key, values: $0.value) }
    }

    @Test func aRowIsReadAsTheFormatSays() throws {
        let window = try #require(try rows(columns([:])).first?.window)
        #expect(window.minimum == Value(15, scale: 1) && window.maximum == Value(25, scale: 1))
        #expect(window.last == Value(25, scale: 1) && window.sum.description == "4")
        // 0.1 as a float, and twice that and a step of its 27 binary places.
        let others: [UInt8: [Int64]] = [8: [1], 9: [0], 10: [0], 11: [0], 34: [1], 30: [1, 9, 1]]
        let tenth = try #require(try rows(columns(others)).first?.window)
        #expect(tenth.minimum == Value(100_000_001, scale: 9))
        #expect(tenth.sum.description == "0.20000001")
    }

    @Test(
        arguments: [
            [30: []], [30: [10, 15, 1]], [30: [-2, 15, 1]], [30: [1, 0, 1]], [30: [1, 18, 1]],
            [30: [1, 15, 4]], [30: [-1, 15, 1], 8: [0x7F80_0000]], [31: [8]], [32: [-8]],
            [8: [.max]], [35: [64]], [35: [-1]], [36: [19]], [36: [-1]],
        ] as [[UInt8: [Int64]]])
    func whatNoFloatIsIsDamage(_ others: [UInt8: [Int64]]) throws {
        #expect(throws: StoreError.self) { try rows(columns(others)) }
    }

    /// Any numbers are read or refused: nothing traps.
    @Test func anyNumbersAreReadOrRefused() throws {
        let seed: UInt64 = 13
        var random = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            var others: [UInt8: [Int64]] = [
                30: [
                    .random(in: -1...9, using: &random), .random(in: 1...17, using: &random),
                    .random(in: 0...3, using: &random),
                ]
            ]
            for id: UInt8 in [3, 8, 9, 10, 11, 12, 29, 31, 32, 33, 34, 35, 36] {
                let width = Int64.random(in: 0..<64, using: &random)
                others[id] = [Int64.random(in: .min ... .max, using: &random) >> width]
            }
            _ = try? rows(columns(others))
        }
    }
}
