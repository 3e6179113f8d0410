// Variable-length integers: seven bits a byte, least significant first, the high bit set on all
// bytes but the last. Each number has one form: no trailing zero byte, at most 64 bits.

/// Why no integer could be read.
enum VarintFault: Error {
    /// The bytes ended within it.
    case ended
    /// It is longer than it need be, or has more than 64 bits.
    case malformed
}

func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
}

/// Reads one integer and moves `offset` behind it; after a fault `offset` stands on the byte that
/// is missing or wrong.
@inline(__always)
func readVarint(
    _ bytes: borrowing Span<UInt8>, at offset: inout Int
) throws(VarintFault) -> UInt64 {
    guard offset < bytes.count else { throw .ended }
    let first = bytes[offset]
    if first < 0x80 {
        offset += 1
        return UInt64(first)
    }
    return try readLongVarint(bytes, at: &offset)
}

private func readLongVarint(
    _ bytes: borrowing Span<UInt8>, at offset: inout Int
) throws(VarintFault) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count {
        let byte = bytes[offset]
        // The tenth byte holds the 64th bit alone, and ends the number.
        if shift == 63 && byte > 1 { throw .malformed }
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 {
            if byte == 0 { throw .malformed }
            offset += 1
            return value
        }
        offset += 1
        shift += 7
    }
    throw .ended
}

/// Signed to unsigned, so that small magnitudes give small numbers: 0, -1, 1, -2 to 0, 1, 2, 3.
@inline(__always)
func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

/// The inverse of ``zigzag(_:)``.
@inline(__always)
func unzigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
}
