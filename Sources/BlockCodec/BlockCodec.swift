// The block codec: a small table of named integer columns turned into bytes and back.
//
// A block knows nothing of readings or windows; the store maps them on columns. Each column is
// encoded on its own, by trial: differences of order 0, 1 or 2, divided by what they have in
// common, laid out as variable-length integers, byte planes or bit planes, and deflated where that
// is smaller. So a reader decodes the columns that it wants and no others.
//
// The bytes are specified in docs/format/block.md, which a second reader in Python
// (docs/format/read_block.py) proves. Every released version stays readable.

/// The format's version and limits. Encode with ``BlockEncoder``, decode with ``BlockDecoder``.
public enum BlockCodec {
    /// The version that the encoder writes, and the newest that the decoder reads.
    public static let version: UInt8 = 2

    /// LIMIT: most rows of a block. A sealed block has 32,768; the rest is room for other tables.
    public static let rowCountMaximum = 1 << 20
    /// LIMIT: most columns of a block.
    public static let columnCountMaximum = 64
    /// LIMIT: most values of one column, for flattened lists of several values a row.
    public static let valueCountMaximum = 1 << 22
    /// LIMIT: the largest column id; the eighth bit of its byte says whether a count follows.
    public static let columnIDMaximum: UInt8 = 127

    /// The size in bytes that no block exceeds whose columns have these many values.
    ///
    /// A guarantee, for callers that reserve room: the encoder never takes an encoding that is
    /// larger than eight bytes a value and a fixed head.
    public static func maxEncodedSize(valueCounts: [Int]) -> Int {
        var size = headerSizeMaximum + checksumSize
        for count in valueCounts { size += directoryEntrySizeMaximum + packedSizeMaximum(count) }
        return size
    }

    /// The CRC-32 of zlib, gzip and PNG, which a block ends with.
    public static func checksum(of bytes: [UInt8]) -> UInt32 { crc32(of: bytes.span) }

    /// Signature, kind, row count (three bytes hold 2^20), column count.
    static let headerSizeMaximum = 6
    /// Id, encoding and value count, and either the payload's size or two numbers of ten bytes.
    static let directoryEntrySizeMaximum = 6 + 20
    static let checksumSize = 4

    /// Bytes of the largest packed column that the encoder may write.
    static func packedSizeMaximum(_ valueCount: Int) -> Int {
        packedHeadSizeMaximum + 8 * valueCount
    }

    /// Grid (4), divisor, base and two starting values (10 each), inflated size (4).
    static let packedHeadSizeMaximum = 48
}

/// One column of a block: an id that means something to the caller, and its values in order.
public struct Column: Sendable, Equatable {
    /// The name of the column within its kind of block, at most ``BlockCodec/columnIDMaximum``.
    public var id: UInt8
    /// The values. Their count is the column's own: it may differ from the block's row count, as
    /// for a constant of the whole block (one value) or a flattened list (more).
    public var values: [Int64]
    /// The id of another column whose values tell something of these ones' size, row by row; nil
    /// for none. The block has it before this one, with as many values, and without a neighbour of
    /// its own.
    public var neighbour: UInt8?

    public init(id: UInt8, values: [Int64], neighbour: UInt8? = nil) {
        self.id = id
        self.values = values
        self.neighbour = neighbour
    }
}
