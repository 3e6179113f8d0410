/// Finds the smallest packed form of a column that is neither constant nor linear, by trial.
///
/// A form is a source (the values, or the numbers of their grid points), an order of differences,
/// zigzag or offset, and a layout, plain or by one of two deflate strategies, or coded bits in one
/// of three contexts. Columns below ``exactTrialCount`` values are tried in every layout. For
/// longer ones each order is tried with the one mapping whose residuals need fewer bits, the second
/// strategy on the winner only, and a grid that fits is taken: on six real sets this costs at most
/// 0.4 % of size against the full trial, and a third to a sixth of its time. Coded bits are tried
/// on the two orders that need the fewest.
struct ColumnPacker: ~Copyable {
    /// Columns with fewer values are tried in every form.
    static let exactTrialCount = 512
    /// With fewer values the coder learns nothing before they end.
    private static let codedMinimum = 64

    private var deflate = DeflateStream()
    private var model = ResidualModel()
    /// The values (or grid points) and their first and second differences.
    private var source: [Int64] = []
    private var firstDifferences: [Int64] = []
    private var secondDifferences: [Int64] = []
    private var residuals: [UInt64] = []
    private var plain: [UInt8] = []
    private var candidate: [UInt8] = []
    private var best: [UInt8] = []
    private var winner: (plan: ResidualPlan, form: ColumnEncoding.Residuals)?
    private var neighbour: Column?
    private var isCoding = false

    init() {}

    /// Appends the payload of the smallest form and returns its encoding.
    ///
    /// - Parameters:
    ///   - values: at least three.
    ///   - neighbour: ``Column/neighbour``.
    mutating func pack(
        _ values: [Int64], beside neighbour: Column?, effort: BlockEncoder.Effort,
        appendTo output: inout [UInt8]
    ) -> ColumnEncoding {
        precondition(values.count > 2, "two values are a line")
        winner = nil
        self.neighbour = neighbour
        defer { self.neighbour = nil }
        switch effort {
        case .quick: packQuickly(values)
        case .thorough, .smallest:
            isCoding = effort == .smallest
            packThoroughly(values)
        }
        guard let winner else { preconditionFailure("the first trial always has a winner") }
        output.append(contentsOf: best)
        return ColumnEncoding(winner.plan, winner.form)
    }

    /// Plain bits of the values or of their differences, whichever are fewer: no trial, no deflate.
    private mutating func packQuickly(_ values: [Int64]) {
        source.removeAll(keepingCapacity: true)
        source.append(contentsOf: values)
        takeDifferences(source, into: &firstDifferences)
        let level = prepare(order: 0, isOffset: true, on: nil)
        var plan = prepare(order: 1, isOffset: true, on: nil)
        if level.largest <= plan.largest { plan = prepare(order: 0, isOffset: true, on: nil) }
        layOut(plan, .bitPlanes)
        // Planes end with whole bytes: of residuals of all 64 bits they can take more than the
        // format allows. Whole bytes do not.
        if best.count > 8 * values.count { layOut(plan, .bytePlanes) }
    }

    private mutating func packThoroughly(_ values: [Int64]) {
        let grid = Grid.coarsest(for: values)
        let isShort = values.count < Self.exactTrialCount
        if isShort || grid == nil { pack(values, on: nil, isShort: isShort) }
        if let grid { pack(values, on: grid, isShort: isShort) }
    }

    private mutating func pack(_ values: [Int64], on grid: Grid?, isShort: Bool) {
        source.removeAll(keepingCapacity: true)
        source.reserveCapacity(values.count)
        for value in values { source.append(grid?.index(of: value) ?? value) }
        takeDifferences(source, into: &firstDifferences)
        takeDifferences(firstDifferences, into: &secondDifferences)
        if isCoding { tryCoded(on: grid) }
        if isShort { tryAll(on: grid) } else { tryLikely(on: grid) }
    }

    private mutating func tryAll(on grid: Grid?) {
        for order in 0...2 {
            for isOffset in [false, true] {
                let plan = prepare(order: order, isOffset: isOffset, on: grid)
                for layout in ColumnEncoding.Layout.allCases where isDistinct(layout, plan) {
                    layOut(plan, layout)
                    for strategy in DeflateStream.Strategy.allCases {
                        tryDeflated(plan, layout, strategy)
                    }
                }
            }
        }
    }

    private mutating func tryLikely(on grid: Grid?) {
        for order in 0...2 {
            let plan = likelyPlan(order: order, on: grid)
            for layout in ColumnEncoding.Layout.allCases where isDistinct(layout, plan) {
                layOut(plan, layout)
                tryDeflated(plan, layout, .standard)
            }
        }
        guard let winner, let layout = winner.form.layout else { return }
        let plan = prepare(order: winner.plan.order, isOffset: winner.plan.isOffset, on: grid)
        layOut(plan, layout)
        tryDeflated(plan, layout, .filtered)
    }

    /// The plan of an order in the mapping whose residuals need fewer bits, with its residuals.
    private mutating func likelyPlan(order: Int, on grid: Grid?) -> ResidualPlan {
        let zigzagged = prepare(order: order, isOffset: false, on: grid)
        let plan = prepare(order: order, isOffset: true, on: grid)
        return zigzagged.bitCount <= plan.bitCount
            ? prepare(order: order, isOffset: false, on: grid) : plan
    }

    /// Residuals below 128 are the same bytes as varints and as byte planes.
    private func isDistinct(_ layout: ColumnEncoding.Layout, _ plan: ResidualPlan) -> Bool {
        layout != .bytePlanes || plan.largest >= 0x80
    }

    private mutating func prepare(order: Int, isOffset: Bool, on grid: Grid?) -> ResidualPlan {
        let starts = (
            value: order > 0 ? source[0] : 0, step: order > 1 ? firstDifferences[0] : 0
        )
        var plan = ResidualPlan(order: order, isOffset: isOffset, grid: grid, starts: starts)
        switch order {
        case 0: makeResiduals(source, &plan, into: &residuals)
        case 1: makeResiduals(firstDifferences, &plan, into: &residuals)
        default: makeResiduals(secondDifferences, &plan, into: &residuals)
        }
        return plan
    }

    /// Makes the residuals' plain bytes, and offers them.
    private mutating func layOut(_ plan: ResidualPlan, _ layout: ColumnEncoding.Layout) {
        plain.removeAll(keepingCapacity: true)
        appendResiduals(residuals, layout, largest: plan.largest, to: &plain)
        startCandidate(plan)
        if winner == nil || candidate.count + plain.count < best.count {
            candidate.append(contentsOf: plain)
            takeCandidate(plan, .plain(layout))
        }
    }

    /// Offers the plain bytes deflated.
    private mutating func tryDeflated(
        _ plan: ResidualPlan, _ layout: ColumnEncoding.Layout, _ strategy: DeflateStream.Strategy
    ) {
        startCandidate(plan)
        appendVarint(UInt64(plain.count), to: &candidate)
        let limit = best.count - candidate.count - 1
        if deflate.append(plain, strategy, sizeLimit: limit, to: &candidate) {
            takeCandidate(plan, .deflated(layout))
        }
    }

    /// Offers coded bits of the two orders whose residuals need the fewest, and of the better of
    /// these in each context.
    private mutating func tryCoded(on grid: Grid?) {
        guard source.count >= Self.codedMinimum else { return }
        let plans = (0...2).map { likelyPlan(order: $0, on: grid) }
            .sorted { $0.bitCount < $1.bitCount }
        let first = neighbour.map { ResidualContext.column(id: $0.id) } ?? .previous
        var smallest = (size: Int.max, plan: plans[0])
        for plan in plans.prefix(2) {
            let size = tryCoded(
                prepare(order: plan.order, isOffset: plan.isOffset, on: grid), first)
            if size < smallest.size { smallest = (size, plan) }
        }
        let plan = prepare(
            order: smallest.plan.order, isOffset: smallest.plan.isOffset, on: grid)
        for context in [ResidualContext.none, .previous] where context != first {
            _ = tryCoded(plan, context)
        }
    }

    /// Offers the residuals as coded bits, and returns the size.
    private mutating func tryCoded(_ plan: ResidualPlan, _ context: ResidualContext) -> Int {
        startCandidate(plan)
        candidate.append(context.byte)
        let beside = neighbour?.values ?? []
        let limit = winner == nil ? Int.max / 2 : best.count
        model.encode(
            residuals, context,
            beside: beside.span.extracting(droppingFirst: beside.isEmpty ? 0 : plan.order),
            sizeLimit: limit, appendTo: &candidate)
        let size = candidate.count
        if winner == nil || size < best.count { takeCandidate(plan, .coded) }
        return size
    }

    /// The head of a payload, in the order in which the decoder reads it.
    private mutating func startCandidate(_ plan: ResidualPlan) {
        candidate.removeAll(keepingCapacity: true)
        if let grid = plan.grid {
            appendVarint(UInt64(grid.numerator), to: &candidate)
            appendVarint(UInt64(grid.denominator), to: &candidate)
        }
        if plan.order > 0 { appendVarint(zigzag(plan.starts.value), to: &candidate) }
        if plan.order > 1 { appendVarint(zigzag(plan.starts.step), to: &candidate) }
        if plan.isOffset { appendVarint(zigzag(plan.base), to: &candidate) }
        if plan.divisor > 1 { appendVarint(plan.divisor, to: &candidate) }
    }

    private mutating func takeCandidate(_ plan: ResidualPlan, _ form: ColumnEncoding.Residuals) {
        swap(&candidate, &best)
        winner = (plan, form)
    }
}
