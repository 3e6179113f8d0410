import BlockCodec
import Windows

/// Gathers columns value by value, in the order in which they first appear.
struct ColumnBuilder {
    private var columns: [Column] = []
    private var indexByID = [Int](repeating: -1, count: 64)

    /// - Parameter neighbour: a column whose values tell of these ones' size.
    mutating func add(_ id: UInt8, _ value: Int64, beside neighbour: UInt8? = nil) {
        if indexByID[Int(id)] < 0 {
            indexByID[Int(id)] = columns.count
            columns.append(Column(id: id, values: [], neighbour: neighbour))
        }
        columns[indexByID[Int(id)]].values.append(value)
    }

    /// The columns that are kept anyway, or have more than zeros.
    func columns(keeping isKept: (UInt8) -> Bool) -> [Column] {
        columns.filter { column in isKept(column.id) || column.values.contains { $0 != 0 } }
    }

    /// Which of two columns needs fewer bits; the first, where they need the same.
    func smaller(of first: UInt8, _ second: UInt8) -> UInt8 {
        bitCount(first) <= bitCount(second) ? first : second
    }

    func isZero(_ id: UInt8) -> Bool {
        indexByID[Int(id)] < 0 || columns[indexByID[Int(id)]].values.allSatisfy { $0 == 0 }
    }

    /// Bits of a column's values with their signs.
    func signedBitCount(_ id: UInt8) -> Int {
        bitCount(id) { UInt64(bitPattern: $0 << 1 ^ $0 >> 63) }
    }

    private func bitCount(_ id: UInt8, of number: (Int64) -> UInt64 = { $0.magnitude }) -> Int {
        guard indexByID[Int(id)] >= 0 else { return 0 }
        return columns[indexByID[Int(id)]].values.reduce(0) { sum, value in
            sum + Int64.bitWidth - number(value).leadingZeroBitCount
        }
    }

    /// A 128-bit sum as two columns: the low half, and what the high half differs from the low
    /// half's sign, which is nearly always 0. A binary sum is a double's bits in the low half.
    mutating func addSum(
        _ low: UInt8, _ high: UInt8, _ sum: ExactSum, _ form: NumberForm, less floor: Int128,
        beside neighbour: UInt8? = nil
    ) {
        guard let total = form.total(of: sum) else {
            add(low, Int64(bitPattern: sum.double.bitPattern), beside: neighbour)
            add(high, 0)
            return
        }
        let rest = total &- floor
        let lowHalf = Int64(truncatingIfNeeded: rest)
        add(low, lowHalf, beside: neighbour)
        add(high, Int64(truncatingIfNeeded: rest >> 64) &- (lowHalf >> 63))
    }
}
