// Values to residuals and back: differences, a common base and divisor, unsigned numbers.
//
// A residual is an unsigned number u from which the decoder makes the difference
//     d = base + divisor * m(u)    in 64 bits that wrap around,
// where m is the identity and base the least difference for an offset column, and m undoes the
// zigzag and base is zero otherwise. All additions wrap, so that every Int64 round-trips.

/// What the decoder must know to undo the residuals of one column.
struct ResidualPlan {
    /// 0: the values themselves, 1: their differences, 2: the differences of those.
    let order: Int
    let isOffset: Bool
    let grid: Grid?
    /// The first value (orders 1 and 2) and the first difference (order 2).
    let starts: (value: Int64, step: Int64)
    var base: Int64 = 0
    /// At least 1.
    var divisor: UInt64 = 1
    /// The largest residual: it decides how many planes there are.
    var largest: UInt64 = 0
    /// Bits that the residuals need, each as few as it can: what a plan is judged by before trial.
    var bitCount = 0
}

/// Takes the differences of `values`, one fewer.
func takeDifferences(_ values: [Int64], into differences: inout [Int64]) {
    differences.removeAll(keepingCapacity: true)
    guard var previous = values.first else { return }
    differences.reserveCapacity(values.count - 1)
    for value in values.dropFirst() {
        differences.append(value &- previous)
        previous = value
    }
}

/// The greatest common divisor of the magnitudes, zero where all are zero.
func commonDivisor(_ values: [Int64]) -> UInt64 {
    var divisor: UInt64 = 0
    for value in values {
        divisor = greatestCommonDivisor(value.magnitude, divisor)
        if divisor == 1 { break }
    }
    return divisor
}

/// The same for the distances from `base`, as numbers without sign.
private func commonDivisor(_ values: [Int64], from base: Int64) -> UInt64 {
    var divisor: UInt64 = 0
    for value in values {
        let distance = UInt64(bitPattern: value &- base)
        divisor = greatestCommonDivisor(distance, divisor)
        if divisor == 1 { break }
    }
    return divisor
}

@inline(__always)
private func greatestCommonDivisor(_ first: UInt64, _ second: UInt64) -> UInt64 {
    var larger = first
    var smaller = second
    while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
    return larger
}

/// Fills in the plan's base, divisor and measures for these differences, and makes the residuals.
func makeResiduals(
    _ differences: [Int64], _ plan: inout ResidualPlan,
    into residuals: inout [UInt64]
) {
    residuals.removeAll(keepingCapacity: true)
    residuals.reserveCapacity(differences.count)
    plan.base = plan.isOffset ? least(differences) : 0
    plan.divisor = max(
        1,
        plan.isOffset
            ? commonDivisor(differences, from: plan.base) : commonDivisor(differences))
    let (base, divisor) = (plan.base, plan.divisor)
    var largest: UInt64 = 0
    var bitCount = 0
    for difference in differences {
        let residual: UInt64
        if plan.isOffset {
            let distance = UInt64(bitPattern: difference &- base)
            residual = divisor == 1 ? distance : distance / divisor
        } else {
            residual = zigzag(divided(difference, by: divisor))
        }
        residuals.append(residual)
        largest = max(largest, residual)
        bitCount += UInt64.bitWidth - residual.leadingZeroBitCount
    }
    plan.largest = largest
    plan.bitCount = bitCount
}

private func least(_ values: [Int64]) -> Int64 {
    var least = Int64.max
    for value in values { least = min(least, value) }
    return least
}

/// INVARIANT: `divisor` divides the magnitude. It may be 2^63, which no Int64 is.
@inline(__always)
private func divided(_ value: Int64, by divisor: UInt64) -> Int64 {
    if divisor == 1 { return value }
    let quotient = value.magnitude / divisor
    return Int64(truncatingIfNeeded: value < 0 ? 0 &- quotient : quotient)
}

/// Undoes the residuals: appends the column's values, grid points not yet undone.
func appendValues(
    _ residuals: [UInt64], _ plan: ResidualPlan, to values: inout [Int64]
) {
    let base = plan.base
    let divisor = Int64(bitPattern: plan.divisor)
    let isOffset = plan.isOffset
    // Branches on constants of the loop: the optimiser takes them out of it.
    @inline(__always) func difference(_ residual: UInt64) -> Int64 {
        base &+ divisor &* (isOffset ? Int64(bitPattern: residual) : unzigzag(residual))
    }
    values.reserveCapacity(values.count + residuals.count + plan.order)
    var value = plan.starts.value
    var step = plan.starts.step
    switch plan.order {
    case 0:
        for residual in residuals { values.append(difference(residual)) }
    case 1:
        values.append(value)
        for residual in residuals {
            value &+= difference(residual)
            values.append(value)
        }
    default:
        values.append(value)
        value &+= step
        values.append(value)
        for residual in residuals {
            step &+= difference(residual)
            value &+= step
            values.append(value)
        }
    }
}
