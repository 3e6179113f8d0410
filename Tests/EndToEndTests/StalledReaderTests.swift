import Foundation
import GRDB
import Glibc
import MQTTSession
import PrivateBroker
import Testing

extension EndToEnd {
    /// A reader that does not go on: a pager that was left open, a client that hangs.
    struct StalledReaderTests {
        /// `socle query | less`, which nobody looks at: the answer is that of its snapshot, which
        /// is gone long before the answer is read.
        @Test func anAnswerThatNobodyReadsHoldsNoSnapshot() throws {
            let folder = try TemporaryFolder()
            let rows = (0..<40_000).map { "co2,\(1_768_348_800_000 + $0 * 60_000),\($0)\n" }
            try folder.write(rows.joined(), to: "co2.csv")
            try #require(try folder.socle("import @co2.csv --store @town.sqlite").code == 0)
            let store = try OpenStore(folder.path("town.sqlite"))
            try store.change()
            let query = "query co2 --every 1m --format csv --store @town.sqlite"
            let expected = try folder.socle(query).output
            #expect(expected.utf8.count > 1_000_000)

            let pipe = try StalledPipe(folder.path("pipe"))
            let words = query.replacing("@", with: folder.path + "/").split(separator: " ")
            let process = try ChildProcess(
                Surroundings.socle, words.map(String.init), environment: ["SOCLE_CONFIG": ""],
                output: pipe.path, errors: folder.path("errors"))
            try eventually("the answer begins") { pipe.hasBytes }
            try eventually("no snapshot is held") { try store.emptyLog() }
            #expect(process.isRunning)
            // What is written now is none of this answer's.
            try store.change()
            try folder.write("co2,1800000000000,1\n", to: "later.csv")
            #expect(try folder.socle("import @later.csv --store @town.sqlite").code == 0)
            #expect(try pipe.readToEnd() == expected)
            #expect(try process.waitForExit(within: .seconds(60)) == 0)
            #expect(folder.text(of: "errors") == "")
        }

        /// Beside a snapshot that another program holds commits, settling and queries go on, and
        /// when it is gone the log can be emptied.
        @Test func everythingGoesOnBesideASnapshotThatIsHeld() throws {
            let town = try CrashTown()
            let station = town.station
            try station.start()
            try town.publish(800)
            try station.awaitStored(town.sent)
            let reader = try OpenStore(station.store)
            try reader.holdSnapshot()
            let held = try LogHead(station.store)

            // New series fill more pages than SQLite waits for before it begins a log anew.
            var configuration = MQTTConfiguration()
            (configuration.port, configuration.clientID) = (station.broker.port, "many")
            let publisher = try MQTTPublisher(configuration)
            let count = 12_000
            for number in 0..<count {
                try publisher.publish(
                    topic: "pulses/new\(number)", payload: Array("{\"value\":\(number)}".utf8))
            }
            try publisher.flush()
            try station.awaitStored(town.sent + count)
            let grown = try LogHead(station.store)
            #expect(grown.sequence == held.sequence)
            #expect(grown.bytes > 1_000 * (1_024 + 24))
            #expect(try reader.commitCount() == reader.commitCountAtFirst)
            #expect(try station.peakKilobytes() < 120_000)

            try reader.release()
            try eventually("the log can be emptied") { try reader.emptyLog() }
            try town.publish(8)
            try station.awaitStored(town.sent + count)
            #expect(try LogHead(station.store).bytes < grown.bytes)
            try town.endPublishing()
            try station.awaitStored(town.sent + count)
            #expect(try station.stop() == 0)
            try town.expectSound("after a stalled reader")
            let (meters, differences) = try town.compare()
            #expect(differences == [], "\(meters.summary)")
            #expect(try station.ledgerTotal("readings_stored") == town.sent + count)
            #expect(!station.log.contains("error"), "\(station.log)")
        }
    }
}

/// A named pipe whose reader does not read.
private final class StalledPipe {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw POSIXError(.EIO) }
        descriptor = open(path, O_RDONLY | O_NONBLOCK)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
    }

    deinit { close(descriptor) }

    var hasBytes: Bool {
        var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) == 1 && Int32(query.revents) & Int32(POLLIN) != 0
    }

    /// Everything, up to the writer's end.
    func readToEnd() throws -> String {
        _ = fcntl(descriptor, F_SETFL, O_RDONLY)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
}

/// A store as another program opens it.
private final class OpenStore {
    private let queue: DatabaseQueue
    private(set) var commitCountAtFirst = 0

    init(_ path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    func holdSnapshot() throws {
        try queue.inDatabase { try $0.execute(sql: "BEGIN") }
        commitCountAtFirst = try commitCount()
    }

    func commitCount() throws -> Int {
        try queue.inDatabase { try Int.fetchOne($0, sql: "SELECT max(id) FROM commits") ?? 0 }
    }

    func release() throws { try queue.inDatabase { try $0.execute(sql: "COMMIT") } }

    /// Writes something that is nobody's, so that the log has something to move.
    func change() throws {
        try queue.inDatabase {
            try $0.execute(sql: "CREATE TABLE IF NOT EXISTS other(x); INSERT INTO other VALUES (1)")
        }
    }

    /// - Returns: whether nobody's snapshot is in the way.
    func emptyLog() throws -> Bool {
        try queue.inDatabase { database in
            let row = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            return row?["busy"] == 0
        }
    }
}

/// What SQLite says of a write-ahead log in its first bytes.
private struct LogHead {
    let bytes: Int
    /// Differs each time that the log was begun anew.
    let sequence: Data

    init(_ store: String) throws {
        let log = try Data(contentsOf: URL(filePath: store + "-wal"), options: .alwaysMapped)
        bytes = log.count
        sequence = Data(log.prefix(16).suffix(4))
    }
}
