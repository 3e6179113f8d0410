/// What passed one network interface since it came up.
struct NetworkInterface: Equatable {
    let name: String
    let figures: [Figure]
}

/// The interfaces that `/proc/net/dev` lists, in its order; the loopback only where it is alone.
func networkInterfaces(in files: KernelFiles) -> [NetworkInterface] {
    let all = files.lines(of: "proc/net/dev").compactMap(networkInterface)
    let outward = all.filter { $0.name != "lo" }
    return outward.isEmpty ? all : outward
}

/// Reads `  eth0: 10256962 315 0 …`: sixteen counters behind the name, eight of what was received
/// (bytes, packets, errors, drops, …), then eight of what was sent in the same order. nil for the
/// two heading lines and for anything else.
private func networkInterface(_ line: Substring) -> NetworkInterface? {
    // No interface can have a colon in its name; old kernels write no space behind it.
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let name = line[..<colon].drop { $0 == " " }
    let words = line[line.index(after: colon)...].split(separator: " ")
    let counters = words.compactMap { UInt64($0) }
    guard !name.isEmpty, counters.count == words.count, counters.count >= 16 else { return nil }
    return NetworkInterface(
        name: String(name),
        figures: [
            Figure("octets_in", counters[0]), Figure("octets_out", counters[8]),
            Figure("packets_in", counters[1]), Figure("packets_out", counters[9]),
            Figure("errors_in", counters[2]), Figure("errors_out", counters[10]),
            Figure("drops_in", counters[3]), Figure("drops_out", counters[11]),
        ])
}
