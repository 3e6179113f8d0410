/// How a column is stored: the encoding byte of its directory entry.
///
///     bit 7   6         5        4       3 2     1 0
///     grid    deflated  divided  offset  family  form or layout
///
/// Family 0 has a form (zero, constant, linear), no payload and no flags; families 1, 2 and 3 are
/// differences of order 0, 1 and 2 in one of three layouts, deflated or not, or as coded bits.
struct ColumnEncoding: Equatable, Sendable {
    let byte: UInt8

    /// Every value is zero: nothing is stored.
    static let zero = ColumnEncoding(byte: 0)
    /// Every value is the same: it stands in the directory.
    static let constant = ColumnEncoding(byte: 1)
    /// Every value is the one before it plus a step: the first and the step stand in the directory.
    static let linear = ColumnEncoding(byte: 2)

    /// Bits 0 and 1 of a packed column; 3 are coded bits.
    enum Layout: UInt8, CaseIterable {
        case varint = 0
        case bytePlanes = 1
        case bitPlanes = 2
    }

    private static let coded: UInt8 = 3

    enum Form: Equatable {
        case zero, constant, linear
        case packed(order: Int, Residuals)

        /// The first version of the format that has it.
        var version: UInt8 { if case .packed(_, .coded) = self { 2 } else { 1 } }
    }

    /// How the residuals of a packed column become bytes.
    enum Residuals: Equatable {
        case plain(Layout)
        case deflated(Layout)
        /// By ``ResidualModel``.
        case coded

        /// Nil of coded bits.
        var layout: Layout? {
            switch self {
            case .plain(let layout), .deflated(let layout): layout
            case .coded: nil
            }
        }
    }

    init(byte: UInt8) { self.byte = byte }

    init(_ plan: ResidualPlan, _ residuals: Residuals) {
        var byte = UInt8(truncatingIfNeeded: plan.order + 1) << 2
        switch residuals {
        case .plain(let layout): byte |= layout.rawValue
        case .deflated(let layout): byte |= layout.rawValue | 0x40
        case .coded: byte |= Self.coded
        }
        if plan.isOffset { byte |= 0x10 }
        if plan.divisor > 1 { byte |= 0x20 }
        if plan.grid != nil { byte |= 0x80 }
        self.byte = byte
    }

    var isOffset: Bool { byte & 0x10 != 0 }
    var isDivided: Bool { byte & 0x20 != 0 }
    var isOnGrid: Bool { byte & 0x80 != 0 }

    /// Nil where the byte has no meaning in this version.
    var form: Form? {
        switch byte {
        case Self.zero.byte: return .zero
        case Self.constant.byte: return .constant
        case Self.linear.byte: return .linear
        default:
            let family = Int(byte >> 2 & 3)
            guard family > 0, let residuals else { return nil }
            return .packed(order: family - 1, residuals)
        }
    }

    private var residuals: Residuals? {
        let isDeflated = byte & 0x40 != 0
        guard let layout = Layout(rawValue: byte & 3) else { return isDeflated ? nil : .coded }
        return isDeflated ? .deflated(layout) : .plain(layout)
    }
}
