import Foundation

/// Counts what each kind of work wrote: bytes of this process, and pages in the write-ahead log.
final class Tally {
    private struct Count {
        var times = 0
        var bytes: Int64 = 0
        var pages = 0
        var pagesOf: [String: Int] = [:]
    }

    private var counts: [String: Count] = [:]
    private var longest: [String: Duration] = [:]
    private let log: FrameReader
    private let begin = Tally.writtenBytes()
    private var checkpoints = 0
    /// Names the pages of a database: `dbstat`, asked for some of the transactions.
    var pageNames: (() throws -> [UInt32: String])?
    private static let sampling = 97

    init(log path: String) { log = FrameReader(path: path) }

    /// `write_bytes` of `/proc/self/io`: pages that this process made dirty on a medium.
    static func writtenBytes() -> Int64 {
        let text = (try? String(contentsOfFile: "/proc/self/io", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("write_bytes:") }
        return line?.split(separator: " ").last.flatMap { Int64($0) } ?? 0
    }

    /// Does some work and counts it under a name.
    @discardableResult
    func work<T>(_ name: String, _ body: () throws -> T) throws -> T {
        let before = Tally.writtenBytes()
        let clock = ContinuousClock()
        let begin = clock.now
        let result = try body()
        longest[name] = max(longest[name] ?? .zero, clock.now - begin)
        var count = counts[name, default: Count()]
        count.times += 1
        count.bytes += Tally.writtenBytes() - before
        let (frames, isNew) = log.newFrames()
        count.pages += frames.count
        if isNew { checkpoints += 1 }
        if let pageNames, name != "commit" || count.times % Tally.sampling == 0 {
            let names = try pageNames()
            for frame in frames {
                count.pagesOf[names[frame] ?? "free or pointers", default: 0] += 1
            }
        }
        counts[name] = count
        return result
    }

    func report(hours: Int) {
        print("write_bytes \(Tally.writtenBytes() - begin)")
        print("logs begun \(checkpoints)")
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) where count.times > 0 {
            let list = count.pagesOf.sorted { $0.value > $1.value }.map { name, pages in
                "\(name) \(tenths(pages, count.pagesOf.values.reduce(0, +), count.pages, count.times))"
            }
            print(
                "\(name): \(count.times) times, at most \(longest[name] ?? .zero),",
                "\(count.bytes / 1_000) kB,",
                "\(count.pages) pages to the log,",
                "pages each: \(tenths(count.pages, 1, 1, count.times)):",
                list.joined(separator: ", "))
        }
    }

    /// pages / sampled × all / times, with a tenth.
    private func tenths(_ pages: Int, _ sampled: Int, _ all: Int, _ times: Int) -> String {
        let value = Double(pages) / Double(max(1, sampled)) * Double(all) / Double(times)
        return "\((value * 10).rounded() / 10)"
    }
}

/// Reads which pages were appended to a write-ahead log (https://sqlite.org/fileformat2.html#walformat).
private final class FrameReader {
    private let path: String
    private var salt: [UInt8] = []
    private var frames = 0

    init(path: String) { self.path = path }

    func newFrames() -> (pages: [UInt32], isNew: Bool) {
        guard let file = FileHandle(forReadingAtPath: path) else { return ([], false) }
        defer { try? file.close() }
        guard let header = try? file.read(upToCount: 32), header.count == 32 else {
            return ([], false)
        }
        let bytes = [UInt8](header)
        let pageSize = Int(number(bytes, 8))
        let isNew = Array(bytes[16..<24]) != salt
        if isNew { (salt, frames) = (Array(bytes[16..<24]), 0) }
        var pages: [UInt32] = []
        while true {
            try? file.seek(toOffset: UInt64(32 + frames * (24 + pageSize)))
            guard let data = try? file.read(upToCount: 24), data.count == 24,
                Array([UInt8](data)[8..<16]) == salt
            else { return (pages, isNew) }
            pages.append(number([UInt8](data), 0))
            frames += 1
        }
    }

    private func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
