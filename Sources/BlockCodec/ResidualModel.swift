// What the range coder expects of a residual: its length in bits from what came before or stands
// beside it, and its leading bits from its length.

/// What tells how long a residual will be.
enum ResidualContext: Equatable {
    /// The lengths of all residuals so far.
    case none
    /// The lengths of the two before it.
    case previous
    /// The value of another column in the same row.
    case column(id: UInt8)

    /// A byte of a payload's head.
    var byte: UInt8 {
        switch self {
        case .none: 0
        case .previous: 1
        case .column(let id): id + 2
        }
    }

    /// Nil where the byte has no meaning in this version.
    init?(byte: UInt8) {
        switch byte {
        case 0: self = .none
        case 1: self = .previous
        case 2...BlockCodec.columnIDMaximum + 2: self = .column(id: byte - 2)
        default: return nil
        }
    }
}

/// Turns residuals into coded bits and back. Its models begin anew with each column.
///
/// It owns 95 kB once it was used. One thread.
struct ResidualModel: ~Copyable {
    /// Lengths from here on share their contexts.
    private static let lengthMaximum = 19
    /// Values of the other column below this have a context each.
    private static let exactMaximum = 24
    private static let contextCount = exactMaximum + lengthMaximum + 1
    /// A tree of six bits, and a bit that tells lengths of 63 and 64 apart.
    private static let nodeCount = 64
    /// Bits below the leading one that are learned, as a tree.
    private static let leadingCount = 4
    private static let leadingNodeCount = 1 << leadingCount
    /// The models of the leading bits of one context: a tree for each length of 0 to 64.
    private static let sideCount = 65 * leadingNodeCount

    /// First the trees of lengths, one a context; then those of leading bits.
    private var models: [BitModel] = []
    private static let leadingStart = contextCount * nodeCount

    init() {}

    /// Forgets everything that this context may have learned.
    private mutating func begin(_ context: ResidualContext) {
        if models.isEmpty {
            models = Array(
                repeating: BitModel(),
                count: Self.leadingStart + (Self.lengthMaximum + 1) * Self.sideCount)
        }
        let (contexts, sides) =
            switch context {
            case .none: (1, 1)
            case .previous: (Self.lengthMaximum + 1, 1)
            case .column: (Self.contextCount, Self.lengthMaximum + 1)
            }
        var models = models.mutableSpan
        for index in 0..<contexts * Self.nodeCount { models[index] = BitModel() }
        for index in 0..<sides * Self.sideCount {
            models[Self.leadingStart + index] = BitModel()
        }
    }

    /// Where the models of a residual lie: the first of its lengths, and of its leading bits.
    private struct Place {
        var lengths = 0
        var leading = leadingStart

        /// What all residuals have in common.
        init() {}

        /// Beside this value of another column.
        @inline(__always)
        init(beside value: Int64) {
            let length = min(bitLength(value.magnitude), lengthMaximum)
            let context =
                value.magnitude < UInt64(exactMaximum)
                ? Int(truncatingIfNeeded: value.magnitude) : exactMaximum &+ length
            lengths = context &* nodeCount
            leading = leadingStart &+ length &* sideCount
        }

        /// After residuals of these lengths.
        @inline(__always)
        init(after last: Int, _ before: Int) {
            lengths = min((2 &* last &+ before &+ 1) / 3, lengthMaximum) &* nodeCount
        }

        @inline(__always)
        init(
            _ context: ResidualContext, after last: (Int, Int), beside values: Span<Int64>,
            at index: Int
        ) {
            switch context {
            case .none: self.init()
            case .previous: self.init(after: last.0, last.1)
            case .column: self.init(beside: values[index])
            }
        }
    }

    /// Appends the residuals as coded bits.
    ///
    /// - Parameters:
    ///   - beside: as many values of the column that is the context; any number without one.
    ///   - sizeLimit: where the bytes become clearly more, the rest is left away.
    mutating func encode(
        _ residuals: [UInt64], _ context: ResidualContext, beside values: Span<Int64>,
        sizeLimit: Int, appendTo bytes: inout [UInt8]
    ) {
        begin(context)
        let rates = BitModel.rates
        var encoder = RangeEncoder(appendingTo: bytes)
        bytes = []
        let end = encoder.byteCount + sizeLimit
        var models = models.mutableSpan
        var last = (0, 0)
        for index in residuals.indices where encoder.byteCount <= end {
            let residual = residuals[index]
            let place = Place(context, after: last, beside: values, at: index)
            let length = bitLength(residual)
            Self.put(length, &models, place.lengths, &encoder, rates.span)
            Self.put(residual, length: length, &models, place.leading, &encoder, rates.span)
            last = (length, last.0)
        }
        bytes = encoder.finish()
    }

    @inline(__always)
    private static func put(
        _ length: Int, _ models: inout MutableSpan<BitModel>, _ start: Int,
        _ encoder: inout RangeEncoder, _ rates: Span<Int32>
    ) {
        let symbol = min(length, 63)
        var node = 1
        var place = 6
        while place > 0 {
            place &-= 1
            let isOne = symbol &>> place & 1 == 1
            encoder.put(isOne, &models[start &+ node], rates)
            node = node &<< 1 | (isOne ? 1 : 0)
        }
        // Node 0 is no node of the tree.
        if symbol == 63 { encoder.put(length == 64, &models[start], rates) }
    }

    @inline(__always)
    private static func put(
        _ residual: UInt64, length: Int, _ models: inout MutableSpan<BitModel>, _ start: Int,
        _ encoder: inout RangeEncoder, _ rates: Span<Int32>
    ) {
        let rest = max(0, length &- 1)
        let learned = min(rest, leadingCount)
        let tree = start &+ length &* leadingNodeCount
        var node = 1
        var place = rest
        while place > rest &- learned {
            place &-= 1
            let isOne = residual &>> UInt64(place) & 1 == 1
            encoder.put(isOne, &models[tree &+ node], rates)
            node = node &<< 1 | (isOne ? 1 : 0)
        }
        encoder.put(residual, count: rest &- learned)
    }

    /// Reads `count` residuals from all of `bytes`; false where the bytes are not just that.
    mutating func decode(
        _ bytes: borrowing Span<UInt8>, count: Int, _ context: ResidualContext,
        beside values: Span<Int64>, into residuals: inout [UInt64]
    ) -> Bool {
        begin(context)
        let rates = BitModel.rates
        residuals.removeAll(keepingCapacity: true)
        residuals.reserveCapacity(count)
        var decoder = RangeDecoder(bytes)
        var models = models.mutableSpan
        var last = (0, 0)
        for index in 0..<count {
            if decoder.isStarved(bytes) { return false }
            let place = Place(context, after: last, beside: values, at: index)
            let length = Self.length(&models, place.lengths, &decoder, rates.span, bytes)
            residuals.append(
                Self.residual(
                    length: length, &models, place.leading, &decoder, rates.span, bytes))
            last = (length, last.0)
        }
        return decoder.hasEnded(bytes)
    }

    @inline(__always)
    private static func length(
        _ models: inout MutableSpan<BitModel>, _ start: Int, _ decoder: inout RangeDecoder,
        _ rates: Span<Int32>, _ bytes: borrowing Span<UInt8>
    ) -> Int {
        var node = 1
        while node < nodeCount {
            let isOne = decoder.bit(&models[start &+ node], rates, bytes)
            node = node &<< 1 | (isOne ? 1 : 0)
        }
        let symbol = node &- nodeCount
        guard symbol == 63 else { return symbol }
        return decoder.bit(&models[start], rates, bytes) ? 64 : 63
    }

    @inline(__always)
    private static func residual(
        length: Int, _ models: inout MutableSpan<BitModel>, _ start: Int,
        _ decoder: inout RangeDecoder, _ rates: Span<Int32>, _ bytes: borrowing Span<UInt8>
    ) -> UInt64 {
        if length == 0 { return 0 }
        let rest = length &- 1
        let learned = min(rest, leadingCount)
        let tree = start &+ length &* leadingNodeCount
        var node = 1
        for _ in 0..<learned {
            let isOne = decoder.bit(&models[tree &+ node], rates, bytes)
            node = node &<< 1 | (isOne ? 1 : 0)
        }
        // The leading one and the learned bits are the node's number.
        return UInt64(truncatingIfNeeded: node) &<< UInt64(rest &- learned)
            | decoder.number(count: rest &- learned, bytes)
    }
}

@inline(__always)
private func bitLength(_ number: UInt64) -> Int {
    UInt64.bitWidth &- number.leadingZeroBitCount
}
