import GRDB
import Telemetry

/// A message that could not be read: what is kept of it, never its bytes.
public struct QuarantinedMessage: Sendable, Equatable {
    /// Arrival, milliseconds since 1970 UTC; 0 where the clock was not set.
    public var time: Int64
    public var topic: String
    /// A stable code: `bad_json`.
    public var reason: String
    /// Payload bytes.
    public var size: Int
    /// Keyed hash of topic and payload.
    public var hash: UInt64

    // LIMIT: a handful tells what is wrong with a topic, and a device that sends nothing readable
    // for months must not push the others out.
    /// How many messages are kept of each topic and reason.
    public static var keptOfEach: Int { 5 }
    // LIMIT: a megabyte of the file.
    /// How many messages are kept in all.
    public static var keptInAll: Int { 10_000 }

    public init(time: Int64, topic: String, reason: String, size: Int, hash: UInt64) {
        self.time = time
        self.topic = topic
        self.reason = reason
        self.size = size
        self.hash = hash
    }
}

extension StoreWriter {
    /// Puts messages into the quarantine, whose oldest give way.
    func insert(_ messages: [QuarantinedMessage], _ database: Database) throws {
        if messages.isEmpty { return }
        for message in messages {
            try database.cachedStatement(
                sql: """
                    INSERT INTO quarantine(time, topic, reason, size, hash) VALUES (?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                message.time, message.topic, message.reason, message.size,
                Int64(bitPattern: message.hash),
            ])
            try database.cachedStatement(
                sql: """
                    DELETE FROM quarantine WHERE topic = ? AND reason = ? AND id <= (
                        SELECT id FROM quarantine WHERE topic = ? AND reason = ?
                        ORDER BY id DESC LIMIT 1 OFFSET \(QuarantinedMessage.keptOfEach))
                    """
            ).execute(arguments: [message.topic, message.reason, message.topic, message.reason])
        }
        try database.cachedStatement(
            sql: """
                DELETE FROM quarantine WHERE id <= (
                    SELECT id FROM quarantine
                    ORDER BY id DESC LIMIT 1 OFFSET \(QuarantinedMessage.keptInAll))
                """
        ).execute()
    }
}

extension StoreSnapshot {
    /// The messages in quarantine by topic and reason, in the order in which they came.
    public func quarantine() throws -> [QuarantinedMessage] {
        try Row.fetchAll(database, sql: "SELECT * FROM quarantine ORDER BY topic, reason, id")
            .map { row in
                QuarantinedMessage(
                    time: row["time"], topic: row["topic"], reason: row["reason"],
                    size: row["size"], hash: UInt64(bitPattern: row["hash"]))
            }
    }
}
