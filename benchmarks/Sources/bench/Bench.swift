import Glibc

/// `bench [--smoke] [B04]`: prints one line a benchmark. B07, the way through a real broker, is the
/// script benchmarks/drain.
@main
struct Bench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let harness = Harness(
            isSmoke: arguments.contains("--smoke"),
            filter: arguments.first { !$0.hasPrefix("-") })
        printMachine()
        try benchmarkRing(harness)
        try benchmarkDecoding(harness)
        benchmarkWindows(harness)
        try benchmarkBlocks(harness)
        try benchmarkStore(harness)
    }

    private static func printMachine() {
        var name = utsname()
        uname(&name)
        let machine = withUnsafeBytes(of: &name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let mode = _isDebugAssertConfiguration() ? "debug: times mean nothing" : "release"
        print("\(machine), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors, \(mode)")
    }
}
