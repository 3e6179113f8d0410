import GRDB

/// How far one device's numbering of its messages has come, and what is missing in it.
public struct SequenceState: Hashable, Sendable, BitwiseCopyable {
    /// The newest number.
    public var last: Int64
    /// Which of the 64 numbers before it have not come: bit 0 stands for `last - 1`.
    public var missing: UInt64

    public init(last: Int64, missing: UInt64 = 0) {
        self.last = last
        self.missing = missing
    }
}

/// A sequence's number in one store.
public typealias SequenceID = UInt32

/// Which numbering of which device a sequence is.
struct SequenceKey: Hashable, Sendable {
    var device: DeviceID
    /// The name of the profile that finds the numbers, or what else they come from.
    var source: String
}

extension StoreWriter {
    /// How far each sequence had come with the newest commit.
    public func sequences() throws(StoreError) -> [SequenceID: SequenceState] {
        try read { database in
            var newest = SequenceStates()
            let kept = try Row.fetchCursor(
                database, sql: "SELECT id, commit_id, last, missing FROM sequences")
            while let row = try kept.next() {
                let id: Int64 = row["id"]
                let missing: Int64 = row["missing"]
                let state = SequenceState(
                    last: row["last"], missing: UInt64(bitPattern: missing))
                newest.add(
                    [SequenceID(truncatingIfNeeded: id): state], commit: row["commit_id"])
            }
            let commits = try Row.fetchCursor(database, sql: "SELECT id, ledger FROM commits")
            while let row = try commits.next() {
                let location = StoredBlock.Location(table: "commits", row: row["id"])
                let block = try coder.open(row["ledger"], at: location)
                newest.add(try LedgerColumns.sequences(from: block), commit: location.row)
            }
            return newest.states.mapValues(\.state)
        }
    }

    /// Writes states into their table, unless it has newer ones: commits are not folded in order.
    func keepSequences(_ newest: SequenceStates, _ database: Database) throws {
        for (id, entry) in newest.states {
            try database.cachedStatement(
                sql: """
                    UPDATE sequences SET commit_id = ?, last = ?, missing = ?
                    WHERE id = ? AND commit_id < ?
                    """
            ).execute(arguments: [
                entry.commit, entry.state.last, Int64(bitPattern: entry.state.missing), Int64(id),
                entry.commit,
            ])
        }
    }
}

/// Of each sequence the state that the newest commit gave it.
struct SequenceStates {
    private(set) var states: [SequenceID: (commit: Int64, state: SequenceState)] = [:]

    /// - Parameter commit: 0: none gave a state yet.
    mutating func add(_ states: [SequenceID: SequenceState], commit: Int64) {
        for (id, state) in states where commit > self.states[id]?.commit ?? 0 {
            self.states[id] = (commit, state)
        }
    }
}
