import Telemetry

/// Reads uplinks as LoRaWAN network servers publish them: ChirpStack 3 (JSON), ChirpStack 4 (JSON)
/// and The Things Stack 3. Which of them it is shows in where things stand.
///
/// A port or frame counter that is absent is 0, since Protobuf's JSON leaves zeros out. The time
/// is that at which the server, or with ChirpStack 3 the first gateway, received the uplink.
///
/// Sources: ChirpStack's documentation, "Integrations, Event types"; The Things Stack's, "Data
/// formats, uplink messages".
public struct LoRaWANEnvelope: ~Copyable {
    /// Where the device's values are.
    public enum Content: Equatable, Sendable {
        /// The paths of the values that the server has decoded begin with these bytes.
        case object(root: [UInt8])
        /// They are the JSON document in this string of the payload (ChirpStack 3).
        case objectText(start: Int, end: Int)
    }

    private enum Place: Int, CaseIterable {
        case chirpEUI, chirpOldEUI, thingsID, thingsEUI
        case chirpPort, thingsPort, chirpCounter, thingsCounter
        case chirpData, thingsData, chirpObject, chirpObjectText, thingsObject
        case chirpTime, chirpOldTime, thingsTime, thingsOuterTime
        case chirpRSSI, thingsRSSI, chirpSNR, chirpOldSNR, thingsSNR

        var path: String {
            switch self {
            case .chirpEUI: "$.deviceInfo.devEui"
            case .chirpOldEUI: "$.devEUI"
            case .thingsID: "$.end_device_ids.device_id"
            case .thingsEUI: "$.end_device_ids.dev_eui"
            case .chirpPort: "$.fPort"
            case .thingsPort: "$.uplink_message.f_port"
            case .chirpCounter: "$.fCnt"
            case .thingsCounter: "$.uplink_message.f_cnt"
            case .chirpData: "$.data"
            case .thingsData: "$.uplink_message.frm_payload"
            case .chirpObject: "$.object"
            case .chirpObjectText: "$.objectJSON"
            case .thingsObject: "$.uplink_message.decoded_payload"
            case .chirpTime: "$.time"
            case .chirpOldTime: "$.rxInfo[0].time"
            case .thingsTime: "$.uplink_message.received_at"
            case .thingsOuterTime: "$.received_at"
            case .chirpRSSI: "$.rxInfo[0].rssi"
            case .thingsRSSI: "$.uplink_message.rx_metadata[0].rssi"
            case .chirpSNR: "$.rxInfo[0].snr"
            case .chirpOldSNR: "$.rxInfo[0].loRaSNR"
            case .thingsSNR: "$.uplink_message.rx_metadata[0].snr"
            }
        }
    }

    private var scanner: JSONScanner
    /// The device's frame, once it has been read; empty where the uplink has none.
    public private(set) var frame: [UInt8] = []
    private var identity: [UInt8] = []
    private var unescaped: [UInt8] = []

    public init() {
        scanner = JSONScanner(
            JSONPlan(
                Place.allCases.map { place in
                    guard let path = JSONPath(place.path) else { preconditionFailure("no path") }
                    return path
                }))
        frame.reserveCapacity(256)
        identity.reserveCapacity(64)
    }

    /// Reads one uplink; what was read holds until the next one.
    public mutating func read(_ payload: Span<UInt8>) throws(PayloadError) {
        try scanner.scan(payload)
    }

    /// Reads the frame of the uplink that was read last; offsets of errors are those of the
    /// payload.
    public mutating func readFrame(_ payload: Span<UInt8>) throws(PayloadError) {
        frame.removeAll(keepingCapacity: true)
        let data = first(.chirpData, .thingsData)
        guard case .string(let start, let end, let hasEscapes) = data else { return }
        let text = payload.extracting(start..<end)
        do {
            if hasEscapes {
                // A solidus with its escape, or a line break, which base64 passes over.
                _ = unescapeJSON(text, into: &unescaped, sizeMax: text.count)
                let plain = unescaped
                try decodeBase64(plain.span, into: &frame)
            } else {
                try decodeBase64(text, into: &frame)
            }
        } catch {
            throw .syntax(offset: start)
        }
    }

    /// Adds `lorawan.rssi`, `lorawan.snr`, `lorawan.f_cnt` and `lorawan.f_port` to a list.
    public func appendRadioFields(to list: inout FieldList) throws(PayloadError) {
        try append("lorawan.rssi", signalStrength, unit: "dB[mW]", to: &list)
        try append("lorawan.snr", signalNoiseRatio, unit: "dB", to: &list)
        try append("lorawan.f_cnt", counter.map { Value(Int64($0)) }, unit: "", to: &list)
        try append("lorawan.f_port", port.map { Value(Int64($0)) }, unit: "", to: &list)
    }

    private func append(
        _ name: StaticString, _ value: Value?, unit: StaticString, to list: inout FieldList
    ) throws(PayloadError) {
        guard let value else { return }
        let start = list.textStart
        list.append(name)
        let nameText = list.endText(from: start)
        list.append(unit)
        let unitText = list.endText(from: Int(nameText.end))
        try list.add(
            FieldList.Field(
                name: nameText, value: .number(value), unit: unitText, time: nil, labelStart: 0,
                labelEnd: 0))
    }

    /// Nil where it is no number.
    public var port: Int? { number(.chirpPort, .thingsPort, absent: 0) }
    /// The number that the device gave the frame; nil where it is no number.
    public var counter: Int? { number(.chirpCounter, .thingsCounter, absent: 0) }
    /// Decibels relative to a milliwatt, at the first gateway.
    public var signalStrength: Value? { value(first(.chirpRSSI, .thingsRSSI)) }
    /// Decibels, at the first gateway.
    public var signalNoiseRatio: Value? { value(first(.chirpSNR, .chirpOldSNR, .thingsSNR)) }

    /// The values that the server has decoded, nil where it has not.
    public var content: Content? {
        if scanner[Place.chirpObject.rawValue] == .object { return .object(root: Self.chirpRoot) }
        if scanner[Place.thingsObject.rawValue] == .object {
            return .object(root: Self.thingsRoot)
        }
        let text = scanner[Place.chirpObjectText.rawValue]
        guard case .string(let start, let end, _) = text, end > start else { return nil }
        return .objectText(start: start, end: end)
    }

    private static let chirpRoot = Array("$.object.".utf8)
    private static let thingsRoot = Array("$.uplink_message.decoded_payload.".utf8)

    /// Milliseconds since 1970, nil where the server says none.
    public func time(_ payload: Span<UInt8>) -> Int64? {
        for place in [Place.chirpTime, .thingsTime, .thingsOuterTime, .chirpOldTime] {
            guard case .string(let start, let end, _) = scanner[place.rawValue] else { continue }
            if let time = parseRFC3339(payload.extracting(start..<end)) { return time }
        }
        return nil
    }

    /// Whether the uplink is of the device that its topic names: a level of the topic is the EUI
    /// that ChirpStack writes, or the device's name in The Things Stack. Topics of other forms
    /// name nothing, and so does an uplink without a device.
    public mutating func isOfDevice(of topic: Span<UInt8>, _ payload: Span<UInt8>) -> Bool {
        guard let level = deviceLevel(topic) else { return true }
        let claimed = first(.thingsID, .chirpEUI, .chirpOldEUI)
        guard case .string(let start, let end, false) = claimed, end > start else { return true }
        let name = payload.extracting(start..<end)
        let named = topic.extracting(level)
        if isEqual(name, named) { return true }
        // ChirpStack 3 writes the EUI in base64.
        guard (try? decodeBase64(name, into: &identity)) != nil, identity.count == 8,
            named.count == 16
        else { return false }
        for index in 0..<8 {
            guard let high = hexadecimal(named[index * 2]),
                let low = hexadecimal(named[index * 2 + 1]),
                UInt8(high << 4 | low) == identity[index]
            else { return false }
        }
        return true
    }

    private static let chirpLevel = Array("device".utf8)
    private static let thingsLevel = Array("devices".utf8)

    /// Where `application/A/device/D/event/up` and `v3/A/devices/D/up` have D.
    private func deviceLevel(_ topic: Span<UInt8>) -> Range<Int>? {
        var third = 0..<0
        var fourth = 0..<0
        var count = 0
        var start = 0
        for index in 0...topic.count where index == topic.count || topic[index] == 0x2f {
            count += 1
            if count == 3 { third = start..<index }
            if count == 4 { fourth = start..<index }
            start = index + 1
        }
        let level = topic.extracting(third)
        let isChirpStack = count == 6 && isEqual(level, Self.chirpLevel.span)
        return isChirpStack || count == 5 && isEqual(level, Self.thingsLevel.span) ? fourth : nil
    }

    /// Without regard to the case of ASCII letters.
    private func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where lowercase(left[index]) != lowercase(right[index]) {
            return false
        }
        return true
    }

    private func first(_ places: Place...) -> JSONField {
        for place in places where scanner[place.rawValue] != .absent {
            return scanner[place.rawValue]
        }
        return .absent
    }

    private func number(_ places: Place..., absent: Int) -> Int? {
        for place in places {
            switch scanner[place.rawValue] {
            case .absent, .null: continue
            case .number(let number): return number.wholeNumber.map { Int($0) }
            default: return nil
            }
        }
        return absent
    }

    private func value(_ field: JSONField) -> Value? {
        if case .number(let number) = field { number } else { nil }
    }
}

/// The small letter of an ASCII capital, other bytes as they are.
func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
