// zlib's streams, made once and reset for each column, and its checksum: the only C in the room.

import CZlib

/// Raw deflate, level 6: level 9 gains 0 to 3 % on telemetry and costs several times as much.
@safe struct DeflateStream: ~Copyable {
    /// How deflate weighs repeats against single bytes.
    enum Strategy: CaseIterable {
        case standard
        /// Fewer short repeats: better for noise over a small alphabet.
        case filtered
    }

    /// zlib keeps the address of the stream that it was started with, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        // SAFETY: this struct alone owns the stream; it is initialised here, used by no one else,
        // and freed once, in deinit.
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe socle_deflate_init_raw(stream, 6, Z_DEFAULT_STRATEGY)
        precondition(status == Z_OK, "zlib could not start a deflate stream")
    }

    deinit {
        // SAFETY: initialised in init and not yet freed.
        _ = unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Appends `source` deflated, unless that takes more than `sizeLimit` bytes: then `target`
    /// stays as it is, and the answer is false.
    mutating func append(
        _ source: [UInt8], _ strategy: Strategy, sizeLimit: Int, to target: inout [UInt8]
    ) -> Bool {
        guard sizeLimit > 0 else { return false }
        let start = target.count
        target.append(contentsOf: repeatElement(0, count: sizeLimit))
        let zlibStrategy = strategy == .filtered ? Z_FILTERED : Z_DEFAULT_STRATEGY
        // SAFETY: the pointers are used only within the closures, for as many bytes as both
        // buffers have (a block's columns are far below the 4 GiB that the counts hold); deflate
        // does not write to its input.
        let status = unsafe source.withUnsafeBufferPointer { input in
            unsafe target.withUnsafeMutableBufferPointer { output in
                guard let target = output.baseAddress else { return Z_BUF_ERROR }
                _ = unsafe deflateReset(stream)
                _ = unsafe deflateParams(stream, 6, zlibStrategy)
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = target + start
                unsafe stream.pointee.avail_out = UInt32(sizeLimit)
                return unsafe deflate(stream, Z_FINISH)
            }
        }
        let unused = status == Z_STREAM_END ? Int(unsafe stream.pointee.avail_out) : sizeLimit
        target.removeLast(unused)
        return status == Z_STREAM_END
    }
}

/// Raw inflate.
@safe struct InflateStream: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        // SAFETY: as for DeflateStream.
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe socle_inflate_init_raw(stream)
        precondition(status == Z_OK, "zlib could not start an inflate stream")
    }

    deinit {
        // SAFETY: initialised in init and not yet freed.
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// LIMIT: deflate's longest repeat is 258 bytes and takes at least two bits, so a byte gives
    /// no more than this many.
    static let expansionMaximum = 1032

    /// Puts `source` inflated in `target`; false where it is not one whole deflate stream that
    /// gives exactly `size` bytes.
    mutating func inflate(_ source: Span<UInt8>, size: Int, into target: inout [UInt8]) -> Bool {
        target.removeAll(keepingCapacity: true)
        guard size > 0, size / Self.expansionMaximum <= source.count else { return false }
        target.append(contentsOf: repeatElement(0, count: size))
        // SAFETY: the pointers are used only within the closures, for as many bytes as both
        // buffers have; inflate does not write to its input.
        return unsafe source.withUnsafeBufferPointer { input in
            unsafe target.withUnsafeMutableBufferPointer { output in
                _ = unsafe inflateReset(stream)
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(size)
                let status = unsafe CZlib.inflate(stream, Z_FINISH)
                return unsafe status == Z_STREAM_END && stream.pointee.avail_in == 0
                    && stream.pointee.avail_out == 0
            }
        }
    }
}

/// The CRC-32 of zlib, gzip and PNG.
func crc32(of bytes: borrowing Span<UInt8>) -> UInt32 {
    // SAFETY: the pointer is used only within the closure, for as many bytes as it has.
    unsafe bytes.withUnsafeBufferPointer { bytes in
        UInt32(truncatingIfNeeded: unsafe crc32_z(0, bytes.baseAddress, bytes.count))
    }
}
