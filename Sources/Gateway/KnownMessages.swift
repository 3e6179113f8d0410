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
///
/// A connection may end while the broker is still sending again. What had come again by then is in
/// a newer commit too, and still stands before the rest in the broker's order: so each message is
/// kept once, where it came first, with the newest commit that holds it.
struct KnownMessages {
    private struct Entry {
        let record: MessageRecord
        /// The newest commit that holds it, `beingMade` for the next one.
        var commit: Int64
    }

    private static let beingMade = Int64.max
    private var entries: [Entry] = []
    /// Messages that came again since the last commit.
    private var againCount = 0
    /// What may still be delivered again on this connection: all that was committed before it
    /// began, from the place where the last duplicate was found. nil: nothing.
    private var expected: Range<Int>?
    private var hasFoundFirst = false
    private let packetIDCount: Int

    /// - Parameters:
    ///   - records: those that earlier runs left unconfirmed, in the order of their commits.
    ///   - commit: the newest commit of those runs.
    ///   - packetIDCount: after so many messages a broker comes to an identifier again.
    init(_ records: [MessageRecord], upTo commit: Int64, packetIDCount: Int = 65_535) {
        self.packetIDCount = packetIDCount
        var places: [MessageRecord: Int] = [:]
        for record in records {
            // The same so soon is a message that came again, and no other one.
            if let place = places[record], entries.count - place < packetIDCount { continue }
            places[record] = entries.count
            entries.append(Entry(record: record, commit: commit))
        }
        dropOldest()
    }

    /// Takes over the messages of a commit that is durable.
    ///
    /// - Parameter records: in the order in which they came: those that came again stand first,
    ///   because behind the first new one there are only new ones.
    mutating func add(_ records: [MessageRecord], commit: Int64) {
        if againCount > 0 {
            for index in entries.indices where entries[index].commit == Self.beingMade {
                entries[index].commit = commit
            }
        }
        entries += records.dropFirst(againCount).map { Entry(record: $0, commit: commit) }
        againCount = 0
        dropOldest()
    }

    /// Forgets the messages of which no commit after this one holds anything, unless the broker is
    /// still delivering again.
    mutating func forget(upTo commit: Int64) {
        if isBeingDelivered { return }
        expected = expected.map { range in
            let start = entries[..<range.lowerBound].count { $0.commit > commit }
            return start..<start + entries[range].count { $0.commit > commit }
        }
        entries.removeAll { $0.commit <= commit }
    }

    /// An identifier that is older names another message by now.
    private mutating func dropOldest() {
        let count = entries.count - 2 * packetIDCount
        guard count > 0 else { return }
        entries.removeFirst(count)
        expected = expected.map { max(0, $0.lowerBound - count)..<max(0, $0.upperBound - count) }
    }

    /// A connection begins.
    ///
    /// - Parameter isResumed: whether on a session that was kept: what is not confirmed may come
    ///   again.
    mutating func beginConnection(isResumed: Bool) {
        // Of two with one identifier the later is meant.
        expected = isResumed ? max(0, entries.count - packetIDCount + 1)..<entries.count : nil
        hasFoundFirst = false
    }

    /// Whether the broker has begun to deliver again, and more of it may come.
    var isBeingDelivered: Bool { hasFoundFirst && expected?.isEmpty == false }

    /// Whether a message is known that came on this connection. The next commit holds it again.
    ///
    /// What comes again begins before our SUBSCRIBE is answered. It may go on behind the answer,
    /// where a broker that was started anew keeps to the window of the client and has more to
    /// deliver again; but nothing new comes before the last of it.
    ///
    /// - Parameter mayBeFirst: whether our SUBSCRIBE was not answered yet.
    /// - Complexity: constant for a duplicate, linear once a connection for the first one and for
    ///   the first new message.
    mutating func take(_ record: MessageRecord, mayBeFirst: Bool = true) -> Bool {
        if !hasFoundFirst, !mayBeFirst { expected = nil }
        guard let range = expected else { return false }
        let isMeant = { (entry: Entry) in entry.record == record }
        let place =
            hasFoundFirst
            ? entries[range].firstIndex(where: isMeant) : entries[range].lastIndex(where: isMeant)
        hasFoundFirst = true
        expected = place.map { $0 + 1..<range.upperBound }
        guard let place else { return false }
        entries[place].commit = Self.beingMade
        againCount += 1
        return true
    }
}
