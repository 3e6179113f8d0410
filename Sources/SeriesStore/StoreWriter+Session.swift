import GRDB
import StoredSeries

/// What the broker's session is about to know again after a restart.
extension StoreWriter {
    /// The messages that the broker may still deliver again, in the order in which it sent them.
    public func unconfirmedMessages() throws(StoreError) -> [MessageRecord] {
        try read { database in
            let confirmed =
                try Int64.fetchOne(database, sql: "SELECT max(confirmed) FROM commits") ?? 0
            var records: [MessageRecord] = []
            let rows = try Row.fetchCursor(
                database, sql: "SELECT id, messages FROM commits WHERE id > ? ORDER BY id",
                arguments: [confirmed])
            while let row = try rows.next() {
                let location = try row.location(in: "commits")
                let block = try coder.open(row.value("messages", of: "commits"), at: location)
                records += try LedgerColumns.messages(from: block)
            }
            return records
        }
    }

    /// What the broker's session is subscribed to, as far as this store knows.
    public func subscriptions() throws(StoreError) -> [String] {
        try read { database in
            try String.fetchAll(database, sql: "SELECT filter FROM subscriptions ORDER BY filter")
        }
    }

    /// Remembers what the broker's session is subscribed to.
    public func setSubscriptions(_ filters: [String]) throws(StoreError) {
        try write { database in
            try database.execute(sql: "DELETE FROM subscriptions")
            for filter in filters {
                try database.execute(
                    sql: "INSERT INTO subscriptions(filter) VALUES (?)", arguments: [filter])
            }
        }
    }
}
