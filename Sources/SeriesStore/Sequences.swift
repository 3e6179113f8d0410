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
            try SequenceStates(database, coder).states.mapValues(\.state)
        }
    }

    /// Writes states into their table, unless it has newer ones: commits are not folded in order.
    func keepSequences(_ newest: SequenceStates, _ database: Database) throws {
        for (id, entry) in newest.states.sorted(by: { $0.key < $1.key }) {
            let old = try Row.fetchOne(
                database.cachedStatement(
                    sql: "SELECT * FROM sequences WHERE id = ? AND commit_id < ?"),
                arguments: [Int64(id), entry.commit])
            guard let old else { continue }
            try database.write(
                [
                    Int64(id), old["device"] as DatabaseValue, old["source"] as DatabaseValue,
                    entry.commit, entry.state.last, Int64(bitPattern: entry.state.missing),
                ], to: "sequences", replaces: true, following: old)
        }
    }
}

extension StoreSnapshot {
    /// The newest number of a device's sequence; nil where it has none.
    ///
    /// - Parameter source: where the numbers come from, as in
    ///   ``SeriesCatalogue/intern(sequenceOf:source:)``.
    public func newestNumber(of device: DeviceID, source: String) throws -> Int64? {
        let id = try Int64.fetchOne(
            database, sql: "SELECT id FROM sequences WHERE device = ? AND source = ?",
            arguments: [Int64(device), source])
        guard let id else { return nil }
        return try SequenceStates(database, coder).states[SequenceID(truncatingIfNeeded: id)]?
            .state.last
    }
}

/// Of each sequence the state that the newest commit gave it.
struct SequenceStates {
    private(set) var states: [SequenceID: (commit: Int64, state: SequenceState)] = [:]

    init() {}

    /// As the table and the commits that are not folded into it have them.
    init(_ database: Database, _ coder: BlockCoder) throws {
        let kept = try Row.fetchCursor(
            database, sql: "SELECT id, commit_id, last, missing FROM sequences")
        while let row = try kept.next() {
            let id = try row.location(in: "sequences").row
            let missing: Int64 = try row.value("missing", of: "sequences")
            let state = SequenceState(
                last: try row.value("last", of: "sequences"),
                missing: UInt64(bitPattern: missing))
            add(
                [SequenceID(truncatingIfNeeded: id): state],
                commit: try row.value("commit_id", of: "sequences"))
        }
        let commits = try Row.fetchCursor(database, sql: "SELECT id, ledger FROM commits")
        while let row = try commits.next() {
            let location = try row.location(in: "commits")
            let block = try coder.open(row.value("ledger", of: "commits"), at: location)
            add(try LedgerColumns.sequences(from: block), commit: location.row)
        }
    }

    /// - Parameter commit: 0: none gave a state yet.
    mutating func add(_ states: [SequenceID: SequenceState], commit: Int64) {
        for (id, state) in states where commit > self.states[id]?.commit ?? 0 {
            self.states[id] = (commit, state)
        }
    }
}
