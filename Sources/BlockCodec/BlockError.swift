/// Why bytes are not a block that this program can read.
///
/// Nothing in it allocates; the text is made when it is printed.
public enum BlockError: Error, Equatable, Sendable {
    /// The block was written by a newer program.
    case unsupportedVersion(found: UInt8, newestKnown: UInt8)
    /// The bytes end before the block does. `needed` is the least size in bytes that the part
    /// which could be read calls for.
    case truncated(needed: Int, available: Int)
    /// A part breaks the format's rules at `offset` bytes from the start of the block. In a
    /// deflated column the offset is that of the column's payload.
    case corrupt(part: BlockPart, offset: Int)
    /// A count is above the format's limit for it.
    case limitExceeded(limit: Int, actual: Int)
    /// The bytes changed since they were written: `expected` stands in the block, `found` is the
    /// CRC-32 of its bytes.
    case checksum(expected: UInt32, found: UInt32)
}

/// The parts of a block, in their order.
public enum BlockPart: Equatable, Sendable {
    /// The first byte, signature and version.
    case signature
    /// Row count and column count.
    case header
    /// The list of columns.
    case directory
    /// The payload of the column with this id.
    case column(UInt8)
    /// What follows the checksum.
    case end
}

extension BlockError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupportedVersion(let found, let newestKnown):
            "cannot decode block of version \(found): the newest known is \(newestKnown)"
        case .truncated(let needed, let available):
            "cannot decode block: at least \(needed) bytes needed, \(available) available"
        case .corrupt(let part, let offset):
            "cannot decode block: corrupt \(part) at byte \(offset)"
        case .limitExceeded(let limit, let actual):
            "cannot decode block: a count of \(actual) exceeds the limit of \(limit)"
        case .checksum(let expected, let found):
            "cannot decode block: checksum mismatch "
                + "(expected 0x\(String(expected, radix: 16)), found 0x\(String(found, radix: 16)))"
        }
    }
}

extension BlockPart: CustomStringConvertible {
    public var description: String {
        switch self {
        case .signature: "signature"
        case .header: "header"
        case .directory: "directory"
        case .column(let id): "column \(id)"
        case .end: "end"
        }
    }
}
