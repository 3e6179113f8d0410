import CTimex
import Glibc

/// What the machine says of itself: files, file systems, clocks.
public enum MachineFacts {
    /// A file's size and permissions; nil where it is not there or may not be seen.
    public static func file(_ path: String) -> FileFacts? {
        var status = stat()
        // SAFETY: C takes the path for the length of the call; `status` outlives it.
        guard unsafe stat(path, &status) == 0 else { return nil }
        return FileFacts(bytes: Int(status.st_size), mode: status.st_mode & 0o7777)
    }

    /// The file system that a folder lies in; nil where it cannot be asked.
    public static func volume(of folder: String) -> StationFacts.Volume? {
        var room = statvfs()
        // SAFETY: C takes the path for the length of the call; `room` outlives it.
        guard unsafe statvfs(folder, &room) == 0, let path = unsafe realpath(folder, nil) else {
            return nil
        }
        // SAFETY: `realpath` returned a terminated text that is ours to free.
        defer { unsafe free(path) }
        let kind = unsafe fileSystemKind(
            of: String(cString: path), mounts: textLines(of: "/proc/self/mountinfo"))
        return StationFacts.Volume(
            kind: kind ?? "?", freeBytes: Int(room.f_bavail) * Int(room.f_frsize))
    }

    /// Which run of the machine this is, by the kernel's word; nil where it does not say.
    public static var bootID: String? {
        textLines(of: "/proc/sys/kernel/random/boot_id").first.map(String.init)
            .flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Parameter root: where `dev`, `sys`, `proc` and `run` stand, another than `/` in tests.
    public static func clock(root: String = "/") -> StationFacts.Clock {
        var clock = StationFacts.Clock()
        clock.hasRealTimeClock = ["dev/rtc", "dev/rtc0", "sys/class/rtc/rtc0"].contains {
            // SAFETY: C takes the path for the length of the call.
            unsafe access(root + $0, F_OK) == 0
        }
        clock.isVirtual = isVirtual(root: root)
        clock.isSynchronised = isSynchronised(root: root)
        return clock
    }

    /// Whether the kernel's clock is being kept right, or systemd-timesyncd has set it since the
    /// start: a service may be kept from asking the kernel. nil where neither says.
    ///
    /// - Parameter root: where `run` stands, another than `/` in tests.
    public static func isSynchronised(root: String = "/") -> Bool? {
        // SAFETY: C takes the path for the length of the call.
        if unsafe access(root + "run/systemd/timesync/synchronized", F_OK) == 0 { return true }
        var discipline = timex()
        // SAFETY: `discipline` outlives the call, and with no mode set nothing is changed.
        let state = unsafe adjtimex(&discipline)
        return state < 0 ? nil : discipline.status & STA_UNSYNC == 0
    }
}

/// Whether the kernel runs on a host that tells it the time: by its source of time, or by a
/// processor that says that it is not a real one.
private func isVirtual(root: String) -> Bool {
    let source =
        textLines(of: root + "sys/devices/system/clocksource/clocksource0/current_clocksource")
        .first ?? ""
    if ["kvm-clock", "hyperv", "xen"].contains(where: source.hasPrefix) { return true }
    return textLines(of: root + "proc/cpuinfo").contains { line in
        line.hasPrefix("flags") && line.split(separator: " ").contains("hypervisor")
    }
}

/// The kind of the file system that is mounted nearest above a path, by the lines of
/// `/proc/self/mountinfo`; of two at one place the later one hides the other.
func fileSystemKind(of path: String, mounts: [Substring]) -> String? {
    var nearest: (length: Int, kind: String)?
    for line in mounts {
        let words = line.split(separator: " ")
        guard words.count > 5, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else {
            continue
        }
        // A blank in a mount point is written as its octal number.
        let point = words[4].replacing("\\040", with: " ")
        let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
        if isAbove, point.count >= nearest?.length ?? 0 {
            nearest = (point.count, String(words[dash + 1]))
        }
    }
    return nearest?.kind
}
