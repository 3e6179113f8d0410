import BlockCodec
import Foundation
import HostileBytes
import Testing

/// Files of this repository that bytes come from.
private enum Files {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// What the fuzzer kept for a target: none where the folder is not beside the tests.
    static func corpus(_ target: String) -> [[UInt8]] { bytes("fuzz/corpus/\(target)", "") }

    static let goldens = bytes("Tests/BlockCodecTests/Golden", ".block")

    private static func bytes(_ folder: String, _ suffix: String) -> [[UInt8]] {
        let place = root.appending(path: folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap {
            (try? Data(contentsOf: place.appending(path: $0))).map { [UInt8]($0) }
        }
    }
}

/// A block with the checksum of its bytes, which were changed.
private func sealed(_ block: [UInt8]) -> [UInt8] {
    let body = Array(block.dropLast(4))
    let sum = BlockCodec.checksum(of: body)
    return body + (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(8 * $0)) }
}

/// Bytes that nobody wrote, or somebody wrote on purpose: an error, or what they say; never a trap.
struct HostileBytesTests {
    private static let efforts: [BlockEncoder.Effort] = [.quick, .thorough, .smallest]
    /// Of readings and of windows, as docs/format/store.md numbers them.
    private static let kinds: [UInt8] = [1, 17, 18, 19, 20, 21]

    // MARK: - What a fuzzer begins with is sound

    @Test func seedBlocksHaveRows() throws {
        let hostile = HostileBlock()
        for block in Seeds.blocks {
            try hostile.take(block, efforts: Self.efforts)
            #expect(hostile.rowCount > 0)
        }
    }

    @Test func seedStoresAnswer() throws {
        let hostile = try HostileStore()
        var answered = 0
        for store in Seeds.stores {
            try hostile.take(store)
            #expect(hostile.rowCount != nil)
            answered += hostile.rowCount ?? 0 > 0 ? 1 : 0
        }
        // A tier that nothing is in, or a range, may have no rows.
        #expect(answered > Seeds.stores.count / 2)
    }

    @Test func seedPayloadsHaveReadings() throws {
        let hostile = try HostilePayload()
        var readings = 0
        for payload in try Seeds.payloads() {
            try hostile.take(payload)
            readings += hostile.readingCount
        }
        #expect(readings > 50)
    }

    /// Each format that profiles name is fuzzed: its seed says something.
    @Test func seedsOfEachFormatHaveReadings() throws {
        let hostile = try HostilePayload()
        let seeds = Seeds.formatMessages()
        #expect(seeds.count == 18)
        for seed in seeds {
            try hostile.take(seed)
            #expect(hostile.readingCount > 0, "\(seed.prefix(20))")
        }
    }

    // MARK: - What it found

    @Test(.enabled(if: !Files.corpus("blocks").isEmpty, "fuzz/corpus is not here"))
    func knownBlocksAreTaken() throws {
        let hostile = HostileBlock()
        for bytes in Files.corpus("blocks") { try hostile.take(bytes, efforts: Self.efforts) }
    }

    @Test(.enabled(if: !Files.corpus("extension").isEmpty, "fuzz/corpus is not here"))
    func knownStoresAreTaken() throws {
        let hostile = try HostileStore()
        for bytes in Files.corpus("extension") { try hostile.take(bytes) }
    }

    @Test(.enabled(if: !Files.corpus("payloads").isEmpty, "fuzz/corpus is not here"))
    func knownPayloadsAreTaken() throws {
        let hostile = try HostilePayload()
        for bytes in Files.corpus("payloads") { try hostile.take(bytes) }
    }

    @Test(.enabled(if: !Files.corpus("profiles").isEmpty, "fuzz/corpus is not here"))
    func knownProfilesAreTaken() throws {
        for bytes in Files.corpus("profiles") { try HostileProfile.take(bytes) }
    }

    // MARK: - Every prefix, every bit

    private static let blocks = Seeds.blocks + Files.goldens

    @Test(arguments: blocks)
    func prefixesWithAChecksumAreTaken(_ block: [UInt8]) throws {
        let hostile = HostileBlock()
        for count in stride(from: 4, through: block.count, by: 1) {
            try hostile.take(sealed(Array(block[..<count])), efforts: [])
        }
    }

    /// A flipped bit is seen by the checksum. Somebody may have mended that, and named the block
    /// one of readings or windows.
    @Test(arguments: blocks)
    func flippedBitsWithAChecksumAreTaken(_ block: [UInt8]) throws {
        let hostile = HostileBlock()
        for index in block.indices.dropLast(4) {
            // Of a long block one bit a byte: what is in it repeats.
            for bit in block.count > 500 ? index % 8..<index % 8 + 1 : 0..<8 {
                var flipped = block
                flipped[index] ^= 1 << bit
                if flipped[1] == 7 { flipped[1] = Self.kinds[index % Self.kinds.count] }
                try hostile.take(sealed(flipped), efforts: [])
            }
        }
    }
}
