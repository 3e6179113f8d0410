import Telemetry

/// A number in a frame of bytes.
public struct FrameNumber: Sendable, Equatable {
    public enum Form: Sendable, Equatable {
        case unsigned, signed
        /// IEEE 754, of 2, 4 or 8 bytes.
        case float
        /// Two decimal digits in each byte, as meters have them.
        case decimal
    }

    let form: Form
    /// Bytes: 1...8, of a decimal 1...9.
    let size: Int
    let isLittleEndian: Bool

    /// - Parameter size: see the property; a float has 2, 4 or 8.
    public init(_ form: Form, size: Int, isLittleEndian: Bool) {
        precondition((1...(form == .decimal ? 9 : 8)).contains(size))
        precondition(form != .float || [2, 4, 8].contains(size))
        self.form = form
        self.size = size
        self.isLittleEndian = isLittleEndian
    }

    /// The number at a place; nil where it is none: a float that is not finite, a digit above 9.
    ///
    /// The caller has checked that the bytes are there.
    func value(_ frame: Span<UInt8>, at start: Int) -> Value? {
        if form == .decimal { return decimal(frame, at: start) }
        let bits = bits(frame, at: start)
        switch form {
        case .unsigned:
            return Int64(exactly: bits).map { Value($0) } ?? Value(binary: Double(bits))
        case .signed:
            let shift = Int64(64 - size * 8)
            return Value((Int64(bitPattern: bits) << shift) >> shift)
        case .float, .decimal:
            let double = double(bits)
            return double.isFinite ? Value(binary: double) : nil
        }
    }

    private func bits(_ frame: Span<UInt8>, at start: Int) -> UInt64 {
        var bits: UInt64 = 0
        for place in 0..<size {
            bits = bits << 8 | UInt64(frame[start + (isLittleEndian ? size - 1 - place : place)])
        }
        return bits
    }

    private func double(_ bits: UInt64) -> Double {
        switch size {
        case 2: halfPrecision(UInt16(bits))
        case 4: Double(Float(bitPattern: UInt32(bits)))
        default: Double(bitPattern: bits)
        }
    }

    private func decimal(_ frame: Span<UInt8>, at start: Int) -> Value? {
        var number: Int64 = 0
        for place in 0..<size {
            let byte = frame[start + (isLittleEndian ? size - 1 - place : place)]
            guard byte >> 4 <= 9, byte & 15 <= 9 else { return nil }
            // INVARIANT: 18 digits are below 2^63.
            number = number * 100 + Int64(byte >> 4) * 10 + Int64(byte & 15)
        }
        return Value(number)
    }
}

/// A float of 16 bits (IEEE 754 binary16), which Swift does not have on every machine.
func halfPrecision(_ half: UInt16) -> Double {
    let exponent = Int(half >> 10 & 0x1f)
    let fraction = Double(half & 0x3ff)
    let magnitude: Double
    switch exponent {
    case 0: magnitude = Double(sign: .plus, exponent: -24, significand: fraction)
    case 31: magnitude = fraction == 0 ? .infinity : .nan
    default:
        magnitude = Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
    }
    return half >> 15 == 0 ? magnitude : -magnitude
}
