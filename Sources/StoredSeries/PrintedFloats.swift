import Telemetry

/// Values that are floats of 32 bits, printed with more digits than these hold.
///
/// A program that keeps its numbers in 32 bits and prints them as doubles gives 30.5310001373291
/// for 30.531, and 453.76919555664 for what its sensor's 24 bits said: fifteen digits that hold no
/// more than the number 30531, or the bits of the float.
package struct PrintedFloats: Equatable, Sendable {
    /// A value is the float nearest to an index divided by 10^`places`, 0...9; or, of ``noPlaces``,
    /// the index counts the floats themselves, upwards from zero.
    package let places: Int
    /// Significant digits that were printed, 1...17.
    package let digits: Int
    package let rounding: Rounding

    /// How digits were left away. Raw values stand in the file.
    package enum Rounding: Int64, Sendable, CaseIterable {
        /// As few digits as tell the double apart: 15, or else 16, or else 17.
        case shortest = 0
        case toEven = 1
        case up = 2
        /// What follows was cut off.
        case towardsZero = 3
    }

    package static let noPlaces = -1
    package static let placesMaximum = 9
    /// How many steps of a double a printed value may be from its float: programs that read and
    /// print such numbers again err by a few.
    static let stepsMaximum: Int64 = 7

    /// Nil where a number is out of its range.
    package init?(places: Int64, digits: Int64, rounding: Int64) {
        guard Int64(Self.noPlaces)...Int64(Self.placesMaximum) ~= places, 1...17 ~= digits,
            let rounding = Rounding(rawValue: rounding)
        else { return nil }
        self.places = Int(places)
        self.digits = Int(digits)
        self.rounding = rounding
    }

    /// A value as integers: its float, and how many doubles its own is above that.
    struct Parts: Equatable {
        var index: Int64
        var steps: Int64 = 0
    }

    /// Nil where the value is not such a float, printed so.
    func parts(of value: Value) -> Parts? {
        guard value.isDecimal else { return nil }
        let double = value.double
        let nearest = Float(double)
        guard nearest.isFinite, let index = index(of: nearest) else { return nil }
        var parts = Parts(index: index)
        if rounding == .shortest {
            // -0 is none of the values, and the bits of doubles of one sign are in their order.
            let offset =
                Int64(bitPattern: double.bitPattern)
                &- Int64(bitPattern: Double(nearest).bitPattern)
            guard offset.magnitude <= Self.stepsMaximum else { return nil }
            parts.steps = offset
        }
        return self.value(of: parts) == value ? parts : nil
    }

    /// The value of parts; nil where they have none.
    func value(of parts: Parts) -> Value? {
        guard let float = float(at: parts.index),
            parts.steps.magnitude <= Self.stepsMaximum
        else { return nil }
        if float == 0 { return parts.steps == 0 ? Value(0) : nil }
        let double = Double(
            bitPattern: Double(float).bitPattern &+ UInt64(bitPattern: parts.steps))
        guard rounding == .shortest else { return printed(double, digits: digits) }
        for digits in 15...16 {
            if let value = printed(double, digits: digits), value.double == double { return value }
        }
        return printed(double, digits: 17)
    }

    /// The float of an index; nil where there is none.
    func float(at index: Int64) -> Float? {
        if places >= 0 {
            let float = Float(Double(index) / Double(powersOfTen[places]))
            return float.isFinite ? float : nil
        }
        guard index.magnitude < UInt64(Float.infinity.bitPattern) else { return nil }
        let magnitude = Float(bitPattern: UInt32(index.magnitude))
        return index < 0 ? -magnitude : magnitude
    }

    private func index(of float: Float) -> Int64? {
        if places < 0 {
            let magnitude = Int64(float.magnitude.bitPattern)
            return float < 0 ? -magnitude : magnitude
        }
        let index = (Double(float) * Double(powersOfTen[places])).rounded()
        guard index.magnitude < 0x1p53, self.float(at: Int64(index)) == float else { return nil }
        return Int64(index)
    }

    /// A double in so many significant digits, without zeros at their end; nil where a decimal
    /// does not hold that.
    private func printed(_ double: Double, digits: Int) -> Value? {
        let magnitude = double.magnitude
        // LIMIT: doubles that need no more than 18 digits after the point, and some before it.
        guard (1e-9..<1e15).contains(magnitude) else { return nil }
        var scale = digits - 1 - decimalExponent(of: magnitude)
        guard 0...Int(Value.scaleMax) ~= scale else { return nil }
        // INVARIANT: 53 bits times 60, and at most 82 bits are shifted out.
        let unit = Int64(magnitude.significandBitPattern | 1 << 52)
        let product = Int128(unit) * Int128(powersOfTen[scale])
        let exponent = Int(magnitude.exponent) - 52
        let wide =
            exponent < 0
            ? shiftedRight(product, by: -exponent, rounding) : product << Int128(exponent)
        guard var mantissa = Int64(exactly: wide) else { return nil }
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        return Value(double < 0 ? -mantissa : mantissa, scale: Int8(scale))
    }
}

extension PrintedFloats {
    /// Decimals of fewer digits are about as short.
    private static let digitsMinimum = 8
    private static let sampleCount = 128

    /// The floats that nearly all of the values are, nil where they are none.
    ///
    /// - Complexity: values that are none are seen within a sample of them.
    static func find(in values: some Collection<Value>) -> PrintedFloats? {
        // From all of them: a machine may stand still for a while.
        let stride = values.count / sampleCount + 1
        let sample = values.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
        let digits = sample.reduce(0) { max($0, $1.significantDigits) }
        guard digits >= digitsMinimum else { return nil }
        for rounding in Rounding.allCases {
            guard let floats = Self(noPlaces, digits, rounding), floats.fit(sample) else {
                continue
            }
            // Decimals that are nearly as fine as the floats say no more.
            for places in 0...6 {
                let finest =
                    sample.reduce(0) { max($0, $1.double.magnitude) } * Double(powersOfTen[places])
                guard finest < 0x1p22 else { break }
                if let decimals = Self(places, digits, rounding), decimals.fit(sample),
                    decimals.fit(values)
                {
                    return decimals
                }
            }
            if floats.fit(values) { return floats }
        }
        return nil
    }

    private init?(_ places: Int, _ digits: Int, _ rounding: Rounding) {
        self.init(places: Int64(places), digits: Int64(digits), rounding: rounding.rawValue)
    }

    /// Whether all but a sixteenth of the values are such floats.
    private func fit(_ values: some Collection<Value>) -> Bool {
        allButASixteenth(of: values) { parts(of: $0) != nil }
    }
}

/// The power of ten that is at most this number of 10^-9 to 10^15.
private func decimalExponent(of magnitude: Double) -> Int {
    // The double nearest to 0.1 counts as 0.1, whichever side it is on, and so on: it prints so.
    var exponent = 0
    if magnitude >= 1 {
        while exponent < 15, magnitude >= Double(powersOfTen[exponent + 1]) { exponent += 1 }
        return exponent
    }
    while exponent > -10, magnitude < 1 / Double(powersOfTen[-exponent]) { exponent -= 1 }
    return exponent
}

/// A number that is not below zero divided by 2^`count`.
private func shiftedRight(
    _ number: Int128, by count: Int, _ rounding: PrintedFloats.Rounding
) -> Int128 {
    let whole = number >> Int128(count)
    let rest = number - whole << Int128(count)
    let half = Int128(1) << Int128(count - 1)
    switch rounding {
    case .towardsZero: return whole
    case .up: return rest >= half ? whole + 1 : whole
    case .toEven, .shortest:
        return rest > half || (rest == half && whole & 1 == 1) ? whole + 1 : whole
    }
}
