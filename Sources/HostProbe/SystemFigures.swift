/// The host's own figures, those of them that it has, always in the same order.
func systemFigures(in files: KernelFiles) -> [Figure] {
    [
        decimal("load1", files.lines(of: "proc/loadavg").first?.split(separator: " ").first),
        memoryAvailable(in: files),
        processorBusy(in: files),
        temperature(in: files),
        power(in: files),
        energy(in: files),
        decimal("uptime", files.lines(of: "proc/uptime").first?.split(separator: " ").first),
    ].compactMap { $0 }
}

/// A decimal such as `0.52` goes on as the kernel wrote it: digits, or digits, a point and digits,
/// without leading zeros, so that it is a number to JSON too.
private func decimal(_ name: String, _ word: Substring?) -> Figure? {
    // LIMIT: 18 digits are what a reading keeps exactly.
    guard let word, (1...19).contains(word.utf8.count) else { return nil }
    let parts = word.split(separator: ".", omittingEmptySubsequences: false)
    let areDigits = parts.allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) }
    }
    let hasLeadingZero = parts[0].utf8.count > 1 && parts[0].first == "0"
    guard areDigits, parts.count <= 2, !hasLeadingZero else { return nil }
    return Figure(name: name, text: String(word))
}

/// Bytes that programs could take without swapping: `MemAvailable:   24361812 kB`.
private func memoryAvailable(in files: KernelFiles) -> Figure? {
    for line in files.lines(of: "proc/meminfo") where line.hasPrefix("MemAvailable:") {
        let words = line.split(separator: " ")
        guard words.count == 3, words[2] == "kB", let kibibytes = UInt64(words[1]) else {
            return nil
        }
        let (bytes, isTooLarge) = kibibytes.multipliedReportingOverflow(by: 1_024)
        return isTooLarge ? nil : Figure("memory_available", bytes)
    }
    return nil
}

/// Milliseconds that all processors together have worked since start: `cpu  user nice system idle
/// iowait irq softirq steal …`, less the two in which they wait.
private func processorBusy(in files: KernelFiles) -> Figure? {
    // The kernel counts for programs in hundredths of a second (USER_HZ), whatever its own clock.
    let tickMilliseconds: UInt64 = 10
    for line in files.lines(of: "proc/stat") where line.hasPrefix("cpu ") {
        let words = line.split(separator: " ").dropFirst().prefix(8)
        // LIMIT: 10^15 ticks are some hundred thousand years of processor time.
        let ticks = words.compactMap { UInt64($0) }.filter { $0 < 1_000_000_000_000_000 }
        guard ticks.count == 8, words.count == 8 else { return nil }
        let busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]
        return Figure("cpu_busy_ms", busy * tickMilliseconds)
    }
    return nil
}

// LIMIT: the largest boards have about a dozen sensors of a kind; numbers are given from 0 on,
// with holes where a driver is gone.
private let sensorNumbers = 0..<16

/// The hottest of the host's thermal zones, or of its other sensors where it has no zone, °C.
/// The kernel tells thousandths; a sensor that is not there often tells -274 or some such.
private func temperature(in files: KernelFiles) -> Figure? {
    for path in ["thermal/thermal_zone#/temp", "hwmon/hwmon#/temp1_input"] {
        let sensors = readings(of: path, in: files).filter { (-50_000...150_000).contains($0) }
        guard let hottest = sensors.max() else { continue }
        return Figure(name: "temperature", text: thousandths(hottest))
    }
    return nil
}

/// Watts that the board draws, where it has a meter; the kernel tells microwatts.
private func power(in files: KernelFiles) -> Figure? {
    let meters =
        readings(of: "hwmon/hwmon#/power1_input", in: files)
        + readings(of: "hwmon/hwmon#/power1_average", in: files)
    // LIMIT: a megawatt.
    guard let first = meters.first(where: { (0...1_000_000_000_000).contains($0) }) else {
        return nil
    }
    return Figure(name: "power", text: thousandths(first / 1_000))
}

/// Joules that the first processor has used, from its running-average counter, which falls back to
/// 0 from time to time; the kernel tells microjoules.
private func energy(in files: KernelFiles) -> Figure? {
    let path = "sys/class/powercap/intel-rapl:0/energy_uj"
    // LIMIT: the counter has 32 bits of units of some 15 to 60 microjoules.
    guard let counted = files.number(in: path), (0...1_000_000_000_000_000).contains(counted) else {
        return nil
    }
    return Figure(name: "energy", text: thousandths(counted / 1_000))
}

/// What the sensors of one kind tell, by number; `#` in the path under `sys/class` stands for it.
private func readings(of path: String, in files: KernelFiles) -> [Int64] {
    let parts = path.split(separator: "#")
    return sensorNumbers.compactMap { files.number(in: "sys/class/\(parts[0])\($0)\(parts[1])") }
}
