import Foundation
import SeriesStore
import StoredSeries
import Testing

/// Every file of Cases/ against a real store, before and after its readings move.
struct CaseTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Cases")

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)))
        ?? []).filter { $0.hasSuffix(".test") }.sorted()

    @Test func thereAreCases() { #expect(Self.names.count >= 6) }

    /// The answer is the same while readings wait, when half of them are settled, when these are
    /// compacted, and when all are; and when it is worked out from the finest windows.
    @Test(arguments: names)
    func answers(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        let file = try CaseFile(parsing: text)
        let times = file.loads.flatMap { $0.readings.map(\.time) }.sorted()
        let store = try CaseStore(file)
        try check(store, file, "\(name), nothing settled")
        if !times.isEmpty { try store.settle(before: times[times.count / 2]) }
        try check(store, file, "\(name), half settled")
        try store.compact()
        try check(store, file, "\(name), half compacted")
        try store.settle(before: (times.last ?? 0) + 86_400_000)
        try check(store, file, "\(name), all settled")
        try store.compact()
        try check(store, file, "\(name), all compacted")
    }

    /// A row but for its time where the question bounds nothing: it then begins with the longest
    /// window that answers it.
    private func comparable(_ row: String, _ words: [String]) -> Substring {
        let isBounded = words.contains { ["--from", "--every", "--last"].contains($0) }
        return isBounded ? row[...] : row.drop { $0 != "," }
    }

    private func check(_ store: CaseStore, _ file: CaseFile, _ place: String) throws {
        for question in file.questions {
            let comment: Comment = "\(place), line \(question.line)"
            let answer = try store.answer(question.words)
            #expect(answer == question.answer, comment)
            if question.words.contains("--tier") { continue }
            let fromBase = try store.answer(question.words, tier: .base)
            #expect(
                fromBase.map { comparable($0, question.words) }
                    == answer.map { comparable($0, question.words) }, "\(comment), base")
        }
    }
}
