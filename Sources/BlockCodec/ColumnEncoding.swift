/// How a column is stored: the encoding byte of its directory entry.
///
///     bit 7   6         5        4       3 2     1 0
///     grid    deflated  divided  offset  family  form or layout
///
/// Family 0 has a form (zero, constant, linear), no payload and no flags; families 1, 2 and 3 are
/// differences of order 0, 1 and 2 in one of three layouts.
struct ColumnEncoding: Equatable, Sendable {
    let byte: UInt8

    /// Every value is zero: nothing is stored.
    static let zero = ColumnEncoding(byte: 0)
    /// Every value is the same: it stands in the directory.
    static let constant = ColumnEncoding(byte: 1)
    /// Every value is the one before it plus a step: the first and the step stand in the directory.
    static let linear = ColumnEncoding(byte: 2)

    /// Bits 0 and 1 of a packed column.
    enum Layout: UInt8, CaseIterable {
        case varint = 0
        case bytePlanes = 1
        case bitPlanes = 2
    }

    enum Form: Equatable {
        case zero, constant, linear
        case packed(order: Int, layout: Layout)
    }

    init(byte: UInt8) { self.byte = byte }

    init(_ plan: ResidualPlan, layout: Layout, isDeflated: Bool) {
        var byte = UInt8(truncatingIfNeeded: plan.order + 1) << 2 | layout.rawValue
        if plan.isOffset { byte |= 0x10 }
        if plan.divisor > 1 { byte |= 0x20 }
        if isDeflated { byte |= 0x40 }
        if plan.grid != nil { byte |= 0x80 }
        self.byte = byte
    }

    var isOffset: Bool { byte & 0x10 != 0 }
    var isDivided: Bool { byte & 0x20 != 0 }
    var isDeflated: Bool { byte & 0x40 != 0 }
    var isOnGrid: Bool { byte & 0x80 != 0 }

    /// Nil where the byte has no meaning in this version.
    var form: Form? {
        switch byte {
        case Self.zero.byte: return .zero
        case Self.constant.byte: return .constant
        case Self.linear.byte: return .linear
        default:
            let family = Int(byte >> 2 & 3)
            guard family > 0, let layout = Layout(rawValue: byte & 3) else { return nil }
            return .packed(order: family - 1, layout: layout)
        }
    }
}
