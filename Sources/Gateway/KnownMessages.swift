import SeriesStore

/// The messages of commits that the broker may still deliver again, in the order in which it sent
/// them.
///
/// A broker sends again in order what it holds to be unacknowledged [MQTT-4.6.0], and it has
/// processed some beginning of our acknowledgements. So what comes again first on a resumed session
/// are the last of these messages, one after another to the end, and behind the first message that
/// is not among them there are only new ones. An identifier alone says less: mosquitto 2.0.11 does
/// not keep to the client's window once the first acknowledgement has come, and then identifiers
/// repeat among messages in flight.
struct KnownMessages {
    private var records: [MessageRecord] = []
    /// The commits that hold them, each with the place behind its last record.
    private var commits: [(commit: Int64, end: Int)] = []
    /// What may still be delivered again on this connection: all that was committed before it
    /// began, from the place where the last duplicate was found. nil: nothing.
    private var expected: Range<Int>?
    private var hasFoundFirst = false
    private let packetIDCount: Int

    /// - Parameters:
    ///   - records: those that earlier runs left unconfirmed, in order.
    ///   - commit: the newest commit of those runs.
    ///   - packetIDCount: after so many messages a broker comes to an identifier again.
    init(_ records: [MessageRecord], upTo commit: Int64, packetIDCount: Int = 65_535) {
        self.packetIDCount = packetIDCount
        add(records, commit: commit)
    }

    mutating func add(_ records: [MessageRecord], commit: Int64) {
        if records.isEmpty { return }
        self.records += records
        commits.append((commit, self.records.count))
        // An identifier that is older names another message by now.
        drop(self.records.count - 2 * packetIDCount)
    }

    /// Forgets the messages of all commits up to one.
    mutating func forget(upTo commit: Int64) {
        let end = commits.last { $0.commit <= commit }?.end ?? 0
        commits.removeAll { $0.commit <= commit }
        drop(end)
    }

    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        records.removeFirst(count)
        for index in commits.indices { commits[index].end -= count }
        commits.removeAll { $0.end <= 0 }
        expected = expected.map { max(0, $0.lowerBound - count)..<max(0, $0.upperBound - count) }
    }

    /// A connection begins on a session that was kept: what is not confirmed may come again.
    mutating func beginConnection() {
        // Of two with one identifier the later is meant.
        expected = max(0, records.count - packetIDCount + 1)..<records.count
        hasFoundFirst = false
    }

    /// Whether a message that was delivered before our SUBSCRIBE was answered is known.
    ///
    /// - Complexity: constant for a duplicate, linear once a connection for the first one and for
    ///   the first new message.
    mutating func take(_ record: MessageRecord) -> Bool {
        guard let range = expected else { return false }
        let place =
            hasFoundFirst
            ? records[range].firstIndex(of: record) : records[range].lastIndex(of: record)
        hasFoundFirst = true
        expected = place.map { $0 + 1..<range.upperBound }
        return place != nil
    }
}
