import Telemetry

/// Reads a message of collectd's MQTT plugin, `1448840558.555:182732:59321`; its fields are called
/// by their places: `value0`, `value1`.
///
/// See ``decodeCollectd(_:type:into:)``.
public func decodeCollectd(
    _ payload: Span<UInt8>, into list: inout FieldList
) throws(PayloadError) {
    try decodeCollectd(payload, type: nil, into: &list)
}

/// Reads a message of collectd's MQTT plugin: a time and the values of one type, with colons
/// between them.
///
/// The topic says what they are: its last level is the type, or `type-instance`. Where the type is
/// known and has as many values as the message, the fields have its names, `rx` and `tx`; else they
/// are called by their places, `value0` and `value1`. No units: whether `rx` is a counter or a rate
/// is up to the sender's setting `StoreRates`.
///
/// The time is in seconds with a fraction, or `N` where the sender leaves it to the receiver. `U`
/// is a value that collectd does not know, `nan` one that it could not measure. NULs at the end,
/// which collectd up to 5.12 sends along, are passed over.
///
/// Source: collectd 5.12, src/mqtt.c, `format_values`; src/utils/common/common.c, `parse_values`;
/// src/types.db for the names.
public func decodeCollectd(
    _ payload: Span<UInt8>, type: Span<UInt8>?, into list: inout FieldList
) throws(PayloadError) {
    list.clear()
    guard payload.count <= JSONScanner.sizeMax else { throw .tooLarge(size: payload.count) }
    var end = payload.count
    while end > 0, payload[end - 1] == 0 { end -= 1 }
    let message = payload.extracting(0..<end)

    var names: [String]?
    if let type { names = collectdNames(ofType: type) }
    if names?.count != countOfColons(message) { names = nil }
    var reader = CollectdReader(position: 0)
    let time = try reader.takeTime(message)
    repeat {
        let name = appendName(list.fields.count, of: names, to: &list)
        let value = try reader.takeValue(message)
        try list.add(
            FieldList.Field(
                name: name, value: value, unit: .empty, time: time, labelStart: 0, labelEnd: 0))
    } while reader.position < end
}

private func countOfColons(_ message: Span<UInt8>) -> Int {
    var count = 0
    for index in message.indices where message[index] == UInt8(ascii: ":") { count += 1 }
    return count
}

private func appendName(
    _ place: Int, of names: [String]?, to list: inout FieldList
) -> FieldList.Text {
    let start = list.textStart
    for byte in (names?[place] ?? "value\(place)").utf8 { list.append(byte) }
    return list.endText(from: start)
}

/// The names of a type's values in their order, nil where the type is not known here.
///
/// - Parameter type: the last level of a topic, with or without the instance: `memory-free`.
public func collectdNames(ofType type: Span<UInt8>) -> [String]? {
    var end = 0
    // No type of types.db has a hyphen in its name.
    while let byte = type.byte(at: end), byte != UInt8(ascii: "-") { end += 1 }
    let name = type.extracting(0..<end)
    if singleTypes.index(of: name) != nil { return ["value"] }
    return multipleTypes.first { $0.types.index(of: name) != nil }?.names
}

private struct CollectdReader {
    var position: Int

    mutating func takeTime(_ message: Span<UInt8>) throws(PayloadError) -> Int64? {
        let word = message.extracting(takeWord(message))
        if word.count == 1, word[0] == UInt8(ascii: "N") { return nil }
        guard let time = milliseconds(ofSeconds: word) else { throw .syntax(offset: 0) }
        return time
    }

    /// A value from the colon before it.
    mutating func takeValue(_ message: Span<UInt8>) throws(PayloadError) -> FieldValue {
        guard message.byte(at: position) == UInt8(ascii: ":") else {
            throw .syntax(offset: position)
        }
        position += 1
        let start = position
        let word = message.extracting(takeWord(message))
        if word.count == 1, word[0] == UInt8(ascii: "U") { return .null }
        guard let value = realNumber(word) else { throw .syntax(offset: start) }
        return value
    }

    /// Up to the next colon or the end.
    private mutating func takeWord(_ message: Span<UInt8>) -> Range<Int> {
        let start = position
        while let byte = message.byte(at: position), byte != UInt8(ascii: ":") { position += 1 }
        return start..<position
    }
}

/// Types with one value, which is called `value`: what OpenWrt and a small server send.
private let singleTypes = WordTable([
    "absolute", "bitrate", "bytes", "charge", "conntrack", "contextswitch", "count", "counter",
    "cpu", "cpufreq", "current", "delay", "derive", "df_complex", "df_inodes",
    "disk_ops_complex", "entropy", "fanspeed", "files", "flow", "fork_rate", "frequency",
    "frequency_offset", "gauge", "humidity", "if_collisions", "if_multicast", "if_rx_errors",
    "if_rx_octets", "if_tx_errors", "if_tx_octets", "ipt_bytes", "ipt_packets", "irq", "latency",
    "links", "memory", "multimeter", "node_rssi", "objects", "operations", "packets", "percent",
    "percent_bytes", "percent_inodes", "ping", "ping_droprate", "ping_stddev", "power",
    "pressure", "ps_state", "queue_length", "requests", "response_time", "route_etx",
    "route_metric", "routes", "signal_noise", "signal_power", "signal_quality",
    "smart_badsectors", "smart_powercycles", "smart_poweron", "smart_temperature", "snr", "swap",
    "swap_io", "tcp_connections", "temperature", "threads", "time_dispersion", "time_offset",
    "timeleft", "total_bytes", "uptime", "users", "vmpage_action", "vmpage_number", "voltage",
])

/// Types with more values, or another name for their one.
private let multipleTypes: [(types: WordTable, names: [String])] = [
    (
        WordTable([
            "if_octets", "if_packets", "if_errors", "if_dropped", "io_octets", "io_packets",
            "node_octets", "serial_octets",
        ]), ["rx", "tx"]
    ),
    (
        WordTable([
            "disk_latency", "disk_merged", "disk_octets", "disk_ops", "disk_time",
            "ps_disk_octets", "ps_disk_ops",
        ]), ["read", "write"]
    ),
    (WordTable(["disk_io_time"]), ["io_time", "weighted_io_time"]),
    (WordTable(["load"]), ["shortterm", "midterm", "longterm"]),
    (WordTable(["df"]), ["used", "free"]),
    (WordTable(["dns_octets"]), ["queries", "responses"]),
    (WordTable(["ps_count"]), ["processes", "threads"]),
    (WordTable(["ps_cputime"]), ["user", "syst"]),
    (WordTable(["ps_pagefaults", "vmpage_faults"]), ["minflt", "majflt"]),
    (WordTable(["vmpage_io"]), ["in", "out"]),
    (WordTable(["compression"]), ["uncompressed", "compressed"]),
    (WordTable(["voltage_threshold"]), ["value", "threshold"]),
    (WordTable(["duration"]), ["seconds"]),
    (WordTable(["smart_attribute"]), ["current", "worst", "threshold", "pretty"]),
]
