import BlockCodec
import Foundation
import Testing

/// Blocks of released versions, frozen: they are written where they are absent, and only in the
/// version of their name, and must decode to the same columns for ever.
struct Golden: Sendable, CustomTestStringConvertible {
    let name: String
    let block: [UInt8]
    let expected: Expected

    /// The content of a golden's `.json`, and what the reader in Python prints.
    struct Expected: Codable, Equatable, Sendable {
        var version: Int
        var kind: Int
        var rowCount: Int
        var columns: [ExpectedColumn]
    }

    struct ExpectedColumn: Codable, Equatable, Sendable {
        var id: Int
        var values: [Int64]
    }

    var testDescription: String { name }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden")

    /// All goldens on the disk, after those that are wanted and absent were written.
    static let all: [Golden] = {
        do {
            for wanted in wanted where !FileManager.default.fileExists(atPath: wanted.path) {
                try wanted.write()
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try names.filter { $0.hasSuffix(".block") }.sorted().map { try Golden(file: $0) }
        } catch {
            Issue.record(error, "the goldens cannot be read or written")
            return []
        }
    }()

    private init(file: String) throws {
        name = String(file.dropLast(".block".count))
        block = [UInt8](try Data(contentsOf: Self.folder.appending(path: file)))
        let json = try Data(contentsOf: Self.folder.appending(path: name + ".json"))
        expected = try JSONDecoder().decode(Expected.self, from: json)
    }
}

/// A golden that this version can write.
private struct WantedGolden {
    let shape: String
    let rowCount: Int
    let columns: [Column]
    let effort: BlockEncoder.Effort

    private var name: String { "v\(BlockCodec.version)_\(shape)" }
    var path: String { Golden.folder.appending(path: name + ".block").path }

    func write() throws {
        try FileManager.default.createDirectory(
            at: Golden.folder, withIntermediateDirectories: true)
        var encoder = BlockEncoder()
        var block: [UInt8] = []
        encoder.encode(
            kind: 7, rowCount: rowCount, columns: columns, effort: effort, appendTo: &block)
        let expected = Golden.Expected(
            version: Int(BlockCodec.version), kind: 7, rowCount: rowCount,
            columns: columns.map { .init(id: Int($0.id), values: $0.values) })
        let json = JSONEncoder()
        json.outputFormatting = [.sortedKeys]
        try json.encode(expected).write(to: Golden.folder.appending(path: name + ".json"))
        try Data(block).write(to: URL(filePath: path))
    }
}

extension Golden {
    /// What version 2 has and version 1 had not: coded bits in each context. Version 1 has one of
    /// each shape, and the mixtures that the store wrote.
    fileprivate static let wanted = [
        WantedGolden(
            shape: "sealed", rowCount: 150,
            columns: [
                Column(id: 1, values: Shape.jitteredClock.values(count: 150, seed: 2)),
                Column(id: 2, values: Shape.counterWithResets.values(count: 150, seed: 3)),
                Column(
                    id: 3,
                    values: Shape.counterWithResets.values(count: 150, seed: 3).map { 3 * $0 / 4 },
                    neighbour: 2),
                Column(id: 4, values: Shape.widest.values(count: 150, seed: 5)),
                Column(id: 5, values: Shape.meansOfThree.values(count: 150, seed: 6)),
                Column(id: 6, values: Shape.noisyGauge.values(count: 150, seed: 7)),
            ], effort: .smallest)
    ]
}

@Suite struct GoldenTests {
    @Test func thereAreGoldens() { #expect(Golden.all.count >= Shape.allCases.count) }

    @Test(arguments: Golden.all)
    func aReleasedBlockDecodesAsEver(_ golden: Golden) throws {
        var decoder = BlockDecoder()
        let directory = try decoder.open(golden.block)
        var columns: [Golden.ExpectedColumn] = []
        for entry in directory.columns {
            let values = try #require(try decoder.column(entry.id))
            columns.append(.init(id: Int(entry.id), values: values))
        }
        let decoded = Golden.Expected(
            version: Int(directory.version), kind: Int(directory.kind),
            rowCount: directory.rowCount, columns: columns)
        #expect(decoded == golden.expected)
    }

    @Test(arguments: Golden.all)
    func everyPrefixIsTruncated(_ golden: Golden) {
        var decoder = BlockDecoder()
        for count in golden.block.indices {
            let error = refusal(of: Array(golden.block[..<count]), by: &decoder)
            guard case .truncated(let needed, let available) = error else {
                Issue.record("a prefix of \(count) bytes gives \(String(describing: error))")
                return
            }
            #expect(available == count)
            #expect(needed > count && needed <= golden.block.count)
        }
    }

    @Test(arguments: Golden.all)
    func everyFlippedBitIsSeen(_ golden: Golden) {
        var decoder = BlockDecoder()
        for index in golden.block.indices {
            for bit in 0..<8 {
                var block = golden.block
                block[index] ^= 1 << bit
                let error = refusal(of: block, by: &decoder)
                #expect(error != nil, "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test(arguments: Golden.all)
    func aByteMoreIsSeen(_ golden: Golden) {
        var decoder = BlockDecoder()
        let error = refusal(of: golden.block + [0], by: &decoder)
        #expect(error == .corrupt(part: .end, offset: golden.block.count))
    }

    @Test(.enabled(if: SecondReader.isPresent, "python3 is not installed"), arguments: Golden.all)
    func theSecondReaderAgrees(_ golden: Golden) throws {
        let path = Golden.folder.appending(path: golden.name + ".block").path
        let printed = try SecondReader.read(path)
        #expect(try JSONDecoder().decode(Golden.Expected.self, from: printed) == golden.expected)
    }
}

/// docs/format/read_block.py, which shares nothing with this package but the specification.
enum SecondReader {
    private static let interpreter = "/usr/bin/python3"
    private static let script = Golden.folder.deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/format/read_block.py").path

    static var isPresent: Bool { FileManager.default.isExecutableFile(atPath: interpreter) }

    /// What it prints for the block in this file.
    static func read(_ path: String) throws -> Data { try run(path).printed }

    /// Whether it ends with the exit code for bytes that are not a block.
    static func refuses(_ block: [UInt8]) throws -> Bool {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "\(UUID().uuidString).block")
        try Data(block).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try run(file.path).exitCode == 65
    }

    private static func run(_ path: String) throws -> (exitCode: Int32, printed: Data) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: interpreter)
        process.arguments = [script, path]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, printed)
    }
}
