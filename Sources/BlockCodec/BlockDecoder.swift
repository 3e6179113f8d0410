/// Turns blocks back into columns, one column at a time.
///
/// Any bytes may be given to it: it throws for what is not a whole, unchanged block, and never
/// traps, loops or reads outside the bytes. It owns an inflate stream (about 40 kB), a copy of the
/// open block's bytes and scratch buffers that grow to the largest column met; all are used again
/// for each block. One thread.
public struct BlockDecoder: ~Copyable {
    private var inflate = InflateStream()
    /// A copy, so that the caller's bytes (SQLite's page, most often) may go after `open`.
    private var bytes: [UInt8] = []
    private var directory: BlockDirectory?
    private var plain: [UInt8] = []
    private var residuals: [UInt64] = []
    private var model = ResidualModel()
    /// The last column of the open block that another one needed.
    private var neighbour: (id: UInt8, values: [Int64])?
    private var isReadingNeighbour = false

    public init() {}

    /// Takes a block: checks its version, its checksum and its directory, and inflates nothing.
    ///
    /// After an error no block is open, and no column is found.
    ///
    /// - Parameter block: one whole block and nothing else.
    public mutating func open(_ block: Span<UInt8>) throws(BlockError) -> BlockDirectory {
        bytes.removeAll(keepingCapacity: true)
        // SAFETY: the pointer is used only within the closure, for as many bytes as it has.
        unsafe block.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        return try openCopy()
    }

    /// The same for an array, which is kept in place of a copy.
    public mutating func open(_ block: [UInt8]) throws(BlockError) -> BlockDirectory {
        bytes = block
        return try openCopy()
    }

    private mutating func openCopy() throws(BlockError) -> BlockDirectory {
        directory = nil
        neighbour = nil
        var reader = DirectoryReader()
        let directory = try reader.read(bytes.span)
        let end = bytes.count - BlockCodec.checksumSize
        var expected: UInt32 = 0
        for index in bytes.indices.suffix(BlockCodec.checksumSize).reversed() {
            expected = expected << 8 | UInt32(bytes[index])
        }
        let found = crc32(of: bytes.span.extracting(..<end))
        guard found == expected else { throw .checksum(expected: expected, found: found) }
        self.directory = directory
        return directory
    }

    /// Puts the values of one column of the open block in `values`, whose old content goes and
    /// whose room is used again. False, with no values, where the block has no such column.
    ///
    /// - Throws: `corrupt`, with no values, where the payload breaks the format's rules though the
    ///   checksum holds: the writer was at fault.
    public mutating func column(
        _ id: UInt8, into values: inout [Int64]
    ) throws(BlockError) -> Bool {
        values.removeAll(keepingCapacity: true)
        guard let entry = directory?.entry(id), let form = entry.encoding.form else {
            return false
        }
        switch form {
        case .zero, .constant:
            values.append(contentsOf: repeatElement(entry.start, count: entry.valueCount))
        case .linear:
            values.reserveCapacity(entry.valueCount)
            var value = entry.start
            for _ in 0..<entry.valueCount {
                values.append(value)
                value &+= entry.step
            }
        case .packed(let order, let form):
            do throws(BlockError) {
                try unpack(entry, order: order, form, into: &values)
            } catch {
                values.removeAll(keepingCapacity: true)
                throw error
            }
        }
        return true
    }

    /// The values of one column of the open block, nil where the block has no such column.
    public mutating func column(_ id: UInt8) throws(BlockError) -> [Int64]? {
        var values: [Int64] = []
        return try column(id, into: &values) ? values : nil
    }

    private mutating func unpack(
        _ entry: BlockDirectory.Entry, order: Int, _ form: ColumnEncoding.Residuals,
        into values: inout [Int64]
    ) throws(BlockError) {
        let end = entry.payloadOffset + entry.payloadSize
        // A second reference to the bytes: `self` stays free for the scratch buffers to change.
        let bytes = bytes
        let block = bytes.span.extracting(..<end)
        var head = PayloadHeadReader(entry)
        let plan = try head.readPlan(block, order: order)
        let count = entry.valueCount - order
        var isSound = false
        switch form {
        case .plain(let layout):
            isSound = readResiduals(
                block.extracting(head.offset...), layout, count: count, into: &residuals)
        case .deflated(let layout):
            let size = try head.readInflatedSize(block)
            if isPlausible(size: size, layout, count: count),
                inflate.inflate(block.extracting(head.offset...), size: size, into: &plain)
            {
                let plain = plain
                isSound = readResiduals(plain.span, layout, count: count, into: &residuals)
            }
        case .coded:
            let context = try head.readContext(block)
            let beside = try neighbour(of: entry, context)
            isSound = model.decode(
                block.extracting(head.offset...), count: count, context,
                beside: beside.span.extracting(droppingFirst: beside.isEmpty ? 0 : order),
                into: &residuals)
        }
        if isSound {
            appendValues(residuals, plan, to: &values)
            if let grid = plan.grid { isSound = replaceIndices(in: &values, on: grid) }
        }
        guard isSound else { throw corrupt(entry) }
    }

    /// The values of the column by which a column's coded bits were expected.
    ///
    /// A column that has a neighbour is none: so one column takes two at most.
    private mutating func neighbour(
        of entry: BlockDirectory.Entry, _ context: ResidualContext
    ) throws(BlockError) -> [Int64] {
        guard case .column(let id) = context else { return [] }
        if neighbour?.id == id { return neighbour?.values ?? [] }
        guard let other = directory?.entry(id), other.valueCount == entry.valueCount,
            id != entry.id, !isReadingNeighbour
        else { throw corrupt(entry) }
        isReadingNeighbour = true
        defer { isReadingNeighbour = false }
        guard let values = try column(id) else { return [] }
        neighbour = (id, values)
        return values
    }

    private func corrupt(_ entry: BlockDirectory.Entry) -> BlockError {
        .corrupt(part: .column(entry.id), offset: entry.payloadOffset)
    }
}

/// Puts the values of grid points in place of their numbers; false where one overflows.
private func replaceIndices(in values: inout [Int64], on grid: Grid) -> Bool {
    for index in values.indices {
        guard let value = grid.value(at: values[index]) else { return false }
        values[index] = value
    }
    return true
}
