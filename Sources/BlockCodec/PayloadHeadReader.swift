/// Reads the head of a packed column's payload: what stands before the residuals.
struct PayloadHeadReader: ~Copyable {
    private let entry: BlockDirectory.Entry
    /// The byte to read next, from the start of the block.
    private(set) var offset: Int

    init(_ entry: BlockDirectory.Entry) {
        self.entry = entry
        offset = entry.payloadOffset
    }

    /// Grid, starting values, base and divisor, each only where the encoding says so.
    ///
    /// - Parameter block: the block up to the end of the payload.
    mutating func readPlan(
        _ block: borrowing Span<UInt8>, order: Int
    ) throws(BlockError) -> ResidualPlan {
        let encoding = entry.encoding
        let grid = encoding.isOnGrid ? try readGrid(block) : nil
        let value = order > 0 ? unzigzag(try readNumber(block)) : 0
        let step = order > 1 ? unzigzag(try readNumber(block)) : 0
        var plan = ResidualPlan(
            order: order, isOffset: encoding.isOffset, grid: grid, starts: (value, step))
        if encoding.isOffset { plan.base = unzigzag(try readNumber(block)) }
        if encoding.isDivided { plan.divisor = try readNumber(block, from: 2) }
        return plan
    }

    /// The size of the residuals before they were deflated, clamped to what an Int holds.
    mutating func readInflatedSize(
        _ block: borrowing Span<UInt8>
    ) throws(BlockError) -> Int {
        Int(clamping: try readNumber(block, from: 1))
    }

    /// What the coded bits were expected by.
    mutating func readContext(
        _ block: borrowing Span<UInt8>
    ) throws(BlockError) -> ResidualContext {
        let start = offset
        let number = try readNumber(block, through: UInt64(UInt8.max))
        guard let context = ResidualContext(byte: UInt8(truncatingIfNeeded: number)) else {
            throw .corrupt(part: .column(entry.id), offset: start)
        }
        return context
    }

    private mutating func readGrid(
        _ block: borrowing Span<UInt8>
    ) throws(BlockError) -> Grid {
        let numerator = try readNumber(block, from: 1, through: Grid.numeratorMaximum)
        let denominator = try readNumber(block, from: 1, through: Grid.denominatorMaximum)
        // INVARIANT: both are small, so the conversions cannot trap.
        return Grid(numerator: Int64(numerator), denominator: Int64(denominator))
    }

    private mutating func readNumber(
        _ block: borrowing Span<UInt8>, from least: UInt64 = 0, through most: UInt64 = .max
    ) throws(BlockError) -> UInt64 {
        let start = offset
        guard let number = try? readVarint(block, at: &offset) else {
            throw .corrupt(part: .column(entry.id), offset: offset)
        }
        guard number >= least, number <= most else {
            throw .corrupt(part: .column(entry.id), offset: start)
        }
        return number
    }
}
