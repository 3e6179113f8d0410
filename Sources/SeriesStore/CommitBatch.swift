import StoredSeries
import Telemetry

/// Everything that one commit makes durable: filled by one thread, written by
/// ``StoreWriter/commit(_:at:)``, emptied and filled again.
public struct CommitBatch: Sendable {
    /// Readings in the order of their arrival.
    public var readings: [Reading] = []
    /// Readings that arrived while the clock was not set, in the order of their arrival; they need
    /// a commit that says so, see ``CommitMoment``.
    public var unplaced: [UnplacedReading] = []
    /// What became of what was received.
    public var ledger: [LedgerKey: LedgerCounts] = [:]
    /// How far the sequences have come that moved.
    public var sequences: [SequenceID: SequenceState] = [:]
    /// Which QoS 1 messages the commit holds.
    public var messages: [MessageRecord] = []
    /// Messages that could not be read.
    public var quarantined: [QuarantinedMessage] = []
    /// The newest commit whose messages the broker cannot deliver again, 0 for none.
    public var confirmedCommit: Int64 = 0
    /// How much of a recording is in the file once the batch is.
    public var importProgress: ImportProgress?

    public init() {}

    /// Whether a commit would write nothing.
    public var isEmpty: Bool {
        readings.isEmpty && unplaced.isEmpty && ledger.isEmpty && sequences.isEmpty
            && messages.isEmpty && quarantined.isEmpty
    }

    /// Forgets what was committed and keeps the room.
    public mutating func removeAll() {
        readings.removeAll(keepingCapacity: true)
        unplaced.removeAll(keepingCapacity: true)
        ledger.removeAll(keepingCapacity: true)
        sequences.removeAll(keepingCapacity: true)
        messages.removeAll(keepingCapacity: true)
        quarantined.removeAll(keepingCapacity: true)
        importProgress = nil
    }
}

/// How far the import of a recording has come.
public struct ImportProgress: Sendable, Equatable {
    /// Of its content, see ``StoreWriter/hasImported(digest:)``.
    public var digest: String
    /// Its first readings that are committed.
    public var readings: Int

    public init(digest: String, readings: Int) {
        (self.digest, self.readings) = (digest, readings)
    }

    /// The key in `meta`, there until the import is complete.
    var key: String { "importing " + digest }
}

/// Names one QoS 1 message, so that it is known when the broker delivers it again.
public struct MessageRecord: Hashable, Sendable, BitwiseCopyable {
    /// The packet identifier, which the broker keeps when it delivers again.
    public var packetID: UInt16
    /// Half of the keyed hash of topic and payload.
    public var hash: UInt32

    public init(packetID: UInt16, hash: UInt32) {
        self.packetID = packetID
        self.hash = hash
    }
}
