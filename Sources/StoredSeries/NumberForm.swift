import Telemetry
import Windows

/// How the numbers of a row are written as integers.
package enum NumberForm: Equatable, Sendable {
    /// Decimals of so many digits after the point.
    case decimal(scale: Int8)
    /// The bit patterns of doubles.
    case binary
    case fractions(PrintedFractions)
    case floats(PrintedFloats)

    /// What column `scale` has for ``fractions(_:)``, above all scales.
    package static let fractionsCode: Int64 = 32
    /// The same for ``floats(_:)``.
    package static let floatsCode: Int64 = 33

    /// What column `scale` has for the row.
    var code: Int64 {
        switch self {
        case .decimal(let scale): Int64(scale)
        case .binary: Int64(Value.binaryScale)
        case .fractions: Self.fractionsCode
        case .floats: Self.floatsCode
        }
    }

    /// The form in which all of a series' windows can be written, or nearly all; nil where they
    /// have none in common.
    package init?(of windows: some Collection<Window>, kind: MetricKind) {
        if kind == .gauge {
            let values = windows.map(\.last)
            if let fractions = PrintedFractions.find(in: values) {
                self = .fractions(fractions)
                return
            }
            if let floats = PrintedFloats.find(in: values) {
                self = .floats(floats)
                return
            }
        }
        var finest: Int8 = 0
        for window in windows {
            guard case .decimal(let scale) = window.form(kind: kind) else { return nil }
            finest = max(finest, scale)
        }
        self = .decimal(scale: finest)
        if kind == .gauge,
            let coarse = PrintedFractions.decimals(of: windows.map(\.last), finest: finest)
        {
            self = .fractions(coarse)
            return
        }
        guard windows.allSatisfy({ fits($0, kind: kind) }) else { return nil }
    }

    /// INVARIANT: the form fits the value's window.
    func bits(of value: Value) -> Int64 {
        switch self {
        case .decimal(let scale): value.mantissa(atScale: scale) ?? 0
        case .binary: Int64(bitPattern: value.double.bitPattern)
        case .fractions(let fractions): fractions.index(of: value) ?? 0
        case .floats(let floats): floats.parts(of: value)?.index ?? 0
        }
    }

    /// The sum of bits that a sum is written as, nil where it is written as a double.
    func total(of sum: ExactSum) -> Int128? {
        switch self {
        case .decimal(let scale): sum.rescaled(to: scale)
        case .binary, .floats: nil
        case .fractions(let fractions): fractions.parts(of: sum).map { Int128($0.index) }
        }
    }

    /// What ``total(of:)`` leaves of a window's sum. That of one reading is its value.
    func restOfSum(_ window: Window) -> Int64 {
        guard case .fractions(let fractions) = self, window.count > 1 else { return 0 }
        return fractions.parts(of: window.sum)?.rest ?? 0
    }

    /// Whether all numbers of a window are exact in this form.
    func fits(_ window: Window, kind: MetricKind) -> Bool {
        let (values, sums) = window.numbers(kind: kind)
        switch self {
        case .decimal(let scale):
            return values.allSatisfy { $0.mantissa(atScale: scale) != nil }
                && sums.allSatisfy { $0.rescaled(to: scale) != nil }
        case .binary: return true
        case .fractions(let fractions):
            return values.allSatisfy { fractions.index(of: $0) != nil }
                && sums.allSatisfy { fractions.parts(of: $0) != nil }
                && (window.count > 1 || window.sum.shortest == ExactSum(of: window.last).shortest)
        case .floats(let floats): return kind == .gauge && floats.parts(of: window) != nil
        }
    }
}

extension Window {
    /// The form that a window gets: the preferred one if it fits.
    func form(preferred: NumberForm?, kind: MetricKind) -> NumberForm {
        if let preferred, preferred.fits(self, kind: kind) { return preferred }
        return form(kind: kind)
    }

    /// Decimals of as many digits as the window's finest number has; doubles where one is a double
    /// or 64 bits do not hold them all.
    fileprivate func form(kind: MetricKind) -> NumberForm {
        let (values, sums) = numbers(kind: kind)
        guard values.allSatisfy(\.isDecimal), sums.allSatisfy(\.isDecimal) else { return .binary }
        let finest = (values.map(\.scale) + sums.map(\.scale)).reduce(0, max)
        let form = NumberForm.decimal(scale: finest)
        return form.fits(self, kind: kind) ? form : .binary
    }

    /// What of a window is written in its form.
    fileprivate func numbers(kind: MetricKind) -> (values: [Value], sums: [ExactSum]) {
        switch kind {
        case .gauge: ([minimum, maximum, last], [sum])
        case .amount: ([], [sum])
        case .counter: ([first, last] + [second, fallenFrom].compactMap(\.self), [increase])
        case .steppedGauge: ([first, last, minimum, maximum], [sum, integral])
        case .state: ([first, last], [])
        }
    }
}
