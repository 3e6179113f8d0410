import Telemetry

/// What the windows of a series need to know of it.
public struct WindowRule: Sendable, Equatable {
    public let kind: MetricKind
    /// Of a counter, the total at which it begins again from zero; nil where nobody knows.
    public let modulus: Value?

    public init(_ kind: MetricKind, modulus: Value? = nil) {
        self.kind = kind
        self.modulus = kind == .counter ? modulus : nil
    }
}

extension SeriesDescriptor {
    /// How its readings become windows.
    public var windowRule: WindowRule { WindowRule(kind, modulus: modulus) }
}

/// What a counter's total rose between two of its readings.
///
/// A fall is a roll-over where the counter has a modulus and went from the uppermost tenth of its
/// range to the lowest. Any other is a reset: the device began again from zero, so what it shows is
/// what it counted since. (A meter that is replaced is a journalled operation and never guessed
/// from a fall.)
public func counterStep(
    from earlier: Value, to later: Value, modulus: Value?
) -> (increase: ExactSum, isReset: Bool) {
    var increase = ExactSum()
    increase.add(later)
    guard later < earlier else {
        increase.add(earlier, times: -1)
        return (increase, false)
    }
    guard let modulus, isRollOver(from: earlier, to: later, modulus: modulus) else {
        return (increase, true)
    }
    increase.add(modulus)
    increase.add(earlier, times: -1)
    return (increase, false)
}

/// Whether a counter went from the uppermost tenth of its range to the lowest.
private func isRollOver(from earlier: Value, to later: Value, modulus: Value) -> Bool {
    guard Value(0) <= later, earlier < modulus else { return false }
    guard earlier.isDecimal, later.isDecimal, modulus.isDecimal else {
        return earlier.double >= modulus.double * 0.9 && later.double <= modulus.double * 0.1
    }
    // On the finest grid that there is: 10^38 fits.
    func tenths(_ value: Value, times factor: Int128) -> Int128 {
        Int128(value.bits) * Int128(powersOfTen[18 - Int(value.scale)]) * factor
    }
    return tenths(earlier, times: 10) >= tenths(modulus, times: 9)
        && tenths(later, times: 10) <= tenths(modulus, times: 1)
}
