import Testing

@testable import HostProbe

@Suite struct HostProbeTests {
    private static let headings = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop

        """
    private static let loopback = "    lo:  3193  29 0 0 0 0 0 0  3193  29 0 0 0 0 0 0\n"

    @Test func tellsEverythingThatAHostHas() throws {
        let host = try FakeHost()
        try host.write(
            "proc/net/dev",
            Self.headings + Self.loopback
                + "  eth0: 18446744073709551615 315 1 2 0 0 0 9 18625 221 3 4 0 0 0 0\n"
                + "wlan0:5 6 7 8 0 0 0 0 50 60 70 80 0 0 0 0\n")
        try host.write("proc/loadavg", "0.50 0.41 0.24 2/86 7092\n")
        try host.write(
            "proc/meminfo", "MemTotal: 9 kB\nMemFree: 3 kB\nMemAvailable:    24361812 kB\n")
        try host.write("proc/stat", "cpu  100 20 30 999 888 4 5 6 7 8\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
        try host.write("proc/uptime", "350735.47 234388.90\n")
        try host.write("sys/class/thermal/thermal_zone0/temp", "47774\n")
        try host.write("sys/class/thermal/thermal_zone3/temp", "51002\n")
        try host.write("sys/class/hwmon/hwmon1/power1_input", "3420000\n")
        try host.write("sys/class/powercap/intel-rapl:0/energy_uj", "262143328850\n")
        #expect(
            texts(of: host, latency: 12.3456) == [
                "interface/eth0 {\"octets_in\":18446744073709551615,\"octets_out\":18625,"
                    + "\"packets_in\":315,\"packets_out\":221,\"errors_in\":1,\"errors_out\":3,"
                    + "\"drops_in\":2,\"drops_out\":4}",
                "interface/wlan0 {\"octets_in\":5,\"octets_out\":50,"
                    + "\"packets_in\":6,\"packets_out\":60,\"errors_in\":7,\"errors_out\":70,"
                    + "\"drops_in\":8,\"drops_out\":80}",
                "system {\"load1\":0.50,\"memory_available\":24946495488,\"cpu_busy_ms\":1650,"
                    + "\"temperature\":51.002,\"power\":3.420,\"energy\":262143.328,"
                    + "\"uptime\":350735.47}",
                "broker {\"latency_ms\":12.346}",
            ])
    }

    @Test func anEmptyHostTellsNothing() throws {
        let host = try FakeHost()
        #expect(texts(of: host, latency: nil) == [])
        #expect(
            HostProbe(root: host.root + "/missing").sample(brokerLatencyMilliseconds: nil) == [])
    }

    @Test func loopbackCountsOnlyWhereItIsAlone() throws {
        let host = try FakeHost()
        try host.write("proc/net/dev", Self.headings + Self.loopback)
        let messages = HostProbe(root: host.root).sample(brokerLatencyMilliseconds: nil)
        #expect(messages.map(\.topicSuffix) == ["interface/lo"])
    }

    @Test(arguments: [
        "eth0: 1 2 3", "eth0:", ":", ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "eth0",
        "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 x",
        "eth0: 1 2 3 x 5 6 7 8 9 10 11 12 13 14 15 16 17",
        "eth0: -1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
        "eth0: 18446744073709551616 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
    ])
    func aBrokenLineIsPassedOver(line: String) throws {
        let host = try FakeHost()
        let sound = "eth1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"
        try host.write("proc/net/dev", "\(line)\n\(sound)\n\(line)")
        let messages = HostProbe(root: host.root).sample(brokerLatencyMilliseconds: nil)
        #expect(messages.map(\.topicSuffix) == ["interface/eth1"])
    }

    @Test(arguments: [
        ("proc/loadavg", ["", "\n", ".", "1.", ".5", "-1", "1e3", "nan", "00.1", "1.2.3", "0x1"]),
        ("proc/uptime", ["", "abc 1", "99999999999999999999 1"]),
        (
            "proc/meminfo",
            [
                "MemAvailable:", "MemAvailable: kB", "MemAvailable: x kB", "MemAvailable: 5 MB",
                "MemAvailable: 18446744073709551615 kB", "MemAvailable: -5 kB", "MemFree: 5 kB",
            ]
        ),
        (
            "proc/stat",
            [
                "cpu ", "cpu  1 2 3", "cpu  1 2 3 4 5 6 7 x", "cpu0 1 2 3 4 5 6 7 8",
                "cpu  18446744073709551615 18446744073709551615 1 1 1 1 1 1",
            ]
        ),
        (
            "sys/class/thermal/thermal_zone0/temp",
            ["", "x", "-274000", "1 2", "99999999999999999999"]
        ),
        ("sys/class/hwmon/hwmon0/power1_input", ["-1", "9223372036854775807"]),
        ("sys/class/powercap/intel-rapl:0/energy_uj", ["-1", "9223372036854775807", "a"]),
    ])
    func aFigureThatCannotBeUnderstoodIsAbsent(path: String, contents: [String]) throws {
        let host = try FakeHost()
        for content in contents {
            try host.write(path, content)
            #expect(texts(of: host, latency: nil) == [], "\(path): \(content)")
        }
    }

    @Test(arguments: [
        "proc/net/dev", "proc/loadavg", "proc/meminfo", "proc/stat", "proc/uptime",
        "sys/class/thermal/thermal_zone0/temp",
    ])
    func noBytesMakeItTrap(path: String) throws {
        let host = try FakeHost()
        var state: UInt64 = 0x5EED
        for _ in 0..<200 {
            let bytes = (0..<200).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let choices = Array("0123456789 :.-cpuMemAvailable\n\t\0".utf8) + [0xC3, 0xFF]
                return choices[Int(state >> 33) % choices.count]
            }
            try host.write(path, bytes)
            for message in HostProbe(root: host.root).sample(brokerLatencyMilliseconds: nil) {
                expectFlatNumbers(message)
            }
        }
    }

    @Test func readsNoMoreThanItsLimitAndNeverWaits() throws {
        let host = try FakeHost()
        try host.write("proc/loadavg", String(repeating: " ", count: 200_000) + "0.5")
        try host.write("proc/net/x", "")
        try #require(makePipe(at: host.root + "/proc/net/dev"))
        #expect(texts(of: host, latency: nil) == [])
    }

    @Test(arguments: [
        ("a+b", "a_b"), ("wan#1", "wan_1"), ("$eth", "_eth"), ("eth0.100", "eth0.100"),
        ("veth@if2", "veth@if2"), ("a/b", "a_b"), ("é", "__"),
    ])
    func interfacesHaveNamesThatTopicsCanHold(name: String, level: String) throws {
        let host = try FakeHost()
        try host.write("proc/net/dev", "\(name): 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")
        let messages = HostProbe(root: host.root).sample(brokerLatencyMilliseconds: nil)
        #expect(messages.map(\.topicSuffix) == ["interface/\(level)"])
    }

    @Test(arguments: [
        (0.0, "0.000"), (0.0004, "0.000"), (1.0005, "1.001"), (65_000.25, "65000.250"),
    ])
    func latencyIsPrintedToAMicrosecond(latency: Double, text: String) throws {
        let host = try FakeHost()
        #expect(texts(of: host, latency: latency) == ["broker {\"latency_ms\":\(text)}"])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -0.001, 1e300])
    func whatIsNoTimeIsNoLatency(latency: Double) throws {
        #expect(texts(of: try FakeHost(), latency: latency) == [])
    }

    @Test func thisHostTellsWhatItIs() {
        let probe = HostProbe()
        let messages = probe.sample(brokerLatencyMilliseconds: 1)
        for message in messages { expectFlatNumbers(message) }
        #expect(messages.contains { $0.topicSuffix.hasPrefix("interface/") })
        #expect(messages.last?.topicSuffix == "broker")
        let system = messages.first { $0.topicSuffix == "system" }.map(text) ?? ""
        for name in ["load1", "memory_available", "cpu_busy_ms", "uptime"] {
            #expect(system.contains("\"\(name)\":"), "\(system)")
        }
    }

    private func texts(of host: FakeHost, latency: Double?) -> [String] {
        HostProbe(root: host.root).sample(brokerLatencyMilliseconds: latency).map(text)
    }

    private func text(_ message: ProbeMessage) -> String {
        message.topicSuffix + " " + String(decoding: message.payload, as: UTF8.self)
    }

    /// JSON of names and plain decimals, nothing else.
    private func expectFlatNumbers(_ message: ProbeMessage) {
        let payload = String(decoding: message.payload, as: UTF8.self)
        let number = /-?(0|[1-9][0-9]*)(\.[0-9]+)?/
        let field = /"[a-z0-9_]+":(?<value>[^,}]+)/
        #expect(payload.hasPrefix("{\"") && payload.hasSuffix("}"), "\(payload)")
        for part in payload.dropFirst().dropLast().split(separator: ",") {
            let value = part.wholeMatch(of: field)?.output.value ?? ""
            #expect(value.wholeMatch(of: number) != nil, "\(payload)")
        }
    }
}
