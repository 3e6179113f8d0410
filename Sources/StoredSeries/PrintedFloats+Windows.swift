import Telemetry
import Windows

extension PrintedFloats {
    /// A gauge's window as integers.
    struct WindowParts: Equatable {
        var minimum = Parts(index: 0)
        var maximum = Parts(index: 0)
        var last = Parts(index: 0)
        var sum = SumParts()

        /// Whether the last value is neither the minimum nor the maximum.
        var isLastApart: Bool { last.index != minimum.index && last.index != maximum.index }

        /// Takes the steps of one index for all its values of the row.
        func withStepsOfOneIndex() -> WindowParts {
            var parts = self
            if maximum.index == minimum.index { parts.maximum.steps = minimum.steps }
            if last.index == minimum.index { parts.last.steps = minimum.steps }
            if last.index == maximum.index { parts.last.steps = parts.maximum.steps }
            return parts
        }
    }

    /// A sum, as what it is beside the sum that its window's count and minimum let expect.
    ///
    /// Floats of one magnitude are whole numbers of one power of two, and so is their sum: that of
    /// thousandths tells which to within a few. What is left are the errors of printing.
    struct SumParts: Equatable {
        /// Of decimals: the sum of the indices, above count × minimum.
        var index: Int64 = 0
        /// The sum of the floats, in units of a power of two, above what the indices tell.
        var floats: Int64 = 0
        /// The sum above that of the floats, in units of its last decimal place.
        var rest: Int64 = 0
        /// How many binary places finer than the least of the floats the units are.
        var binaryPlaces: Int64 = 0
        /// How many decimal places more than the values the sum has.
        var decimalPlaces: Int64 = 0
    }

    /// Nil where a number of the window has no such parts.
    func parts(of window: Window) -> WindowParts? {
        guard let minimum = parts(of: window.minimum), let maximum = parts(of: window.maximum),
            let last = parts(of: window.last)
        else { return nil }
        var parts = WindowParts(minimum: minimum, maximum: maximum, last: last)
        guard parts == parts.withStepsOfOneIndex() else { return nil }
        if window.count > 1 {
            guard let sum = sumParts(of: window.sum, count: window.count, parts) else { return nil }
            parts.sum = sum
        }
        let sum = sum(of: parts, count: window.count)
        return sum?.shortest == window.sum.shortest ? parts : nil
    }

    /// Fills in a window's numbers; false where the parts are of none.
    ///
    /// - Parameter window: with its count.
    func read(_ parts: WindowParts, into window: inout Window) -> Bool {
        guard let minimum = value(of: parts.minimum),
            let maximum = parts.maximum == parts.minimum ? minimum : value(of: parts.maximum),
            let last = parts.last == parts.maximum ? maximum : value(of: parts.last),
            let sum = sum(of: parts, count: window.count)
        else { return false }
        window.minimum = minimum
        window.maximum = maximum
        window.last = last
        window.sum = sum
        return true
    }

    /// The sum of a window with these parts; nil where they have none.
    private func sum(of parts: WindowParts, count: Int64) -> ExactSum? {
        if count == 1 { return value(of: parts.minimum).map { ExactSum(of: $0) } }
        guard let units = units(of: parts) else { return nil }
        let floats = expected(units, parts, count: count) &+ Int128(parts.sum.floats)
        return ExactSum(
            total: units.total(of: floats) &+ Int128(parts.sum.rest), scale: units.scale)
    }

    private func sumParts(of sum: ExactSum, count: Int64, _ window: WindowParts) -> SumParts? {
        guard let shortest = sum.shortest, let units = units(of: window) else { return nil }
        var window = window
        window.sum.decimalPlaces = max(0, Int64(shortest.scale) - Int64(units.scale))
        var best: SumParts?
        // A window of zeros and floats may hold smaller ones than it shows.
        for binaryPlaces in 0...Self.binaryPlacesMaximum {
            window.sum.binaryPlaces = Int64(binaryPlaces)
            guard let finer = self.units(of: window),
                let total = shortest.rescaled(to: finer.scale), finer.holds(total)
            else { break }
            let floats = finer.count(of: total)
            let least = Int128(window.minimum.index) &* Int128(count)
            let index = places < 0 ? least : finer.index(of: total, places: places)
            guard let above = Int64(exactly: index &- least) else { break }
            window.sum.index = above
            guard let steps = Int64(exactly: floats &- expected(finer, window, count: count)),
                let rest = Int64(exactly: total &- finer.total(of: floats))
            else { break }
            window.sum.floats = steps
            window.sum.rest = rest
            best = best ?? window.sum
            if rest.magnitude / UInt64(count) <= Self.restOfReading { return window.sum }
        }
        return best
    }

    private static let binaryPlacesMaximum = 12
    /// Errors of printing are within this, in units of the last place.
    private static let restOfReading: UInt64 = 64

    /// What the sum of the floats is as far as indices, minimum and count tell.
    private func expected(_ units: Units, _ parts: WindowParts, count: Int64) -> Int128 {
        if places >= 0 {
            let index = Int128(parts.sum.index) &+ Int128(parts.minimum.index) &* Int128(count)
            return units.count(ofIndex: index, places: places)
        }
        return units.count(of: float(at: parts.minimum.index) ?? 0) &* Int128(count)
    }

    private func units(of parts: WindowParts) -> Units? {
        var exponent = 0
        var scale = 0
        for value in [parts.minimum, parts.maximum, parts.last] {
            guard let printed = self.value(of: value), let float = float(at: value.index) else {
                return nil
            }
            scale = max(scale, Int(printed.scale))
            if float != 0 { exponent = max(exponent, 23 - Int(float.exponent)) }
        }
        guard 0...Int64(Value.scaleMax) ~= parts.sum.decimalPlaces,
            0...Int64(Units.binaryPlacesMaximum) ~= parts.sum.binaryPlaces
        else { return nil }
        return Units(
            binaryPlaces: exponent + Int(parts.sum.binaryPlaces),
            scale: scale + Int(parts.sum.decimalPlaces))
    }
}

/// In what a sum of floats is counted, and in what its decimals are.
private struct Units {
    /// Floats are counted in units of 2^-`binaryPlaces`.
    let binaryPlaces: Int128
    /// Digits of the sum after the point.
    let scale: Int8

    /// LIMIT: beyond it 128 bits hold hardly any sum.
    static let binaryPlacesMaximum = 63

    init?(binaryPlaces: Int, scale: Int) {
        guard 0...Self.binaryPlacesMaximum ~= binaryPlaces, 0...Int(Value.scaleMax) ~= scale else {
            return nil
        }
        self.binaryPlaces = Int128(binaryPlaces)
        self.scale = Int8(scale)
    }

    private var power: Int128 { Int128(powersOfTen[Int(scale)]) }

    /// Whether a total can be counted without leaving 128 bits.
    func holds(_ total: Int128) -> Bool { total.magnitude >> UInt128(124 - binaryPlaces) == 0 }

    /// The nearest number of units to a decimal total.
    func count(of total: Int128) -> Int128 { nearest(total << binaryPlaces, power) }

    /// The nearest decimal total to a number of units.
    func total(of count: Int128) -> Int128 { nearest(count &* power, 1 << binaryPlaces) }

    /// The nearest sum of indices to a decimal total.
    func index(of total: Int128, places: Int) -> Int128 {
        places >= Int(scale)
            ? total &* Int128(powersOfTen[places - Int(scale)])
            : nearest(total, Int128(powersOfTen[Int(scale) - places]))
    }

    func count(ofIndex index: Int128, places: Int) -> Int128 {
        nearest(index << binaryPlaces, Int128(powersOfTen[places]))
    }

    /// INVARIANT: the float is zero or of as many binary places at most.
    func count(of float: Float) -> Int128 {
        let unit = Double(sign: .plus, exponent: Int(binaryPlaces), significand: 1)
        return Int128(exactly: Double(float) * unit) ?? 0
    }
}

/// The quotient rounded half away from zero.
private func nearest(_ number: Int128, _ divisor: Int128) -> Int128 {
    let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
    guard rest.magnitude >= (divisor.magnitude + 1) / 2 else { return quotient }
    return number < 0 ? quotient - 1 : quotient + 1
}
