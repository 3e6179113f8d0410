import GRDB
import StoredSeries
import Telemetry

extension StoreWriter {
    /// Moves the counts of commits into the table `ledger`, and what they say of sequences into
    /// `sequences`, and deletes the commits, but for the newest and those whose messages the broker
    /// may still deliver again. Where fewer rows than that wait, they wait on.
    func foldCommits(atLeast count: Int, _ database: Database) throws {
        let waiting = try Int.fetchOne(database, sql: "SELECT count(*) FROM commits") ?? 0
        guard waiting >= count else { return }
        let confirmed =
            try Int64.fetchOne(database, sql: "SELECT max(confirmed) FROM commits") ?? 0
        var ledger: [LedgerKey: LedgerCounts] = [:]
        var sequences = SequenceStates()
        var folded: [Int64] = []
        let rows = try Row.fetchCursor(
            database, sql: "SELECT id, ledger, messages FROM commits WHERE id < ?",
            arguments: [lastCommit])
        while let row = try rows.next() {
            let location = try row.location(in: "commits")
            if location.row > confirmed {
                let messages = try coder.open(row.value("messages", of: "commits"), at: location)
                if messages.rowCount > 0 { continue }
            }
            let block = try coder.open(row.value("ledger", of: "commits"), at: location)
            for (key, counts) in try LedgerColumns.ledger(from: block) {
                ledger[key, default: LedgerCounts()].add(counts)
            }
            sequences.add(try LedgerColumns.sequences(from: block), commit: location.row)
            folded.append(location.row)
        }
        try addToLedger(ledger, database)
        try keepSequences(sequences, database)
        for id in folded {
            try database.cachedStatement(sql: "DELETE FROM commits WHERE id = ?")
                .execute(arguments: [id])
        }
        // What was counted without a day and has found it.
        try database.cachedStatement(sql: "DELETE FROM ledger WHERE day = ? AND count = 0")
            .execute(arguments: [Int64(LedgerKey.unplacedDay)])
    }

    func addToLedger(_ ledger: [LedgerKey: LedgerCounts], _ database: Database) throws {
        // In order: a simulation must find the same pages written for the same seed.
        let sorted = ledger.sorted { ($0.key.day, $0.key.device) < ($1.key.day, $1.key.device) }
        for (key, counts) in sorted {
            for counter in LedgerCounter.allCases where counts[counter] != 0 {
                let place = [Int64(key.day), Int64(key.device), Int64(counter.rawValue)]
                let old = try Row.fetchOne(
                    database.cachedStatement(
                        sql: "SELECT * FROM ledger WHERE day = ? AND device = ? AND counter = ?"),
                    arguments: StatementArguments(place))
                let count: Int64? = try old?.value("count", of: "ledger")
                try database.write(
                    place + [(count ?? 0) &+ counts[counter]], to: "ledger", replaces: true,
                    following: old)
            }
        }
    }
}
