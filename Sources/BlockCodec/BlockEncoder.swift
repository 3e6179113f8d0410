/// Turns columns into blocks.
///
/// It owns a deflate stream (about 270 kB) and scratch buffers that grow to the largest column
/// met; both are used again for each block. One thread.
public struct BlockEncoder: ~Copyable {
    private var packer = ColumnPacker()
    /// The payloads of the block at work, which follow a directory that is written as they grow.
    private var payloads: [UInt8] = []

    public init() {}

    /// How much work goes into a block. The format is the same.
    public enum Effort: Sendable {
        /// Plain bits of values or differences: some 20 ns a value, for blocks that soon go.
        case quick
        /// The smallest form that is read fast, by trial: some 500 ns a value, for blocks that are
        /// read often.
        case thorough
        /// The smallest of all, coded bits among them: some 900 ns a value, and 50 to 100 ns to
        /// read one, for blocks that stay as they are.
        case smallest
    }

    /// Appends one block.
    ///
    /// The limits of ``BlockCodec`` are the caller's to keep: breaking one, or giving two columns
    /// the same id, traps.
    ///
    /// - Parameters:
    ///   - kind: what the caller knows the block as; stored, not interpreted.
    ///   - rowCount: stored for every reader; columns with as many values need not repeat it.
    ///   - columns: in any order, which is kept.
    ///   - effort: how hard to look for the smallest form.
    ///   - output: grows by at most ``BlockCodec/maxEncodedSize(valueCounts:)``.
    /// - Complexity: a few deflate passes over each column; see `docs/format/block.md`.
    public mutating func encode(
        kind: UInt8, rowCount: Int, columns: [Column], effort: Effort = .thorough,
        appendTo output: inout [UInt8]
    ) {
        precondition(
            rowCount >= 0 && rowCount <= BlockCodec.rowCountMaximum, "too many rows for a block")
        precondition(
            columns.count <= BlockCodec.columnCountMaximum, "too many columns for a block")
        let start = output.count
        output.append(BlockSignature.byte(version: BlockCodec.version))
        output.append(kind)
        appendVarint(UInt64(rowCount), to: &output)
        appendVarint(UInt64(columns.count), to: &output)
        payloads.removeAll(keepingCapacity: true)
        var known = ColumnIDSet()
        for column in columns {
            precondition(column.id <= BlockCodec.columnIDMaximum, "a column id has seven bits")
            precondition(known.insert(column.id), "two columns of a block have the same id")
            // A neighbour with one of its own, or of another length, is what no reader takes.
            let neighbour = column.neighbour.flatMap { id in
                columns.first {
                    $0.id == id && $0.neighbour == nil && $0.values.count == column.values.count
                }
            }
            encode(
                column, beside: neighbour, rowCount: rowCount, effort: effort,
                directory: &output)
        }
        output.append(contentsOf: payloads)
        var sum = crc32(of: output.span.extracting(start...))
        for _ in 0..<BlockCodec.checksumSize {
            output.append(UInt8(truncatingIfNeeded: sum))
            sum >>= 8
        }
    }

    /// Appends the column's directory entry, and its payload to `payloads`.
    private mutating func encode(
        _ column: Column, beside neighbour: Column?, rowCount: Int, effort: Effort,
        directory: inout [UInt8]
    ) {
        let values = column.values
        precondition(
            values.count <= BlockCodec.valueCountMaximum, "too many values for a column")
        let start = payloads.count
        let line = Line(values)
        let encoding =
            switch line {
            case .none:
                packer.pack(values, beside: neighbour, effort: effort, appendTo: &payloads)
            case .some(let line) where line.step != 0: ColumnEncoding.linear
            case .some(let line): line.start == 0 ? ColumnEncoding.zero : .constant
            }
        let hasOwnCount = values.count != rowCount
        directory.append(column.id | (hasOwnCount ? BlockSignature.ownCountFlag : 0))
        directory.append(encoding.byte)
        if hasOwnCount { appendVarint(UInt64(values.count), to: &directory) }
        guard let line else {
            appendVarint(UInt64(payloads.count - start), to: &directory)
            return
        }
        if encoding != .zero { appendVarint(zigzag(line.start), to: &directory) }
        if encoding == .linear { appendVarint(zigzag(line.step), to: &directory) }
    }
}

/// The line that all values of a column lie on, if they do.
private struct Line {
    let start: Int64
    /// The wrapping difference of any value to the one before; zero in a constant column.
    let step: Int64

    init?(_ values: [Int64]) {
        start = values.first ?? 0
        step = values.count > 1 ? values[1] &- start : 0
        var expected = start
        for value in values {
            guard value == expected else { return nil }
            expected &+= step
        }
    }
}
