/// A grid of fractions whose points were rounded to whole numbers when they were printed.
///
/// A sensor that prints the mean of three samples of one decimal in two decimals gives 0.00, 0.03,
/// 0.07, 0.10, ...: as integers, every third of ten, rounded. The point numbers 0, 1, 2, 3 need
/// 1.7 bits less a value than the integers, which have no common divisor.
struct Grid: Equatable, Sendable {
    /// Points lie at `index * numerator / denominator`, rounded half up.
    let numerator: Int64
    let denominator: Int64

    /// LIMIT: what a block may hold; the encoder tries fewer.
    static let numeratorMaximum: UInt64 = 10_000
    static let denominatorMaximum: UInt64 = 100

    /// The number of the point nearest to `value`. INVARIANT: `value` is within
    /// ``magnitudeMaximum``, so nothing overflows.
    @inline(__always)
    func index(of value: Int64) -> Int64 {
        flooredQuotient(2 * value * denominator + numerator, 2 * numerator)
    }

    /// The rounded value of a point, nil where it overflows 64 bits on the way.
    @inline(__always)
    func value(at index: Int64) -> Int64? {
        let (product, overflow) = index.multipliedReportingOverflow(by: 2 * numerator)
        let (dividend, carry) = product.addingReportingOverflow(denominator)
        return overflow || carry ? nil : flooredQuotient(dividend, 2 * denominator)
    }

    /// LIMIT: the largest magnitude that the encoder looks for a grid in; keeps
    /// `2 * value * 12 + 1000` and its inverse within 64 bits.
    static let magnitudeMaximum: UInt64 = 1 << 47

    /// The coarsest grid of means of 2 to 12 samples on which all the values lie, nil where none
    /// is worth its while: one that is not clearly coarser than the common divisor saves nothing.
    ///
    /// - Complexity: a value that fits no grid is seen within a few values; the whole column is
    ///   read once where one fits.
    static func coarsest(for values: [Int64]) -> Grid? {
        guard values.allSatisfy({ $0.magnitude < magnitudeMaximum }) else { return nil }
        let divisor = Int64(commonDivisor(values))
        for numerator: Int64 in [1000, 100, 10] {
            for denominator: Int64 in 2...12 where numerator % denominator != 0 {
                if 2 * numerator < 3 * divisor * denominator { return nil }
                let grid = Grid(numerator: numerator, denominator: denominator)
                if values.allSatisfy({ grid.value(at: grid.index(of: $0)) == $0 }) { return grid }
            }
        }
        return nil
    }
}

/// INVARIANT: `divisor` is positive.
@inline(__always)
private func flooredQuotient(_ dividend: Int64, _ divisor: Int64) -> Int64 {
    let quotient = dividend / divisor
    return dividend % divisor < 0 ? quotient - 1 : quotient
}
