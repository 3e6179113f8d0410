/// From one UCUM unit to another of the same dimension: (value × `factor` + `shift`) ÷ `divisor`.
///
/// Units are products of atoms with prefixes and exponents, `kW.h/m3`, read from left to right
/// (ucum.org, §2.4: `.` and `/` bind alike). Of the atoms those that meters and networks of a town
/// have are known. An annotation is a dimension of its own: reactive power, `V.A{reactive}`, is no
/// apparent power. Degrees Celsius and Fahrenheit stand alone, as intervals they are kelvins.
public struct UnitConversion: Sendable, Equatable {
    /// Decimals, and so is `shift`, where these are not too large.
    public let factor: Value
    public let shift: Value
    /// 1 where factor and shift are decimals without it: it is 60,000 from watt-minutes to
    /// kilowatt-hours.
    public let divisor: Value

    /// nil where one of the codes is not known or the two have different dimensions.
    public init?(from source: String, to target: String) {
        guard let source = ParsedUnit(source), let target = ParsedUnit(target),
            source.dimension == target.dimension,
            let factor = source.factor.divided(by: target.factor),
            let shift = source.zero.minus(target.zero)?.divided(by: target.factor)
        else { return nil }
        if factor.value.isDecimal, shift.value.isDecimal {
            (self.factor, self.shift, divisor) = (factor.value, shift.value, Value(1))
            return
        }
        let times = Ratio(factor.denominator).flatMap { shift.times($0) }
        guard let times, let common = Ratio(times.denominator)?.times(Ratio(factor.denominator)),
            let wide = Ratio(times.denominator)?.times(Ratio(factor.numerator))
        else {
            (self.factor, self.shift, divisor) = (factor.value, shift.value, Value(1))
            return
        }
        self.factor = wide.value
        self.shift = Value(times.numerator)
        divisor = common.value
    }
}

/// numerator / denominator, without overflow or nil.
private struct Ratio: Equatable {
    var numerator: Int64
    var denominator: Int64

    init?(_ numerator: Int64, _ denominator: Int64 = 1) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        var (a, b) = (numerator.magnitude, denominator.magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        let divisor = Int64(max(a, 1)) * (denominator < 0 ? -1 : 1)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    func times(_ other: Ratio?) -> Ratio? {
        guard let other else { return nil }
        // Across first, so that what cancels does not overflow.
        guard let left = Ratio(numerator, other.denominator),
            let right = Ratio(other.numerator, denominator)
        else { return nil }
        let (top, isOver) = left.numerator.multipliedReportingOverflow(by: right.numerator)
        let (bottom, isOverToo) =
            left.denominator.multipliedReportingOverflow(by: right.denominator)
        return isOver || isOverToo ? nil : Ratio(top, bottom)
    }

    func divided(by other: Ratio) -> Ratio? {
        Ratio(other.denominator, other.numerator).flatMap { times($0) }
    }

    func minus(_ other: Ratio) -> Ratio? {
        let (left, isOver) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, isOverToo) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (top, isOverThree) = left.subtractingReportingOverflow(right)
        let (bottom, isOverFour) =
            denominator.multipliedReportingOverflow(by: other.denominator)
        return isOver || isOverToo || isOverThree || isOverFour ? nil : Ratio(top, bottom)
    }

    func power(_ exponent: Int) -> Ratio? {
        var result = Ratio(1)
        for _ in 0..<exponent.magnitude { result = result?.times(self) }
        return exponent < 0 ? result.flatMap { Ratio($0.denominator, $0.numerator) } : result
    }

    /// A decimal where the denominator divides a power of ten.
    var value: Value {
        for scale in 0...Value.scaleMax {
            let (scaled, isOver) = numerator.multipliedReportingOverflow(
                by: powersOfTen[Int(scale)])
            if isOver { break }
            if scaled % denominator == 0 { return Value(scaled / denominator, scale: scale) }
        }
        return Value(binary: Double(numerator) / Double(denominator))
    }
}

/// A code by its meaning.
private struct ParsedUnit {
    /// Exponents of base units and of annotations.
    private(set) var dimension: [String: Int] = [:]
    /// What one of it is in base units.
    private(set) var factor: Ratio
    /// Where its zero lies, in base units.
    private(set) var zero: Ratio

    // LIMIT: no unit of ours has more than three.
    private static let exponentMax = 9

    init?(_ code: String) {
        guard let one = Ratio(1), let nought = Ratio(0) else { return nil }
        (factor, zero) = (one, nought)
        if let scale = temperatureScales[code] {
            dimension = ["K": 1]
            (factor, zero) = scale
            return
        }
        var rest = Substring(code)
        var sign = 1
        if rest.first == "/" {
            sign = -1
            rest.removeFirst()
        }
        while true {
            let end = rest.firstIndex { $0 == "." || $0 == "/" } ?? rest.endIndex
            guard take(rest[..<end], sign) else { return nil }
            guard end < rest.endIndex else { break }
            sign = rest[end] == "/" ? -1 : 1
            rest = rest[rest.index(after: end)...]
        }
        dimension = dimension.filter { $0.value != 0 }
    }

    /// One atom with its prefix, exponent and annotation.
    private mutating func take(_ text: Substring, _ sign: Int) -> Bool {
        var text = text
        if let brace = text.firstIndex(of: "{") {
            guard text.last == "}" else { return false }
            dimension[String(text[brace...]), default: 0] += sign
            text = text[..<brace]
            if text.isEmpty { return true }
        }
        var exponent = 1
        if let start = text.firstIndex(where: { $0.isNumber || $0 == "-" }), text.last != "]",
            start > text.startIndex
        {
            guard let number = Int(text[start...]), number != 0,
                number.magnitude <= Self.exponentMax
            else { return false }
            exponent = number
            text = text[..<start]
        }
        guard let atom = Self.atom(String(text)),
            let power = atom.factor.power(exponent * sign), let product = factor.times(power)
        else { return false }
        factor = product
        for (base, count) in atom.dimension {
            dimension[base, default: 0] += count * exponent * sign
        }
        return true
    }

    private static func atom(_ text: String) -> Atom? {
        if let atom = atoms[text] { return atom }
        for (prefix, power) in prefixes where text.hasPrefix(prefix) {
            guard let atom = atoms[String(text.dropFirst(prefix.count))], atom.isMetric,
                let factor = Ratio(10)?.power(power)?.times(atom.factor)
            else { continue }
            return Atom(dimension: atom.dimension, factor: factor, isMetric: false)
        }
        return nil
    }
}

/// One unit symbol.
private struct Atom {
    let dimension: [String: Int]
    let factor: Ratio
    /// Whether it takes prefixes.
    let isMetric: Bool
}

/// Longer ones first: `da` before `d`.
private let prefixes: [(String, Int)] = [
    ("da", 1), ("h", 2), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("d", -1), ("c", -2),
    ("m", -3), ("u", -6), ("n", -9), ("p", -12),
]

/// What one degree is in kelvins, and where zero lies.
private let temperatureScales: [String: (Ratio, Ratio)] = {
    guard let one = Ratio(1), let celsius = Ratio(27_315, 100), let fifth = Ratio(5, 9),
        let fahrenheit = Ratio(45_967 * 5, 900)
    else { return [:] }
    return ["Cel": (one, celsius), "[degF]": (fifth, fahrenheit)]
}()

/// By metres, seconds, grams, kelvins, amperes, candelas, moles, bits and degrees.
private let atoms: [String: Atom] = {
    var atoms: [String: Atom] = [:]
    func add(
        _ name: String, _ dimension: [String: Int], _ numerator: Int64 = 1,
        _ denominator: Int64 = 1, isMetric: Bool = true
    ) {
        guard let factor = Ratio(numerator, denominator) else { return }
        atoms[name] = Atom(dimension: dimension, factor: factor, isMetric: isMetric)
    }
    add("1", [:], isMetric: false)
    for base in ["m", "s", "g", "K", "A", "cd", "mol", "bit"] { add(base, [base: 1]) }
    for own in ["deg", "dB", "dB[mW]", "[pH]", "[arb'U]"] { add(own, [own: 1], isMetric: false) }
    add("%", [:], 1, 100, isMetric: false)
    add("[ppth]", [:], 1, 1_000, isMetric: false)
    add("[ppm]", [:], 1, 1_000_000, isMetric: false)
    add("[ppb]", [:], 1, 1_000_000_000, isMetric: false)
    add("min", ["s": 1], 60, isMetric: false)
    add("h", ["s": 1], 3_600, isMetric: false)
    add("d", ["s": 1], 86_400, isMetric: false)
    add("wk", ["s": 1], 604_800, isMetric: false)
    add("Hz", ["s": -1])
    add("Bq", ["s": -1])
    add("L", ["m": 3], 1, 1_000)
    add("l", ["m": 3], 1, 1_000)
    add("t", ["g": 1], 1_000_000)
    add("By", ["bit": 1], 8)
    add("N", ["g": 1, "m": 1, "s": -2], 1_000)
    add("Pa", ["g": 1, "m": -1, "s": -2], 1_000)
    add("bar", ["g": 1, "m": -1, "s": -2], 100_000_000)
    add("J", ["g": 1, "m": 2, "s": -2], 1_000)
    add("W", ["g": 1, "m": 2, "s": -3], 1_000)
    add("C", ["A": 1, "s": 1])
    add("V", ["g": 1, "m": 2, "s": -3, "A": -1], 1_000)
    add("Ohm", ["g": 1, "m": 2, "s": -3, "A": -2], 1_000)
    add("S", ["g": -1, "m": -2, "s": 3, "A": 2], 1, 1_000)
    add("lm", ["cd": 1])
    add("lx", ["cd": 1, "m": -2])
    add("[g]", ["m": 1, "s": -2], 980_665, 100_000)
    add("[in_i]", ["m": 1], 254, 10_000, isMetric: false)
    add("[ft_i]", ["m": 1], 3_048, 10_000, isMetric: false)
    add("[mi_i]", ["m": 1], 1_609_344, 1_000, isMetric: false)
    return atoms
}()
