import Glibc

/// `bench [--smoke] [B04]`: prints one line a benchmark. B07, the way through a real broker, is the
/// script benchmarks/scripts/drain.
///
/// `bench --store FILE [Q02]`: asks a store that is there the questions that `peers` asks them all.
@main
struct Bench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let harness = Harness(
            isSmoke: arguments.contains("--smoke"),
            filter: arguments.first { !$0.hasPrefix("-") })
        printMachine()
        if let option = arguments.firstIndex(of: "--store"), option + 1 < arguments.endIndex {
            let path = arguments[option + 1]
            try benchmarkQuestions(path, only: arguments.last == path ? nil : arguments.last)
            return
        }
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
