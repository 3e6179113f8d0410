import PrivateBroker
import Testing

@testable import Doctor

/// What the doctor finds in a broker's file and figures.
struct BrokerTests {
    private func file(_ text: String) -> MosquittoFile {
        var file = MosquittoFile(path: "mosquitto.conf")
        file.add(
            text.split(separator: "\n", omittingEmptySubsequences: false), from: "mosquitto.conf",
            includesFolders: false)
        return file
    }

    private func facts(_ text: String, perMinute: Double? = 200) -> BrokerFacts {
        var facts = BrokerFacts()
        facts.file = file(text)
        facts.messagesPerMinute = perMinute
        return facts
    }

    private func finding(_ check: String, _ facts: BrokerFacts) throws -> Finding {
        try #require(Doctor.examine(broker: facts).first { $0.check == check })
    }

    // MARK: - The queue

    /// mosquitto's defaults at 200 messages a minute: what the handbook of an outage says.
    @Test func theOutageIsReckoned() throws {
        let finding = try finding("queue", facts(""))
        #expect(finding.mark == .fault)
        #expect(
            finding.what
                == Wording(
                    "the queue holds 1,000 messages, an outage of 5 minutes; 24 hours need 288,000 "
                        + "messages and about 109 MB",
                    "la file garde 1\u{202F}000 messages, soit une absence de 5 minutes ; 24 "
                        + "heures demandent 288\u{202F}000 messages et environ 109 Mo"))
        #expect(finding.place == "mosquitto.conf")
    }

    @Test(arguments: [
        ("max_queued_messages 287999", Finding.Mark.fault), ("max_queued_messages 288000", .ok),
        ("max_queued_messages 0", .ok), ("max_queued_messages 0\nmax_queued_bytes 66000", .fault),
        ("max_queued_messages 0\nmax_queued_bytes 66000000", .ok),
        ("max_queued_messages 288000\nmax_queued_bytes 1000", .fault),
    ])
    func aDayIsEnough(text: String, mark: Finding.Mark) throws {
        #expect(try finding("queue", facts(text)).mark == mark)
    }

    @Test func aLimitWithoutARateIsAFault() throws {
        let finding = try finding("queue", facts("\n max_queued_messages 5 ", perMinute: nil))
        #expect(finding.mark == .fault)
        #expect(finding.place == "mosquitto.conf:2")
        #expect(finding.what.english == "the queue holds 5 messages, and later ones are dropped")
    }

    /// The broker tells how large its messages are.
    @Test func payloadsAreTheBrokersOwn() throws {
        var facts = facts("max_queued_messages 0\nmax_queued_bytes 1000000")
        facts.figures = [
            "$SYS/broker/publish/messages/received": "10",
            "$SYS/broker/publish/bytes/received": "10000",
        ]
        #expect(facts.payloadBytes == 1_000)
        #expect(try finding("queue", facts).what.english.contains("holds 1,000 messages, an"))
    }

    // MARK: - Other settings

    @Test(arguments: [
        ("persistence", "persistence false", Finding.Mark.fault),
        ("persistence", "", .fault), ("persistence", "persistence true", .ok),
        ("persistence", "plugin /usr/lib/mosquitto_persist_sqlite.so", .ok),
        ("autosave", "persistence true", .warning),
        ("autosave", "persistence true\nautosave_interval 601", .warning),
        ("autosave", "persistence true\nautosave_interval 600", .ok),
        ("autosave", "persistence true\nautosave_interval 0", .warning),
        ("autosave", "persistence true\nautosave_on_changes true", .ok),
        ("qos0", "", .warning), ("qos0", "queue_qos0_messages true", .ok),
        ("window", "max_inflight_messages 20", .ok), ("window", "max_inflight_bytes 9", .warning),
        ("expiration", "persistent_client_expiration 6d", .warning),
        ("expiration", "persistent_client_expiration 2d", .fault),
    ])
    func settingsAreJudged(check: String, text: String, mark: Finding.Mark) throws {
        let finding = try finding(check, facts(text))
        #expect(finding.mark == mark)
        #expect((finding.remedy == nil) == (mark == .ok))
    }

    @Test func aSessionThatIsKeptLongEnoughIsNoFinding() {
        for text in ["", "persistent_client_expiration 1w", "persistent_client_expiration 2m"] {
            #expect(!Doctor.examine(broker: facts(text)).contains { $0.check == "expiration" })
        }
    }

    /// Whatever stood there before, with the drop-in behind it nothing is found.
    @Test(arguments: [
        "", "persistence false\nmax_queued_messages 100\nmax_queued_bytes 5",
        "persistent_client_expiration 1h\nmax_inflight_bytes 1\nqueue_qos0_messages false",
        "autosave_on_changes true\nautosave_interval 1000000\npersistence_location /x/",
    ])
    func theDropInMendsEverything(text: String) {
        let dropIn = Doctor.dropIn(for: file(text))
        let mended = Doctor.examine(broker: facts(text + "\n" + dropIn))
        #expect(mended.allSatisfy { $0.mark == .ok }, "\(mended)")
        #expect(
            (text + "\n" + dropIn).matches(of: /(?m)^persistence_location/).count == 1)
    }

    // MARK: - The connection

    @Test(arguments: [
        (["0", "0.00"], Finding.Mark.ok), (["7", "0.00"], .warning), (["7", "0.35"], .fault),
        (["7"], .warning), ([], .warning),
    ])
    func dropsAreFound(figures: [String], mark: Finding.Mark) throws {
        var facts = facts("")
        facts.connection = .accepted
        for (topic, text) in zip([BrokerFacts.dropped, BrokerFacts.droppingRate], figures) {
            facts.figures[BrokerFacts.prefix + topic] = text
        }
        #expect(try finding("dropped", facts).mark == mark)
    }

    /// A broker that tells other things has nothing to tell of drops before its first one.
    @Test func aBrokerThatHasDroppedNothingMaySayNothing() throws {
        var facts = facts("")
        facts.connection = .accepted
        facts.figures["$SYS/broker/version"] = "mosquitto version 2.0.18"
        let finding = try finding("dropped", facts)
        #expect(finding.mark == .ok)
        #expect(finding.what.english.contains("announces no dropped message"))
    }

    @Test func anOldBrokerIsAFault() throws {
        var facts = BrokerFacts()
        facts.connection = .refusedVersion
        #expect(try finding("protocol", facts).mark == .fault)
        #expect(try finding("limits", facts).mark == .warning)
        facts.connection = .accepted
        facts.figures["$SYS/broker/version"] = "mosquitto version 1.6.12"
        #expect(try finding("version", facts).mark == .warning)
    }
}

/// How mosquitto.conf is read.
struct MosquittoFileTests {
    /// In mosquitto's order: what stands behind `include_dir` holds, and in the folder the last
    /// file by letters, of one letter the small one. Files by other names do not count.
    @Test func foldersAreReadInTheirPlace() throws {
        let folder = try TemporaryFolder()
        for name in ["A.conf", "B.conf", "a.conf", "00.conf", "z.txt"] {
            try folder.write(
                "max_queued_messages \(name.utf8.first ?? 0)\nautosave_interval 7\n",
                to: "d/" + name)
        }
        let path = try folder.write(
            "max_queued_messages 5\ninclude_dir \(folder.path("d"))\nautosave_interval 9\n",
            to: "mosquitto.conf")
        let file = try #require(MosquittoFile.read(path: path))
        #expect(file.integer("max_queued_messages", default: 0) == 66)
        #expect(file.place(of: "max_queued_messages") == folder.path("d/B.conf:1"))
        #expect(file.integer("autosave_interval", default: 0) == 9)
    }

    @Test func theLastOfTwoHoldsAndCommentsDoNot() {
        var file = MosquittoFile(path: "m")
        let lines: [Substring] = [
            "# max_queued_messages 1", "max_queued_messages 2", "max_queued_messages\t3  \r", "",
            "include_dir /nowhere", "persistence",
        ]
        file.add(lines, from: "m", includesFolders: true)
        #expect(file.settings["max_queued_messages"] == .init(text: "3", place: "m:3"))
        #expect(file.integer("max_queued_messages", default: 9) == 3)
        #expect(file.integer("max_queued_bytes", default: 9) == 9)
        #expect(!file.boolean("persistence", default: true))
        #expect(file.place(of: "persistence") == "m:6")
        #expect(MosquittoFile.read(path: "/nowhere/mosquitto.conf") == nil)
    }
}
