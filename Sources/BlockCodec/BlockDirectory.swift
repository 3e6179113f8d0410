/// What a block holds, read without inflating anything.
public struct BlockDirectory: Sendable, Equatable {
    /// The format version that the block was written in.
    public let version: UInt8
    /// What the writer knew the block as.
    public let kind: UInt8
    /// Rows of the block, at most ``BlockCodec/rowCountMaximum``.
    public let rowCount: Int
    /// The columns in the order in which they were written; no id twice.
    public internal(set) var columns: [Entry]

    /// One column's line in the directory.
    public struct Entry: Sendable, Equatable {
        public let id: UInt8
        /// Values that the column decodes to, at most ``BlockCodec/valueCountMaximum``.
        public let valueCount: Int
        /// Bytes of the column's payload; none for zero, constant and linear columns.
        public internal(set) var payloadSize: Int

        let encoding: ColumnEncoding
        /// Where the payload begins, in bytes from the start of the block.
        var payloadOffset = 0
        /// Of constant and linear columns: the first value.
        var start: Int64 = 0
        /// Of linear columns: what each value adds.
        var step: Int64 = 0
    }

    /// The line of the column with this id, nil where the block has none.
    public func entry(_ id: UInt8) -> Entry? { columns.first { $0.id == id } }
}

/// The fixed bits of a block.
enum BlockSignature {
    /// The high four bits of a block's first byte; the low four are the version.
    static let mark: UInt8 = 0xB0
    /// Set in a directory's id byte where the column's value count follows.
    static let ownCountFlag: UInt8 = 0x80

    static func byte(version: UInt8) -> UInt8 { mark | version }
}

/// The ids met so far.
struct ColumnIDSet {
    private var words: (UInt64, UInt64) = (0, 0)

    /// False where the id, at most 127, is in the set already.
    mutating func insert(_ id: UInt8) -> Bool {
        let bit: UInt64 = 1 << UInt64(id & 63)
        if id < 64 {
            defer { words.0 |= bit }
            return words.0 & bit == 0
        }
        defer { words.1 |= bit }
        return words.1 & bit == 0
    }
}
