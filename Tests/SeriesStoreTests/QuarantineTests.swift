import SeriesStore
import Telemetry
import Testing

/// What is kept of messages that could not be read.
struct QuarantineTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter

    init() throws {
        folder = try TemporaryFolder()
        writer = try folder.writer()
    }

    private func commit(_ messages: [(topic: String, reason: String, number: Int)]) throws {
        var batch = CommitBatch()
        batch.quarantined = messages.map { message in
            QuarantinedMessage(
                time: springEve + Int64(message.number), topic: message.topic,
                reason: message.reason, size: message.number, hash: .max)
        }
        try writer.commit(batch, time: springEve)
    }

    private func kept() throws -> [QuarantinedMessage] {
        try StoreReader(path: folder.store).snapshot { try $0.quarantine() }
    }

    @Test func theyAreKeptAsTheyCame() throws {
        try commit([("b", "bad_json", 1), ("a", "bad_text", 2)])
        let messages = try kept()
        #expect(messages.map(\.topic) == ["a", "b"])
        #expect(
            messages.first
                == QuarantinedMessage(
                    time: springEve + 2, topic: "a", reason: "bad_text", size: 2, hash: .max))
    }

    /// A device that sends nothing readable for months pushes nothing out but its own.
    @Test func theNewestOfEachTopicAndReasonStay() throws {
        try commit([("rare", "bad_json", 0), ("noisy", "bad_utf8", 0)])
        for round in 0..<60 {
            try commit((1...200).map { ("noisy", "bad_json", round * 200 + $0) })
        }
        let messages = try kept()
        #expect(messages.count { $0.topic == "rare" } == 1)
        #expect(messages.count { $0.reason == "bad_utf8" } == 1)
        let noisy = messages.filter { $0.topic == "noisy" && $0.reason == "bad_json" }
        #expect(noisy.map(\.size) == [11_996, 11_997, 11_998, 11_999, 12_000])
    }

    /// However many topics there are, the file does not grow.
    @Test func thereIsAnEnd() throws {
        for round in 0..<11 {
            try commit((0..<1_000).map { ("topic \(round * 1_000 + $0)", "bad_json", $0) })
        }
        let messages = try kept()
        #expect(messages.count == QuarantinedMessage.keptInAll)
        #expect(!messages.contains { $0.topic == "topic 999" })
        #expect(messages.contains { $0.topic == "topic 1000" })
    }
}
