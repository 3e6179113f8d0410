import SeriesStore

/// The messages of commits that the broker may still deliver again.
///
/// A broker may number more messages than there are packet identifiers before it waits for an
/// acknowledgement (mosquitto 2.0.11 does), so two of them may have one record: each is known once
/// for each time that it was committed.
struct KnownMessages {
    /// Records as they were committed on this connection, which cannot come again on it.
    private var recent: [(commit: Int64, records: [MessageRecord])]
    /// Records of earlier connections, by record, with the commits that hold each.
    private var earlier: [MessageRecord: [Int64]] = [:]

    /// - Parameters:
    ///   - records: those that earlier runs left unconfirmed.
    ///   - commit: the newest commit of those runs.
    init(_ records: [MessageRecord], upTo commit: Int64) {
        recent = records.isEmpty ? [] : [(commit, records)]
    }

    mutating func add(_ records: [MessageRecord], commit: Int64) {
        if !records.isEmpty { recent.append((commit, records)) }
    }

    /// Forgets the messages of all commits up to one.
    mutating func forget(upTo commit: Int64) {
        recent.removeAll { $0.commit <= commit }
        if earlier.isEmpty { return }
        earlier = earlier.compactMapValues { commits in
            let later = commits.filter { $0 > commit }
            return later.isEmpty ? nil : later
        }
    }

    /// A connection begins on a session that was kept: what is not confirmed may come again.
    mutating func beginConnection() {
        for (commit, records) in recent {
            for record in records { earlier[record, default: []].append(commit) }
        }
        recent.removeAll()
    }

    /// Whether a message is known from an earlier connection; it is then known once less.
    mutating func take(_ record: MessageRecord) -> Bool {
        guard var commits = earlier[record] else { return false }
        commits.removeFirst()
        earlier[record] = commits.isEmpty ? nil : commits
        return true
    }
}
