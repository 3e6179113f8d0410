import Foundation
import Gateway
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// A reader that holds its snapshot: commits and settling go on, the log's growth is noticed, and
/// the log is emptied when the reader has gone.
struct StalledReaderTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let series: [SeriesID]
    private static let seriesCount = 200
    /// Short, so that minutes of this load are enough.
    private static let bytesMax: Int64 = 1 << 20

    init() throws {
        folder = try TemporaryFolder()
        let writer = try folder.writer()
        series = try (0..<Self.seriesCount).map { try writer.intern("metric_\($0)", .gauge) }
        self.writer = writer
    }

    /// A minute of a town: twelve commits, then windows are settled, and somebody looks.
    private func live(minute: Int64, _ watch: inout LogWatch) throws -> LogWatch.Event? {
        for commit in 0..<12 as Range<Int64> {
            let time = springEve + minute * 60_000 + commit * 5_000
            let readings = series.map {
                Reading(series: $0, time: time, value: Value(time % 7_919 * Int64($0 + 1)))
            }
            try writer.commit(readings, time: time)
        }
        try writer.settle(now: springEve + (minute + 1) * 60_000)
        return try watch.look(at: writer, now: minute * 60_000)
    }

    private func readingCount(_ reader: StoreReader) throws -> Int64 {
        try reader.snapshot { try readingCount($0) }
    }

    private func readingCount(_ snapshot: StoreSnapshot) throws -> Int64 {
        var count: Int64 = 0
        try snapshot.forEachSeries(
            [series[0]], tier: .base, from: .min, to: .max, withPreceding: false
        ) { _, windows in count += windows.reduce(0) { $0 + $1.count } }
        return count
    }

    @Test func aLogThatIsHeldIsSaidOnceAndSoIsItsEnd() throws {
        var watch = LogWatch(bytesMax: Self.bytesMax)
        #expect(try live(minute: 0, &watch) == nil)
        var said: [(minute: Int64, event: LogWatch.Event)] = []
        try StoreReader(path: folder.store).snapshot { snapshot in
            for minute in 1...60 as ClosedRange<Int64> {
                if let event = try live(minute: minute, &watch) { said.append((minute, event)) }
            }
            // Who came earlier sees what there was, and who comes now sees everything.
            #expect(try readingCount(snapshot) == 12)
            let newcomer = try StoreReader(path: folder.store)
            #expect(try readingCount(newcomer) == 61 * 12)
        }
        #expect(said.count == 1)
        let first = try #require(said.first)
        #expect(first.minute >= 10)
        guard case .held(let log) = first.event else { throw Unexpected(event: first.event) }
        #expect(log.bytes > Self.bytesMax)

        let longest = writer.log.bytes
        #expect(try live(minute: 61, &watch) == .released)
        // Begun anew after a commit or two, it is written over and grows no more.
        for minute in 62...66 as ClosedRange<Int64> {
            #expect(try live(minute: minute, &watch) == nil)
        }
        #expect(writer.log.bytes <= longest + longest / 30)
        #expect(try StoreReader(path: folder.store).snapshot { try $0.verify() }.isEmpty)
    }

    /// Readers that come and go hold the log for a moment each, and a great transaction makes it
    /// long: neither is worth a word.
    @Test func whatPassesIsNotSaid() throws {
        var watch = LogWatch(bytesMax: Self.bytesMax)
        let reader = try StoreReader(path: folder.store)
        for minute in stride(from: Int64(0), to: 40, by: 10) {
            #expect(try live(minute: minute, &watch) == nil)
            try reader.snapshot { _ in
                for minute in minute + 1...minute + 9 {
                    let event = try live(minute: minute, &watch)
                    #expect(event == nil)
                }
            }
        }
    }

    @Test(.enabled(if: HoldingProcess.isPossible, "python3 is not installed"))
    func theProcessThatHoldsItIsNamed() throws {
        var watch = LogWatch()
        _ = try live(minute: 0, &watch)
        #expect(writer.log.holders.isEmpty)
        let process = try HoldingProcess(folder.store)
        #expect(writer.log.holders.map(\.id) == [process.id])
        #expect(writer.log.holders.first?.name.hasPrefix("python") == true)
        _ = try live(minute: 1, &watch)
        #expect(try writer.emptyLog() == false)
        process.end()
        #expect(writer.log.holders.isEmpty)
        #expect(try writer.emptyLog() == true)
    }
}

private struct Unexpected: Error { let event: LogWatch.Event }

/// Another process with a snapshot of a store.
private final class HoldingProcess {
    static let interpreter = "/usr/bin/python3"
    static let isPossible = FileManager.default.isExecutableFile(atPath: interpreter)
    private let process = Process()
    private let input = Pipe()

    var id: Int32 { process.processIdentifier }

    /// Returns when the snapshot is held.
    init(_ store: String) throws {
        let script = """
            import sqlite3, sys
            store = sqlite3.connect(sys.argv[1], isolation_level=None)
            store.execute("BEGIN")
            store.execute("SELECT count(*) FROM commits").fetchall()
            print("held", flush=True)
            sys.stdin.read()
            """
        let output = Pipe()
        process.executableURL = URL(filePath: Self.interpreter)
        process.arguments = ["-c", script, store]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try #require(output.fileHandleForReading.availableData.starts(with: Data("held".utf8)))
    }

    deinit { end() }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
