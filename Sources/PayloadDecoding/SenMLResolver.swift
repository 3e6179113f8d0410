import Telemetry

/// Makes fields of SenML records: takes their members one by one, from whichever syntax, and adds
/// the base members to them (RFC 8428, section 4).
///
/// - The name is `bn` followed by `n`; its characters are not held against the standard's short
///   list. The unit is `u`, or else `bu`.
/// - A value is `v`, to which `bv` is added exactly, or one of `vs`, `vb` and `vd`. `bv` alone is
///   no value.
/// - `s`, with `bs` added, is a field of its own, called `name.sum`, with `.s` (times seconds)
///   behind the unit, because that is what the standard says a sum is. `bs` alone is no sum.
/// - The time is `bt` + `t` seconds. Below 2^28 it counts from the message's arrival; 0 says that
///   the sender does not know it. Doubles of a binary syntax are taken as the shortest decimal
///   that means them, so that 1276020076.001 s is .001 and not .000999. What has more digits than
///   a ``Telemetry/Value`` (19, so nanoseconds for these centuries) is rounded to a double first.
///
/// A record without a value may only hold base members. A member that is there twice, two values,
/// a value of the wrong type, a version above 10, and a time or base that is not finite or lies
/// outside of the calendar refuse the pack.
struct SenMLResolver {
    /// LIMIT: the version of RFC 8428; higher ones have members that must be understood.
    static var versionMax: Int64 { 10 }
    /// Seconds; times below count from now (RFC 8428, section 4.5.3).
    static var relativeTimeEnd: Int64 { 1 << 28 }

    /// When the message came, in milliseconds since 1970 UTC.
    let arrival: Int64?

    private var baseName = FieldList.Text.empty
    private var baseUnit = FieldList.Text.empty
    private var baseTime = Value(0)
    private var baseValue: Value?
    private var baseSum: Value?

    /// The ``SenMLLabel/bit`` of each member that the current record has.
    private var members: UInt16 = 0
    private var name = FieldList.Text.empty
    private var unit = FieldList.Text.empty
    private var time = Value(0)
    private var value: FieldValue?
    private var sum: FieldValue?

    init(arrival: Int64?) { self.arrival = arrival }

    mutating func beginRecord() {
        members = 0
        name = .empty
        unit = .empty
        time = Value(0)
        value = nil
        sum = nil
    }

    /// Takes a member. Data come as the text of their base64url.
    ///
    /// - Parameter offset: where the member begins, for errors.
    mutating func take(
        _ label: SenMLLabel, _ item: FieldValue, at offset: Int
    ) throws(PayloadError) {
        guard members & label.bit == 0 else { throw .duplicateKey(offset: offset) }
        members |= label.bit
        switch label {
        case .baseName: baseName = try text(item, offset)
        case .baseUnit: baseUnit = try text(item, offset)
        case .name: name = try text(item, offset)
        case .unit: unit = try text(item, offset)
        case .baseTime: baseTime = try number(item, offset)
        case .baseValue: baseValue = try number(item, offset)
        case .baseSum: baseSum = try number(item, offset)
        case .time: time = try number(item, offset)
        case .updateTime: _ = try number(item, offset)
        case .baseVersion: try check(version: try number(item, offset), offset)
        case .sum: sum = try measured(item, label, offset)
        case .value, .stringValue, .booleanValue, .dataValue:
            guard value == nil else { throw .syntax(offset: offset) }
            value = try measured(item, label, offset)
        }
    }

    /// Adds what the record means to the list.
    ///
    /// - Parameter offset: where the record begins, for errors.
    func endRecord(at offset: Int, into list: inout FieldList) throws(PayloadError) {
        if value == nil, sum == nil {
            let isBaseOnly = members != 0 && members & ~SenMLLabel.baseBits == 0
            guard isBaseOnly else { throw .syntax(offset: offset) }
            return
        }
        let fullName = join(baseName, name, in: &list)
        guard !fullName.isEmpty else { throw .syntax(offset: offset) }
        let unit = members & SenMLLabel.unit.bit != 0 ? self.unit : baseUnit
        let time = try resolvedTime(offset)
        if let value {
            try add(fullName, value.adding(baseValue), unit, time, to: &list)
        }
        if let sum {
            let sumName = join(fullName, ".sum", in: &list)
            let sumUnit = unit.isEmpty ? unit : join(unit, ".s", in: &list)
            try add(sumName, sum.adding(baseSum), sumUnit, time, to: &list)
        }
    }

    private func add(
        _ name: FieldList.Text, _ value: FieldValue, _ unit: FieldList.Text, _ time: Int64?,
        to list: inout FieldList
    ) throws(PayloadError) {
        let labels = Int32(list.labels.count)
        try list.add(
            FieldList.Field(
                name: name, value: value, unit: unit, time: time,
                labelStart: labels, labelEnd: labels))
    }

    private func resolvedTime(_ offset: Int) throws(PayloadError) -> Int64? {
        guard let (total, scale) = exactSum(baseTime.shortestDecimal, time.shortestDecimal) else {
            throw .syntax(offset: offset)
        }
        if total == 0 { return nil }
        let second = Int128(powersOfTen[Int(scale)])
        let (seconds, part) = total.quotientAndRemainder(dividingBy: second)
        // INVARIANT: both factors of a thousand are below 2^65, so neither product can overflow.
        let (thousandths, rest) = (part * 1000).quotientAndRemainder(dividingBy: second)
        var milliseconds = seconds * 1000 + thousandths - (rest < 0 ? 1 : 0)
        if total < Int128(Self.relativeTimeEnd) * second {
            guard let arrival else { return nil }
            milliseconds += Int128(arrival)
        }
        guard let time = Int64(exactly: milliseconds), calendarInstants.contains(time) else {
            throw .syntax(offset: offset)
        }
        return time
    }

    private func check(version: Value, _ offset: Int) throws(PayloadError) {
        guard version.isDecimal, version.bits % powersOfTen[Int(version.scale)] == 0,
            version >= Value(1), version <= Value(Self.versionMax)
        else { throw .syntax(offset: offset) }
    }
}

// MARK: - Types of members

private func text(_ item: FieldValue, _ offset: Int) throws(PayloadError) -> FieldList.Text {
    guard case .text(let text) = item else { throw .syntax(offset: offset) }
    return text
}

private func number(_ item: FieldValue, _ offset: Int) throws(PayloadError) -> Value {
    guard case .number(let value) = item else { throw .syntax(offset: offset) }
    return value
}

/// A value or a sum, which may say that there is none.
private func measured(
    _ item: FieldValue, _ label: SenMLLabel, _ offset: Int
) throws(PayloadError) -> FieldValue {
    switch (item, label) {
    case (.null, _), (.number, .value), (.number, .sum), (.noNumber, .value), (.noNumber, .sum),
        (.boolean, .booleanValue), (.text, .stringValue), (.text, .dataValue):
        return item
    default: throw .syntax(offset: offset)
    }
}

/// One text behind the other; a part that is empty costs no bytes.
private func join(
    _ first: FieldList.Text, _ second: FieldList.Text, in list: inout FieldList
) -> FieldList.Text {
    if first.isEmpty { return second }
    if second.isEmpty { return first }
    let start = list.textStart
    list.append(first)
    list.append(second)
    return list.endText(from: start)
}

private func join(
    _ first: FieldList.Text, _ suffix: StaticString, in list: inout FieldList
) -> FieldList.Text {
    let start = list.textStart
    list.append(first)
    list.append(suffix)
    return list.endText(from: start)
}

// MARK: - Exact sums

extension FieldValue {
    /// A number and a base; anything else stays as it is.
    fileprivate func adding(_ base: Value?) -> FieldValue {
        guard let base, case .number(let value) = self else { return self }
        guard let (total, scale) = exactSum(base.shortestDecimal, value.shortestDecimal) else {
            let sum = base.double + value.double
            return sum.isFinite ? .number(Value(binary: sum)) : .noNumber
        }
        if let mantissa = Int64(exactly: total) { return .number(Value(mantissa, scale: scale)) }
        return .number(Value(binary: exactQuotient(total, Int128(powersOfTen[Int(scale)]))))
    }
}

extension Value {
    /// A double as the shortest decimal that reads back as it; itself where 18 digits hold none.
    fileprivate var shortestDecimal: Value {
        if isDecimal { return self }
        return Value(parsing: Array(double.description.utf8).span) ?? self
    }
}

/// The sum of two decimals and its digits after the point; nil where one is a double.
private func exactSum(_ first: Value, _ second: Value) -> (total: Int128, scale: Int8)? {
    guard first.isDecimal, second.isDecimal else { return nil }
    let scale = max(first.scale, second.scale)
    // INVARIANT: 2^63 × 10^18 is below 2^123.
    let wideFirst = Int128(first.bits) * Int128(powersOfTen[Int(scale - first.scale)])
    let wideSecond = Int128(second.bits) * Int128(powersOfTen[Int(scale - second.scale)])
    return (wideFirst + wideSecond, scale)
}
