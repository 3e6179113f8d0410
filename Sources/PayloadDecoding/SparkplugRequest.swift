/// What asks an edge node of Sparkplug to send its births again: the payload of `NCMD` with
/// `Node Control/Rebirth` set.
///
/// Source: Sparkplug 3.0.0, section 6.4.19.
///
/// - Parameter time: milliseconds since 1970 UTC.
public func sparkplugRebirthRequest(time: Int64) -> [UInt8] {
    var metric: [UInt8] = []
    let name = Array("Node Control/Rebirth".utf8)
    metric += [1 << 3 | 2, UInt8(name.count)] + name
    metric += [3 << 3] + varint(UInt64(max(0, time)))
    // The datatype Boolean, and true.
    metric += [4 << 3, 11, 14 << 3, 1]
    return [1 << 3] + varint(UInt64(max(0, time))) + [2 << 3 | 2, UInt8(metric.count)] + metric
}

private func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
        bytes.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}
