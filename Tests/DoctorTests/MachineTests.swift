import Foundation
import Testing

@testable import Doctor

/// What keeps the time of a machine, by files like the kernel's.
struct MachineTests {
    private func clock(_ files: [String: String]) throws -> StationFacts.Clock {
        let root = FileManager.default.temporaryDirectory
            .appending(path: "socle-machine-\(UUID().uuidString)/")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return MachineFacts.clock(root: root.path(percentEncoded: false))
    }

    private static let source = "sys/devices/system/clocksource/clocksource0/current_clocksource"

    /// A Raspberry Pi, and a PC whose battery-backed clock has no driver.
    @Test func aBoardWithoutAClockIsNotKept() throws {
        #expect(try !clock([:]).isKept)
        let board = [
            Self.source: "arch_sys_counter\n",
            "proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd crc32\n",
        ]
        #expect(try !clock(board).isKept)
        let computer = [
            Self.source: "tsc\n", "proc/cpuinfo": "flags\t\t: fpu vme hypervisors\n",
        ]
        #expect(try !clock(computer).isKept)
    }

    @Test(arguments: ["dev/rtc", "dev/rtc0", "sys/class/rtc/rtc0/name"])
    func aBatteryKeepsTheTime(file: String) throws {
        let clock = try clock([file: ""])
        #expect(clock.hasRealTimeClock && !clock.isVirtual && clock.isKept)
    }

    @Test func timesyncdIsTakenAtItsWord() throws {
        #expect(try clock(["run/systemd/timesync/synchronized": ""]).isSynchronised == true)
    }

    @Test(arguments: [
        (source, "kvm-clock\n"), (source, "hyperv_clocksource_tsc_page\n"), (source, "xen\n"),
        ("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n"),
    ])
    func aHostKeepsTheTime(file: String, text: String) throws {
        let clock = try clock([file: text])
        #expect(!clock.hasRealTimeClock && clock.isVirtual && clock.isKept)
    }
}
