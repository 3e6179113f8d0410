/// The rows of a store as bytes that a fuzzer changes: a head of fields in their order, and then a
/// block.
///
/// The first byte is the size of the head. Numbers have eight bytes, the least first, texts a byte
/// of their size; what the head does not have is 0, or empty.
public struct StoreInput {
    /// Which table the block is in.
    public enum Place: Equatable, Sendable {
        case segments, batches
        case blocks(tier: Int64)

        static let all: [Place] = [
            .segments, .batches, .blocks(tier: 0), .blocks(tier: 900_000),
            .blocks(tier: 3_600_000), .blocks(tier: 86_400_000),
        ]
    }

    public var placeNumber: UInt8 = 0
    public var question: UInt8 = 0
    public var seriesKind: UInt8 = 0
    public var batchKind: UInt8 = 0
    public var zoneNumber: UInt8 = 0
    public var flags: UInt8 = 0
    public var step: Int64 = 0
    public var horizon: Int64 = 0
    public var firstStart: Int64 = 0
    public var lastStart: Int64 = 0
    public var windows: Int64 = 0
    public var from: Int64 = 0
    public var to: Int64 = 0
    public var meterTime: Int64 = 0
    public var key = ""
    public var unit = ""
    public var states = ""
    public var modulus = ""
    public var oldIndex = ""
    public var newIndex = ""
    public var stepText = ""
    public var since = ""
    public var until = ""
    public var block: [UInt8] = []

    public var place: Place { Place.all[Int(placeNumber) % Place.all.count] }
    public var hasDamagedSeries: Bool { flags & 1 != 0 }
    public var hasMeterEntry: Bool { flags & 2 != 0 }
    /// A few zones: that a zone is known is Foundation's affair.
    public var zone: String {
        let zones = ["Europe/Paris", "UTC", "Asia/Kolkata", "Pacific/Apia", "Nowhere"]
        return zones[Int(zoneNumber) % zones.count]
    }

    public init() {}

    public init(_ bytes: [UInt8]) {
        let end = Self.headEnd(of: bytes)
        block = Array(bytes[end...])
        var reader = HeadReader(bytes[min(1, end)..<end])
        for field in Self.bytes { self[keyPath: field] = reader.byte() }
        for field in Self.numbers { self[keyPath: field] = reader.number() }
        for field in Self.texts { self[keyPath: field] = reader.text() }
    }

    /// Where the block begins.
    public static func headEnd(of bytes: [UInt8]) -> Int {
        guard let size = bytes.first else { return 0 }
        return min(1 + Int(size), bytes.count)
    }

    /// The input of these fields, whose texts are short.
    public var serialized: [UInt8] {
        var head = Self.bytes.map { self[keyPath: $0] }
        for field in Self.numbers {
            let bits = UInt64(bitPattern: self[keyPath: field])
            head += (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
        }
        for field in Self.texts {
            let text = Array(self[keyPath: field].utf8)
            head += [UInt8(text.count)] + text
        }
        return [UInt8(head.count)] + head + block
    }

    private static let bytes: [any WritableKeyPath<StoreInput, UInt8> & Sendable] = [
        \.placeNumber, \.question, \.seriesKind, \.batchKind, \.zoneNumber, \.flags,
    ]
    private static let numbers: [any WritableKeyPath<StoreInput, Int64> & Sendable] = [
        \.step, \.horizon, \.firstStart, \.lastStart, \.windows, \.from, \.to, \.meterTime,
    ]
    private static let texts: [any WritableKeyPath<StoreInput, String> & Sendable] = [
        \.key, \.unit, \.states, \.modulus, \.oldIndex, \.newIndex, \.stepText, \.since, \.until,
    ]
}

/// Fields of a head, one after another, and nothing behind its end.
private struct HeadReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number() -> Int64 {
        var bits: UInt64 = 0
        for index in 0..<UInt64(8) { bits |= UInt64(byte()) << (8 * index) }
        return Int64(bitPattern: bits)
    }

    mutating func text() -> String {
        let size = Int(byte())
        let bytes = rest.prefix(size)
        // What SQLite is given ends at a NUL.
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        rest = rest.dropFirst(bytes.count)
        return text
    }
}
