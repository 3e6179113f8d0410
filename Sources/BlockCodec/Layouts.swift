// The plain layouts of residuals as bytes, and back; coded bits are ResidualModel's.
//
// - Varint: one after another. Best where values repeat, for deflate finds the repeats.
// - Byte planes: all lowest bytes, then all second bytes, as many as the largest residual has.
// - Bit planes: all lowest bits, then all second bits, ...; best for noise of a few bits.
//
// A plane of bits has a byte for eight values, the first in its lowest bit; the bits after the
// last value are zero.

/// Planes that the largest residual needs.
func planeCount(_ layout: ColumnEncoding.Layout, largest: UInt64) -> Int {
    let bits = UInt64.bitWidth - largest.leadingZeroBitCount
    return layout == .bitPlanes ? bits : (bits + 7) / 8
}

/// Appends the residuals in a layout.
func appendResiduals(
    _ residuals: [UInt64], _ layout: ColumnEncoding.Layout, largest: UInt64,
    to bytes: inout [UInt8]
) {
    let planes = planeCount(layout, largest: largest)
    switch layout {
    case .varint:
        for residual in residuals { appendVarint(residual, to: &bytes) }
    case .bytePlanes:
        for plane in 0..<planes {
            for residual in residuals {
                bytes.append(UInt8(truncatingIfNeeded: residual >> UInt64(8 * plane)))
            }
        }
    case .bitPlanes:
        appendBitPlanes(residuals, count: planes, to: &bytes)
    }
}

private func appendBitPlanes(
    _ residuals: [UInt64], count: Int, to bytes: inout [UInt8]
) {
    let planeSize = (residuals.count + 7) / 8
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: planeSize * count))
    var target = bytes.mutableSpan
    for group in 0..<planeSize {
        let first = 8 * group
        let lanes = min(8, residuals.count - first)
        for plane in stride(from: 0, to: count, by: 8) {
            var square: UInt64 = 0
            for lane in 0..<lanes {
                square |= (residuals[first + lane] >> UInt64(plane) & 0xFF) << UInt64(8 * lane)
            }
            square = transposed(square)
            for row in 0..<min(8, count - plane) {
                target[start + (plane + row) * planeSize + group] =
                    UInt8(truncatingIfNeeded: square >> UInt64(8 * row))
            }
        }
    }
}

/// Reads `count` residuals from all of `bytes`; false where the bytes are not just that.
func readResiduals(
    _ bytes: borrowing Span<UInt8>, _ layout: ColumnEncoding.Layout, count: Int,
    into residuals: inout [UInt64]
) -> Bool {
    residuals.removeAll(keepingCapacity: true)
    guard isPlausible(size: bytes.count, layout, count: count) else { return false }
    residuals.reserveCapacity(count)
    switch layout {
    case .varint: return readVarints(bytes, count: count, into: &residuals)
    case .bytePlanes:
        readBytePlanes(bytes, count: count, into: &residuals)
        return true
    case .bitPlanes: return readBitPlanes(bytes, count: count, into: &residuals)
    }
}

/// Whether `size` bytes can be `count` residuals: asked before anything of that size is allocated.
func isPlausible(size: Int, _ layout: ColumnEncoding.Layout, count: Int) -> Bool {
    switch layout {
    case .varint: size >= count && size <= 10 * count
    case .bytePlanes: size % count == 0 && size / count <= 8
    case .bitPlanes: size % ((count + 7) / 8) == 0 && size / ((count + 7) / 8) <= 64
    }
}

private func readVarints(
    _ bytes: borrowing Span<UInt8>, count: Int, into residuals: inout [UInt64]
) -> Bool {
    var offset = 0
    for _ in 0..<count {
        guard let residual = try? readVarint(bytes, at: &offset) else { return false }
        residuals.append(residual)
    }
    return offset == bytes.count
}

private func readBytePlanes(
    _ bytes: borrowing Span<UInt8>, count: Int, into residuals: inout [UInt64]
) {
    residuals.append(contentsOf: repeatElement(0, count: count))
    var target = residuals.mutableSpan
    for plane in 0..<bytes.count / count {
        let start = plane * count
        let shift = UInt64(8 * plane)
        for index in 0..<count { target[index] |= UInt64(bytes[start + index]) << shift }
    }
}

private func readBitPlanes(
    _ bytes: borrowing Span<UInt8>, count: Int, into residuals: inout [UInt64]
) -> Bool {
    residuals.append(contentsOf: repeatElement(0, count: count))
    var target = residuals.mutableSpan
    let planeSize = (count + 7) / 8
    let planes = bytes.count / planeSize
    var padding: UInt64 = 0
    for group in 0..<planeSize {
        let first = 8 * group
        let lanes = min(8, count - first)
        for plane in stride(from: 0, to: planes, by: 8) {
            var square: UInt64 = 0
            for row in 0..<min(8, planes - plane) {
                square |= UInt64(bytes[(plane + row) * planeSize + group]) << UInt64(8 * row)
            }
            square = transposed(square)
            for lane in 0..<lanes {
                target[first + lane] |= (square >> UInt64(8 * lane) & 0xFF) << UInt64(plane)
            }
            if lanes < 8 { padding |= square >> UInt64(8 * lanes) }
        }
    }
    return padding == 0
}

/// The transpose of a square of eight by eight bits, a byte a row: bit j of byte i and bit i of
/// byte j change places. Three rounds swap squares of one, two and four bits a side.
@inline(__always)
private func transposed(_ square: UInt64) -> UInt64 {
    var square = square
    var swapped = (square ^ square >> 7) & 0x00AA_00AA_00AA_00AA
    square ^= swapped ^ swapped << 7
    swapped = (square ^ square >> 14) & 0x0000_CCCC_0000_CCCC
    square ^= swapped ^ swapped << 14
    swapped = (square ^ square >> 28) & 0x0000_0000_F0F0_F0F0
    return square ^ swapped ^ swapped << 28
}
