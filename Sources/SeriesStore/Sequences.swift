import GRDB
import StoredSeries

/// Numbers that follow one another, as far as they came.
public struct NumberRun: Hashable, Sendable, BitwiseCopyable {
    /// The newest number.
    public var last: Int64
    /// Which of the 64 numbers before it have not come: bit 0 stands for `last - 1`.
    public var missing: UInt64

    public init(last: Int64, missing: UInt64 = 0) {
        self.last = last
        self.missing = missing
    }
}

/// How far one device's numbering of its messages has come, and what is missing in it.
public struct SequenceState: Hashable, Sendable, BitwiseCopyable {
    /// What the device numbers now.
    public var run: NumberRun
    /// Numbers that do not follow it, nil where there are none.
    public var aside: Aside?

    /// Numbers beside the run, and what they are.
    public struct Aside: Hashable, Sendable, BitwiseCopyable {
        public var run: NumberRun
        public var meaning: Meaning

        public init(_ run: NumberRun, _ meaning: Meaning) {
            self.run = run
            self.meaning = meaning
        }
    }

    /// What numbers beside the run are.
    public enum Meaning: Hashable, Sendable, BitwiseCopyable {
        /// A new beginning, if the next number confirms it.
        case beginning
        /// A leap ahead, if the next number confirms it.
        case leap
        /// What the device numbered before it began anew.
        case former
        /// The older side of a gap, of which so many are missing, one at least.
        case gap(Int64)
    }

    public init(last: Int64, missing: UInt64 = 0, aside: Aside? = nil) {
        run = NumberRun(last: last, missing: missing)
        self.aside = aside
    }

    /// The newest number that came, though nothing confirms it yet.
    var newest: Int64 {
        guard let aside, aside.isInDoubt else { return run.last }
        return aside.run.last
    }
}

extension SequenceState.Aside {
    /// Whether nothing has confirmed it.
    public var isInDoubt: Bool { meaning == .beginning || meaning == .leap }
}

/// As tables and blocks have it; 0 stands for nothing beside the run.
extension SequenceState.Meaning {
    init?(code: Int64) {
        switch code {
        case -1: self = .beginning
        case -2: self = .leap
        case -3: self = .former
        case 1...: self = .gap(code)
        default: return nil
        }
    }

    var code: Int64 {
        switch self {
        case .beginning: -1
        case .leap: -2
        case .former: -3
        case .gap(let missing): missing
        }
    }
}

extension SequenceState {
    /// The columns of the table that have ``columns``.
    static let columnNames = ["last", "missing", "aside", "aside_last", "aside_missing"]

    /// The numbers that tables and blocks have, in the order of their columns.
    var columns: [Int64] {
        [
            run.last, Int64(bitPattern: run.missing), aside?.meaning.code ?? 0,
            aside?.run.last ?? 0, Int64(bitPattern: aside?.run.missing ?? 0),
        ]
    }

    /// - Parameter columns: as ``columns`` gives them.
    init(columns: [Int64]) {
        self.init(last: columns[0], missing: UInt64(bitPattern: columns[1]))
        aside = Meaning(code: columns[2]).map { meaning in
            let missing = UInt64(bitPattern: columns[4])
            return Aside(NumberRun(last: columns[3], missing: missing), meaning)
        }
    }
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
            let name: [any DatabaseValueConvertible] = [
                Int64(id), old["device"] as DatabaseValue, old["source"] as DatabaseValue,
            ]
            try database.write(
                name + [entry.commit] + entry.state.columns, to: "sequences", replaces: true,
                following: old)
        }
    }
}

extension StoreSnapshot {
    /// The newest number of a device's sequence, confirmed by a next one or not; nil where it has
    /// none.
    ///
    /// - Parameter source: where the numbers come from, as in
    ///   ``SeriesCatalogue/intern(sequenceOf:source:)``.
    public func newestNumber(of device: DeviceID, source: String) throws -> Int64? {
        let id = try Int64.fetchOne(
            database, sql: "SELECT id FROM sequences WHERE device = ? AND source = ?",
            arguments: [Int64(device), source])
        guard let id else { return nil }
        return try SequenceStates(database, coder).states[SequenceID(truncatingIfNeeded: id)]?
            .state.newest
    }
}

/// Of each sequence the state that the newest commit gave it.
struct SequenceStates {
    private(set) var states: [SequenceID: (commit: Int64, state: SequenceState)] = [:]

    init() {}

    /// As the table and the commits that are not folded into it have them.
    init(_ database: Database, _ coder: BlockCoder) throws {
        let kept = try Row.fetchCursor(
            database,
            sql: "SELECT id, commit_id, \(SequenceState.columnNames.joined(separator: ", "))"
                + " FROM sequences")
        while let row = try kept.next() {
            let id = try row.location(in: "sequences").row
            let columns: [Int64] = try SequenceState.columnNames.map {
                try row.value($0, of: "sequences")
            }
            add(
                [SequenceID(truncatingIfNeeded: id): SequenceState(columns: columns)],
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
