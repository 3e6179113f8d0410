import Telemetry
import Testing

/// The hash that names messages: the same after a restart, nothing without the key.
struct KeyedHashTests {
    private func hash(_ key: (UInt64, UInt64), _ first: [UInt8], _ second: [UInt8]) -> UInt64 {
        KeyedHash(key: key).hash(first.span, second.span)
    }

    /// Hashes stand in stores, so they never change. These come from another implementation,
    /// which agrees with the paper's test vector.
    @Test func isStable() {
        let key = (UInt64(0x0706_0504_0302_0100), UInt64(0x0f0e_0d0c_0b0a_0908))
        #expect(KeyedHash(key: key).hash("") == 8_453_968_179_498_296_604)
        #expect(KeyedHash(key: key).hash("tele/plug-1/SENSOR") == 101_583_045_003_778_938)
    }

    /// Where one text ends and the next begins counts, and so does every zero at the end.
    @Test func tellsMessagesApart() {
        let key = (UInt64(1), UInt64(2))
        var seen: Set<UInt64> = []
        var made = 0
        for total in 0..<40 {
            for split in 0...total {
                let bytes = [UInt8](repeating: 0, count: total)
                seen.insert(hash(key, Array(bytes[..<split]), Array(bytes[split...])))
                made += 1
            }
        }
        #expect(seen.count == made)
    }

    /// Each bit of key and text changes about half of the hash.
    @Test func everyBitCounts() {
        var random = SplitMix64(seed: 0x5eed_0016)
        var text = (0..<21).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let key = (random.next(), random.next())
        let original = hash(key, text, text)
        #expect(hash(key, text, text) == original)
        func check(_ other: UInt64, _ what: String) {
            #expect((12...52).contains((original ^ other).nonzeroBitCount), "\(what)")
        }
        for bit in 0..<64 {
            check(hash((key.0 ^ 1 << UInt64(bit), key.1), text, text), "key bit \(bit)")
            check(hash((key.0, key.1 ^ 1 << UInt64(bit)), text, text), "key bit \(64 + bit)")
        }
        let first = text
        for bit in 0..<(text.count * 8) {
            text[bit / 8] ^= 1 << (bit % 8)
            check(hash(key, first, text), "text bit \(bit)")
            check(hash(key, text, first), "text bit \(bit)")
            text[bit / 8] ^= 1 << (bit % 8)
        }
    }
}
