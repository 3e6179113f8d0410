import Telemetry

/// Reads a frame of Cayenne's Low Power Payload: values of one channel after the other, each with
/// its channel and type before it, in big-endian integers.
///
/// A field is called by its type and channel, `temperature_3`, and where a value has parts by these
/// too, `accelerometer_6.x`: the names of The Things Stack, and for later types those of the
/// library CayenneLPP for Arduino. Units are UCUM. `unix_time_3` is a field like the others, in
/// seconds: what it is the time of, the frame does not say. Switches and presence are 0 and 1.
///
/// A value that is cut refuses the frame.
///
/// Source: myDevices' Cayenne documentation, "Low Power Payload"; types above 136 and the ones that
/// the first document lacks: github.com/ElectronicCats/CayenneLPP.
///
/// - Returns: false where a type is unknown. The size of its value then is too, so that the frame
///   cannot be read on; the list has what comes before.
public func decodeCayenneLPP(
    _ payload: Span<UInt8>, into list: inout FieldList
) throws(PayloadError) -> Bool {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var position = 0
    while position < payload.count {
        guard position + 1 < payload.count else { throw .syntax(offset: position + 1) }
        let channel = payload[position]
        let code = payload[position + 1]
        guard let type = lppTypes.first(where: { $0.code == code }) else { return false }
        position += 2
        for part in type.parts {
            guard payload.count - position >= part.size else {
                throw .syntax(offset: payload.count)
            }
            let value = part.value(payload, at: position)
            position += part.size
            let name = appendName(type, part, channel, to: &list)
            let unitStart = list.textStart
            list.append(part.unit)
            let unit = list.endText(from: unitStart)
            try list.add(
                FieldList.Field(
                    name: name, value: .number(value), unit: unit, time: nil,
                    labelStart: 0, labelEnd: 0))
        }
    }
    return true
}

private func appendName(
    _ type: LPPType, _ part: LPPPart, _ channel: UInt8, to list: inout FieldList
) -> FieldList.Text {
    let start = list.textStart
    list.append(type.name)
    list.append(UInt8(ascii: "_"))
    for byte in String(channel).utf8 { list.append(byte) }
    list.append(part.suffix)
    return list.endText(from: start)
}

/// A type and the parts of its value in their order.
private struct LPPType {
    let code: UInt8
    let name: StaticString
    let parts: [LPPPart]

    init(_ code: UInt8, _ name: StaticString, _ parts: LPPPart...) {
        self.code = code
        self.name = name
        self.parts = parts
    }
}

/// An integer of a value: `count` × `factor` × 10^-`scale`.
private struct LPPPart {
    /// With its point; empty where the value has one part.
    let suffix: StaticString
    /// Bytes, 1...4.
    let size: Int
    let isSigned: Bool
    let factor: Int64
    let scale: Int8
    let unit: StaticString

    static func unsigned(
        _ size: Int, _ unit: StaticString = "", scale: Int8 = 0, factor: Int64 = 1,
        suffix: StaticString = ""
    ) -> LPPPart {
        LPPPart(
            suffix: suffix, size: size, isSigned: false, factor: factor, scale: scale, unit: unit)
    }

    static func signed(
        _ size: Int, _ unit: StaticString = "", scale: Int8 = 0, suffix: StaticString = ""
    ) -> LPPPart {
        LPPPart(suffix: suffix, size: size, isSigned: true, factor: 1, scale: scale, unit: unit)
    }

    /// The caller has checked that the bytes are there.
    func value(_ payload: Span<UInt8>, at position: Int) -> Value {
        var count: Int64 = 0
        for offset in 0..<size { count = count << 8 | Int64(payload[position + offset]) }
        let sign: Int64 = 1 << Int64(size * 8 - 1)
        if isSigned, count >= sign { count -= sign << 1 }
        return Value(count * factor, scale: scale)
    }
}

private let lppTypes: [LPPType] = [
    LPPType(0, "digital_in", .unsigned(1)),
    LPPType(1, "digital_out", .unsigned(1)),
    LPPType(2, "analog_in", .signed(2, scale: 2)),
    LPPType(3, "analog_out", .signed(2, scale: 2)),
    LPPType(100, "generic", .unsigned(4)),
    LPPType(101, "luminosity", .unsigned(2, "lx")),
    LPPType(102, "presence", .unsigned(1)),
    LPPType(103, "temperature", .signed(2, "Cel", scale: 1)),
    // Half percents.
    LPPType(104, "relative_humidity", .unsigned(1, "%", scale: 1, factor: 5)),
    LPPType(
        113, "accelerometer", .signed(2, "[g]", scale: 3, suffix: ".x"),
        .signed(2, "[g]", scale: 3, suffix: ".y"), .signed(2, "[g]", scale: 3, suffix: ".z")),
    LPPType(115, "barometric_pressure", .unsigned(2, "hPa", scale: 1)),
    LPPType(116, "voltage", .unsigned(2, "V", scale: 2)),
    LPPType(117, "current", .unsigned(2, "A", scale: 3)),
    LPPType(118, "frequency", .unsigned(4, "Hz")),
    LPPType(120, "percentage", .unsigned(1, "%")),
    LPPType(121, "altitude", .signed(2, "m")),
    LPPType(125, "concentration", .unsigned(2, "[ppm]")),
    LPPType(128, "power", .unsigned(2, "W")),
    LPPType(130, "distance", .unsigned(4, "m", scale: 3)),
    LPPType(131, "energy", .unsigned(4, "kW.h", scale: 3)),
    LPPType(132, "direction", .unsigned(2, "deg")),
    LPPType(133, "unix_time", .unsigned(4, "s")),
    LPPType(
        134, "gyrometer", .signed(2, "deg/s", scale: 2, suffix: ".x"),
        .signed(2, "deg/s", scale: 2, suffix: ".y"), .signed(2, "deg/s", scale: 2, suffix: ".z")),
    LPPType(
        135, "colour", .unsigned(1, suffix: ".r"), .unsigned(1, suffix: ".g"),
        .unsigned(1, suffix: ".b")),
    LPPType(
        136, "gps", .signed(3, "deg", scale: 4, suffix: ".lat"),
        .signed(3, "deg", scale: 4, suffix: ".lon"), .signed(3, "m", scale: 2, suffix: ".alt")),
    LPPType(142, "switch", .unsigned(1)),
]
