/// The members of a SenML record. The raw values are the labels of the CBOR form (RFC 8428,
/// table 4); those below zero are the base members, which hold for the records behind them too.
enum SenMLLabel: Int {
    case baseSum = -6
    case baseValue = -5
    case baseUnit = -4
    case baseTime = -3
    case baseName = -2
    case baseVersion = -1
    case name = 0
    case unit = 1
    case value = 2
    case stringValue = 3
    case booleanValue = 4
    case sum = 5
    case time = 6
    case updateTime = 7
    case dataValue = 8

    /// The label of a member's name in JSON, nil where the standard knows none.
    init?(_ name: Span<UInt8>) {
        guard let place = Self.names.index(of: name) else { return nil }
        self.init(rawValue: place - 6)
    }

    /// In the order of the raw values.
    private static let names = WordTable([
        "bs", "bv", "bu", "bt", "bn", "bver",
        "n", "u", "v", "vs", "vb", "s", "t", "ut", "vd",
    ])

    /// Its place in a set of members.
    var bit: UInt16 { 1 << UInt16(rawValue + 6) }
    /// The set of all base members.
    static var baseBits: UInt16 { 0x3f }
}
