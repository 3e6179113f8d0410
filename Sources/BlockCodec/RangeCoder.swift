// Arithmetic coding of bits whose probabilities are learned as they come.
//
// The coder narrows an interval of 32 bits: a bit takes its share of it, and leading bytes that are
// settled leave. It is a carrying binary range coder (G. N. N. Martin, "Range encoding", 1979),
// with integers alone, so that every machine gives the same bytes.

/// How likely a bit is one, as far as the bits so far tell.
struct BitModel: BitwiseCopyable {
    /// The share of ones in 65,536; from 32 to 65,503, so that no bit is impossible.
    private(set) var share: UInt16 = 1 << 15
    private var seen: UInt16 = 0

    /// How far the share moves towards a new bit after 0, 1, 2, ... bits, in 65,536ths:
    /// 1 / (bits + 1.6), and no slower than after thirty.
    static let rates: [Int32] = [
        40_960, 25_206, 18_204, 14_246, 11_702, 9929, 8623, 7620, 6826, 6182,
        5649, 5201, 4818, 4488, 4201, 3947, 3723, 3523, 3343, 3181,
        3034, 2899, 2776, 2664, 2560, 2463, 2374, 2291, 2214, 2141,
        2073,
    ]

    /// - Parameter rates: ``rates``, which a loop takes once.
    @inline(__always)
    mutating func learn(_ bit: Bool, _ rates: Span<Int32>) {
        let old = Int64(share)
        let change = (((bit ? 65_535 : 0) &- old) &* Int64(rates[Int(seen)])) &>> 16
        share = UInt16(truncatingIfNeeded: min(max(old &+ change, 32), 65_503))
        if seen < 30 { seen &+= 1 }
    }
}

/// Writes bits.
struct RangeEncoder {
    private var low: UInt64 = 0
    private var range: UInt32 = .max
    private var bytes: [UInt8]

    /// - Parameter bytes: what the coded bits are appended to, until ``finish()`` gives it back.
    init(appendingTo bytes: consuming [UInt8]) {
        self.bytes = bytes
    }

    var byteCount: Int { bytes.count }

    @inline(__always)
    mutating func put(_ bit: Bool, _ model: inout BitModel, _ rates: Span<Int32>) {
        let part = UInt32(
            truncatingIfNeeded: (UInt64(range) &* UInt64(model.share)) &>> 16)
        model.learn(bit, rates)
        if bit {
            range = part
        } else {
            low &+= UInt64(part)
            range &-= part
        }
        while range < 1 << 24 { shift() }
    }

    /// The lowest `count` bits of a number, the highest first, each as likely one as zero.
    @inline(__always)
    mutating func put(_ number: UInt64, count: Int) {
        var place = count
        while place > 0 {
            place &-= 1
            range &>>= 1
            if number &>> UInt64(place) & 1 == 0 { low &+= UInt64(range) }
            while range < 1 << 24 { shift() }
        }
    }

    private mutating func shift() {
        carry()
        bytes.append(UInt8(truncatingIfNeeded: low >> 24))
        low = low << 8 & 0xFFFF_FFFF
        range <<= 8
    }

    /// The sum has outgrown its 32 bits: one more in the bytes that have left.
    ///
    /// INVARIANT: the interval began as all of [0, 2^32), so a carry never leaves the first byte.
    private mutating func carry() {
        guard low > 0xFFFF_FFFF else { return }
        low &= 0xFFFF_FFFF
        var place = bytes.count - 1
        while bytes[place] == 0xFF {
            bytes[place] = 0
            place -= 1
        }
        bytes[place] += 1
    }

    /// Ends the stream with as few bytes as tell it apart; the reader takes zeros for the rest.
    consuming func finish() -> [UInt8] {
        for free in [24, 16, 8, 0] as [UInt64] {
            let mask: UInt64 = (1 << free) - 1
            let number = (low + mask) & ~mask
            guard number < low + UInt64(range) else { continue }
            low = number
            carry()
            for place in stride(from: 24, through: free, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: low >> UInt64(place)))
            }
            break
        }
        return bytes
    }
}

/// Reads bits back. It takes any bytes: where they end it goes on with zeros, and counts them.
struct RangeDecoder {
    private var code: UInt32 = 0
    private var range: UInt32 = .max
    /// The byte to read next; past the end, zeros were read.
    private var offset = 0

    init(_ bytes: borrowing Span<UInt8>) {
        for _ in 0..<4 { code = code << 8 | UInt32(next(bytes)) }
    }

    @inline(__always)
    private mutating func next(_ bytes: borrowing Span<UInt8>) -> UInt8 {
        defer { offset &+= 1 }
        return offset < bytes.count ? bytes[offset] : 0
    }

    /// Whether the bits so far need more bytes than an encoder leaves away.
    @inline(__always)
    func isStarved(_ bytes: borrowing Span<UInt8>) -> Bool { offset > bytes.count &+ 3 }

    /// Whether the bits so far needed all of the bytes and no more than those.
    func hasEnded(_ bytes: borrowing Span<UInt8>) -> Bool {
        offset >= bytes.count && !isStarved(bytes)
    }

    @inline(__always)
    mutating func bit(
        _ model: inout BitModel, _ rates: Span<Int32>, _ bytes: borrowing Span<UInt8>
    ) -> Bool {
        let part = UInt32(
            truncatingIfNeeded: (UInt64(range) &* UInt64(model.share)) &>> 16)
        let bit = code < part
        model.learn(bit, rates)
        if bit {
            range = part
        } else {
            code &-= part
            range &-= part
        }
        while range < 1 << 24 {
            range &<<= 8
            code = code &<< 8 | UInt32(next(bytes))
        }
        return bit
    }

    /// A number of `count` bits that are as likely one as zero.
    @inline(__always)
    mutating func number(count: Int, _ bytes: borrowing Span<UInt8>) -> UInt64 {
        var number: UInt64 = 0
        var rest = count
        while rest > 0 {
            rest &-= 1
            range &>>= 1
            let bit = code < range
            if !bit { code &-= range }
            number = number &<< 1 | (bit ? 1 : 0)
            while range < 1 << 24 {
                range &<<= 8
                code = code &<< 8 | UInt32(next(bytes))
            }
        }
        return number
    }
}
