/// SipHash-2-4 (Aumasson and Bernstein, 2012): a short hash that nobody without the key can compute
/// or invert by trying.
///
/// It names messages in the store's records and unknown topics in its counts, so it must give the
/// same after a restart, which the standard library's hasher does not.
public struct KeyedHash: Sendable {
    private let key: (UInt64, UInt64)

    /// A hash under a key of 128 random bits.
    public init(key: (UInt64, UInt64)) {
        self.key = key
    }

    /// 64 bits over `first` followed by `second`, the lengths included.
    public func hash(_ first: Span<UInt8>, _ second: Span<UInt8>) -> UInt64 {
        var state = SipState(key)
        state.absorb(UInt64(first.count) << 32 | UInt64(second.count))
        absorb(first, into: &state)
        absorb(second, into: &state)
        return state.finish()
    }

    /// 64 bits over a text's UTF-8.
    public func hash(_ text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return hash(bytes.span, [UInt8]().span)
    }

    @inline(__always)
    private func absorb(_ bytes: Span<UInt8>, into state: inout SipState) {
        var index = 0
        let raw = unsafe bytes.bytes
        while index + 8 <= bytes.count {
            // SAFETY: index + 8 <= count, and every bit pattern is a UInt64.
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            state.absorb(UInt64(littleEndian: word))
            index += 8
        }
        var tail: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count {
            tail |= UInt64(bytes[index]) << shift
            shift += 8
            index += 1
        }
        state.absorb(tail)
    }
}

private struct SipState {
    private var v0, v1, v2, v3: UInt64

    init(_ key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736f_6d65_7073_6575
        v1 = key.1 ^ 0x646f_7261_6e64_6f6d
        v2 = key.0 ^ 0x6c79_6765_6e65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always)
    mutating func finish() -> UInt64 {
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 &+= v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 &+= v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }
}
