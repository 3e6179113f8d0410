/// Reads a block's header and directory, and judges every claim in them before it is believed.
struct DirectoryReader: ~Copyable {
    private var offset = 0

    init() {}

    /// - Throws: everything but `checksum`.
    mutating func read(_ bytes: borrowing Span<UInt8>) throws(BlockError) -> BlockDirectory {
        let version = try readSignature(bytes)
        let kind = try readByte(bytes)
        let rowCount = try readCount(
            bytes, in: .header, limit: BlockCodec.rowCountMaximum)
        let columnCount = try readCount(
            bytes, in: .header, limit: BlockCodec.columnCountMaximum)
        var directory = BlockDirectory(
            version: version, kind: kind, rowCount: rowCount, columns: [])
        directory.columns.reserveCapacity(columnCount)
        var known = ColumnIDSet()
        for _ in 0..<columnCount {
            directory.columns.append(
                try readEntry(bytes, version: version, rowCount: rowCount, known: &known))
        }
        for index in directory.columns.indices {
            directory.columns[index].payloadOffset = offset
            // INVARIANT: 64 sizes that are each bounded by eight bytes a value stay far from 2^63.
            offset += directory.columns[index].payloadSize
        }
        let size = offset + BlockCodec.checksumSize
        guard size <= bytes.count else {
            throw .truncated(needed: size, available: bytes.count)
        }
        guard size == bytes.count else { throw .corrupt(part: .end, offset: size) }
        return directory
    }

    private mutating func readSignature(
        _ bytes: borrowing Span<UInt8>
    ) throws(BlockError) -> UInt8 {
        let byte = try readByte(bytes)
        let version = byte & 0x0F
        guard byte & 0xF0 == BlockSignature.mark, version > 0 else {
            throw .corrupt(part: .signature, offset: 0)
        }
        guard version <= BlockCodec.version else {
            throw .unsupportedVersion(found: version, newestKnown: BlockCodec.version)
        }
        return version
    }

    private mutating func readEntry(
        _ bytes: borrowing Span<UInt8>, version: UInt8, rowCount: Int, known: inout ColumnIDSet
    ) throws(BlockError) -> BlockDirectory.Entry {
        let idOffset = offset
        let idByte = try readByte(bytes)
        let id = idByte & ~BlockSignature.ownCountFlag
        guard known.insert(id) else { throw .corrupt(part: .directory, offset: idOffset) }
        let encodingOffset = offset
        let encoding = ColumnEncoding(byte: try readByte(bytes))
        guard let form = encoding.form, version >= form.version else {
            throw .corrupt(part: .directory, offset: encodingOffset)
        }
        let hasOwnCount = idByte & BlockSignature.ownCountFlag != 0
        let valueCount =
            hasOwnCount
            ? try readCount(bytes, in: .directory, limit: BlockCodec.valueCountMaximum) : rowCount
        var entry = BlockDirectory.Entry(
            id: id, valueCount: valueCount, payloadSize: 0, encoding: encoding)
        switch form {
        case .zero: break
        case .constant:
            entry.start = unzigzag(try readNumber(bytes, in: .directory))
        case .linear:
            entry.start = unzigzag(try readNumber(bytes, in: .directory))
            entry.step = unzigzag(try readNumber(bytes, in: .directory))
        case .packed(let order, _):
            let sizeOffset = offset
            let size = Int(clamping: try readNumber(bytes, in: .directory))
            guard valueCount > order, size <= BlockCodec.packedSizeMaximum(valueCount) else {
                throw .corrupt(part: .directory, offset: sizeOffset)
            }
            entry.payloadSize = size
        }
        return entry
    }

    private mutating func readByte(
        _ bytes: borrowing Span<UInt8>
    ) throws(BlockError) -> UInt8 {
        guard offset < bytes.count else {
            throw .truncated(needed: offset + 1, available: bytes.count)
        }
        defer { offset += 1 }
        return bytes[offset]
    }

    private mutating func readCount(
        _ bytes: borrowing Span<UInt8>, in part: BlockPart, limit: Int
    ) throws(BlockError) -> Int {
        let count = Int(clamping: try readNumber(bytes, in: part))
        guard count <= limit else { throw .limitExceeded(limit: limit, actual: count) }
        return count
    }

    private mutating func readNumber(
        _ bytes: borrowing Span<UInt8>, in part: BlockPart
    ) throws(BlockError) -> UInt64 {
        do throws(VarintFault) {
            return try readVarint(bytes, at: &offset)
        } catch {
            switch error {
            case .ended: throw .truncated(needed: offset + 1, available: bytes.count)
            case .malformed: throw .corrupt(part: part, offset: offset)
            }
        }
    }
}
