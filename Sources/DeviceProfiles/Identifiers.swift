// What tells one device, connection or person from all others. Whoever writes messages down for
// others to read leaves it out.

/// Where a text has a MAC address, an EUI, a UUID or another long number of a device: bytes of its
/// UTF-8.
///
/// - Parameter digits: so many decimal ones are a number of a device: fewer in topics, which hold
///   no values.
func identifierRanges(in text: String, digits: Int = 10) -> [Range<Int>] {
    let bytes = Array(text.utf8)
    var ranges: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
        guard isHexadecimal(bytes[start]) else {
            start += 1
            continue
        }
        var end = start
        while end < bytes.count, isHexadecimal(bytes[end]) || isSeparator(bytes[end]) { end += 1 }
        while isSeparator(bytes[end - 1]) { end -= 1 }
        let groups = bytes[start..<end].split(whereSeparator: isSeparator)
        let sizes = groups.map(\.count)
        let isAddress = sizes.count >= 6 && sizes.allSatisfy { $0 == 2 }
        if isAddress || sizes == [8, 4, 4, 4, 12] {
            ranges.append(start..<end)
        } else {
            for group in groups where isLongNumber(group, digits) {
                ranges.append(group.startIndex..<group.endIndex)
            }
        }
        start = end
    }
    return ranges
}

/// Many decimal digits, or six hexadecimal ones of both sorts: half a MAC address is in many names.
private func isLongNumber(_ digits: ArraySlice<UInt8>, _ least: Int) -> Bool {
    let decimals = digits.count { (0x30...0x39).contains($0) }
    return decimals == digits.count ? decimals >= least : digits.count >= 6 && decimals > 0
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
}

private func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-")
}

/// Whether a text may say which device, connection or person it is about.
func isIdentifying(_ text: String) -> Bool {
    if text.contains("@") || !identifierRanges(in: text).isEmpty { return true }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
}

/// Whether what a member of this name says is about which device, connection or person it is.
func isIdentifyingName(_ name: String) -> Bool {
    let words = snakeCase(name).split(whereSeparator: { !$0.isLetter && !$0.isNumber })
    return words.contains { identifyingWords.contains(String($0)) }
        || identifyingWords.contains(name.lowercased())
}

private let identifyingWords: Set<String> = [
    "name", "friendlyname", "hostname", "host", "ssid", "bssid", "id", "ids", "uid", "uuid", "eui",
    "deveui", "serial", "serialnumber", "sn", "mac", "ip", "ipaddress", "imei", "imsi", "iccid",
    "user", "username", "owner", "address", "adco", "adsc", "prm", "pdl", "siret", "key", "token",
    "password", "secret", "lat", "latitude", "lon", "lng", "longitude", "phone", "email", "url",
    "location", "gateway", "customer", "contract", "src", "dst", "devname", "devicename",
    "deviceid", "nodeid", "meterid", "devaddr", "gps", "position", "coordinates", "nom", "prenom",
    "firstname", "lastname", "first", "last", "resident", "occupant", "tel", "telephone", "adresse",
    "matricule", "badge", "plate", "immatriculation",
]

/// A topic with `x` for what identifies a device.
func maskedTopic(_ topic: String) -> String {
    var bytes = Array(topic.utf8)
    for range in identifierRanges(in: topic, digits: 6) {
        for index in range { bytes[index] = UInt8(ascii: "x") }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// A JSON payload of the same size that says no more about a device than it must: texts are `x`
/// but for those that are kept, and long numbers are ones with zeros.
func maskedJSON(
    _ payload: [UInt8], _ document: JSONLeaves, keeping isKept: (JSONLeaf) -> Bool
) -> [UInt8] {
    var bytes = payload
    for leaf in document.leaves where !isKept(leaf) {
        switch leaf.kind {
        case .boolean, .null: break
        case .text: for index in leaf.range { bytes[index] = UInt8(ascii: "x") }
        case .number:
            let isNamed = leaf.names.contains(where: isIdentifyingName)
            guard isNamed || isLongInteger(leaf.text) else { continue }
            var digit = UInt8(ascii: "1")
            for index in leaf.range where (0x30...0x39).contains(bytes[index]) {
                bytes[index] = digit
                digit = UInt8(ascii: "0")
            }
        }
    }
    for name in document.names where !identifierRanges(in: name.text).isEmpty {
        for index in name.range { bytes[index] = UInt8(ascii: "x") }
    }
    return bytes
}

/// Whether a number is a meter's or a customer's: twelve digits or more, and no fraction.
func isLongInteger(_ text: String) -> Bool {
    text.utf8.count >= 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
}
