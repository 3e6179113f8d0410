import Telemetry

/// Reads frames of the customer's information (TIC) of French electricity meters: Linky in historic
/// and in standard mode, and the electronic meters before it.
///
/// A frame is STX, groups, ETX; a group is a label, in standard mode with or without a time behind
/// it, a value and a checksum. What stands before the checksum tells the mode of a group: a blank
/// is historic, a tab standard. A payload may hold several frames; one that lacks its ETX, or that
/// EOT interrupts, gives nothing. A payload without any STX is read as one frame, since some
/// gateways strip the marks, and groups may end with CR or LF or both.
///
/// A field is called as its label, and has the unit that the specification gives, in UCUM. Digits
/// are a number, without the zeros before it; else, and for status words and names, the value is a
/// text, with its dots and blanks. The time is the group's own, else that of the frame's `DATE`,
/// which is no field itself. A clock in degraded mode, `e` or `h`, gives no time: the meter itself
/// does not believe it.
///
/// `ADCO`, `ADSC` and `PRM` name the customer's meter, so they are personal data, and left out
/// unless somebody asks for them; then they are texts.
///
/// Source: Enedis-NOI-CPT_54E, "Sorties de télé-information client des appareils de comptage
/// Linky", sections 5 and 6.
///
/// - Returns: how many groups were dropped for a wrong checksum or a form that is no group's.
public func decodeTeleinformation(
    _ payload: Span<UInt8>, keepingIdentifiers: Bool = false, into list: inout FieldList
) throws(PayloadError) -> Int {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var reader = TeleinformationReader(keepsIdentifiers: keepingIdentifiers)
    var position = 0
    while let frame = nextFrame(payload, &position) {
        try reader.readFrame(payload, frame, into: &list)
    }
    return reader.droppedCount
}

/// The bytes between the marks of the next whole frame.
private func nextFrame(_ payload: Span<UInt8>, _ position: inout Int) -> Range<Int>? {
    var start = position == 0 && !hasFrameStart(payload) ? 0 : nil as Int?
    while position < payload.count {
        let byte = payload[position]
        position += 1
        switch byte {
        case .frameStart: start = position
        case .frameInterruption: start = nil
        case .frameEnd:
            if let start { return start..<position - 1 }
        default: continue
        }
    }
    // Stripped of its marks; in a payload that has marks the frame is cut.
    guard let start, start == 0, !payload.isEmpty else { return nil }
    return start..<position
}

private func hasFrameStart(_ payload: Span<UInt8>) -> Bool {
    payload.indices.contains { payload[$0] == .frameStart }
}

private struct TeleinformationReader {
    let keepsIdentifiers: Bool
    var droppedCount = 0

    init(keepsIdentifiers: Bool) { self.keepsIdentifiers = keepsIdentifiers }

    mutating func readFrame(
        _ payload: Span<UInt8>, _ frame: Range<Int>, into list: inout FieldList
    ) throws(PayloadError) {
        let date = date(of: frame, payload)
        var position = frame.lowerBound
        while let range = nextGroup(payload, &position, end: frame.upperBound) {
            guard let group = TeleinformationGroup(payload, range) else {
                droppedCount += 1
                continue
            }
            let time = group.time.map { horodate(payload, $0) } ?? date
            try addField(payload, group, time, into: &list)
        }
    }

    /// The time of the frame itself.
    private func date(of frame: Range<Int>, _ payload: Span<UInt8>) -> Int64? {
        var position = frame.lowerBound
        while let range = nextGroup(payload, &position, end: frame.upperBound) {
            if let group = TeleinformationGroup(payload, range),
                payload.extracting(group.label).isEqual(to: dateLabel)
            {
                return group.time.flatMap { horodate(payload, $0) }
            }
        }
        return nil
    }

    private func addField(
        _ payload: Span<UInt8>, _ group: TeleinformationGroup, _ time: Int64?,
        into list: inout FieldList
    ) throws(PayloadError) {
        let label = payload.extracting(group.label)
        if label.isEqual(to: dateLabel) { return }
        let meaning = TeleinformationLabel(label)
        if meaning == .identifier, !keepsIdentifiers { return }
        let name = list.text(label)
        let value = fieldValue(payload.extracting(group.value), meaning, into: &list)
        let unitStart = list.textStart
        if case .quantity(let unit) = meaning { list.append(teleinformationUnits[unit].code) }
        try list.add(
            FieldList.Field(
                name: name, value: value, unit: list.endText(from: unitStart), time: time,
                labelStart: 0, labelEnd: 0))
    }

    private func fieldValue(
        _ text: Span<UInt8>, _ meaning: TeleinformationLabel, into list: inout FieldList
    ) -> FieldValue {
        if text.isEmpty { return .null }
        let isNumber = text.indices.allSatisfy { text[$0] &- 0x30 <= 9 }
        guard isNumber, meaning != .text, meaning != .identifier else {
            return .text(list.text(text))
        }
        return realNumber(text) ?? .noNumber
    }
}

private let dateLabel = Array("DATE".utf8)

/// The next group without the bytes that begin and end it.
private func nextGroup(
    _ payload: Span<UInt8>, _ position: inout Int, end: Int
) -> Range<Int>? {
    func isMark(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }
    while position < end, isMark(payload[position]) { position += 1 }
    let start = position
    while position < end, !isMark(payload[position]) { position += 1 }
    return position > start ? start..<position : nil
}

/// Where a group whose checksum is right has its parts.
private struct TeleinformationGroup {
    let label: Range<Int>
    /// The bytes of its time, nil where it has none.
    let time: Range<Int>?
    let value: Range<Int>

    /// nil where the checksum is wrong or the bytes are no group.
    init?(_ payload: Span<UInt8>, _ range: Range<Int>) {
        guard range.count >= 4 else { return nil }
        // INVARIANT: four bytes or more, so that these two and what they close are in the range.
        let end = range.upperBound - 2
        let separator = payload[end]
        guard separator == .tab || separator == .blank else { return nil }
        // In standard mode the sum includes the separator before the checksum (section 6.2.2).
        var sum = separator == .tab ? separator : 0
        for index in range.lowerBound..<end {
            let byte = payload[index]
            guard (0x20...0x7e).contains(byte) || byte == .tab else { return nil }
            sum = (sum + byte) & 0x3f
        }
        guard payload[end + 1] == sum & 0x3f + 0x20 else { return nil }

        func next(_ start: Int) -> Int? {
            (start..<end).first { payload[$0] == separator }
        }
        guard let labelEnd = next(range.lowerBound), labelEnd > range.lowerBound else {
            return nil
        }
        label = range.lowerBound..<labelEnd
        if separator == .tab, let timeEnd = next(labelEnd + 1) {
            guard timeEnd - labelEnd - 1 == horodateSize, next(timeEnd + 1) == nil else {
                return nil
            }
            time = labelEnd + 1..<timeEnd
            value = timeEnd + 1..<end
        } else {
            time = nil
            value = labelEnd + 1..<end
        }
    }
}

private let horodateSize = 13

/// The instant of `SYYMMDDhhmmss`, in milliseconds since 1970 UTC; nil where the season is neither
/// `E` (summer, UTC+2) nor `H` (winter, UTC+1) or the calendar has no such time.
private func horodate(_ payload: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    let hours: Int
    switch payload[range.lowerBound] {
    case UInt8(ascii: "E"): hours = 2
    case UInt8(ascii: "H"): hours = 1
    default: return nil
    }
    var parts: [6 of Int] = .init(repeating: 0)
    for place in 0..<6 {
        for offset in 1...2 {
            let digit = payload[range.lowerBound + place * 2 + offset] &- 0x30
            guard digit <= 9 else { return nil }
            parts[place] = parts[place] * 10 + Int(digit)
        }
    }
    let date = CivilDate(year: 2000 + parts[0], month: parts[1], day: parts[2])
    guard date.isValid, parts[3] < 24, parts[4] < 60, parts[5] < 60 else { return nil }
    let seconds = (parts[3] - hours) * 3_600 + parts[4] * 60 + parts[5]
    return Int64(date.daysSince1970 * 86_400 + seconds) * 1_000
}

extension UInt8 {
    /// STX
    fileprivate static var frameStart: UInt8 { 0x02 }
    /// ETX
    fileprivate static var frameEnd: UInt8 { 0x03 }
    /// EOT
    fileprivate static var frameInterruption: UInt8 { 0x04 }
    fileprivate static var tab: UInt8 { 0x09 }
    fileprivate static var blank: UInt8 { 0x20 }
}
