/// The damage that reading tripped over and went round.
package final class DamageMet {
    /// What was in these rows is missing in what was read.
    package private(set) var lost: [StoreError] = []
    /// What was in these was derived from others, and is not.
    package private(set) var derived: [StoreError] = []

    package init() {}

    package func lose(_ error: StoreError) { if !lost.contains(error) { lost.append(error) } }
    func derive(_ error: StoreError) { if !derived.contains(error) { derived.append(error) } }
}

/// Rows of a file in which any page may be damaged.
extension RowSource {
    /// Calls `body` with each row of a table with an `id` that can be reached, in that order.
    ///
    /// - Parameters:
    ///   - first: the first `id` that is looked for.
    ///   - damaged: is told of each row that SQLite cannot reach, and that `body` calls damaged.
    ///   - body: throws ``StoreError/damaged(table:row:reason:)`` where a row does not read back.
    package func forEachRow(
        of table: String, columns: String = "*", from first: Int64 = .min,
        damaged: (StoreError) -> Void, _ body: (StoredRow) throws -> Void
    ) throws {
        func goingRound(_ read: () throws -> Void) throws {
            do {
                try read()
            } catch let error as StoreError {
                guard case .damaged = error else { throw error }
                damaged(error)
            }
        }
        var last: Int64? = first > .min ? first - 1 : nil
        do {
            try forEachRow(Self.rows(of: table, columns, from: first), []) { row in
                last = try row.location(in: table).row
                try goingRound { try body(row) }
                return true
            }
        } catch {
            guard let reason = reason(ofUnreachableRow: error) else { throw error }
            for id in try numbers(of: table, after: last, reason: reason, damaged: damaged) {
                try goingRound { try body(row(id, of: table, columns: columns)) }
            }
        }
    }

    /// Likewise: damage is remembered, or ends the reading where nobody goes round it.
    func forEachRow(
        of table: String, columns: String = "*", from first: Int64 = .min,
        goingRound damage: DamageMet?, _ body: (StoredRow) throws -> Void
    ) throws {
        if let damage {
            try forEachRow(of: table, columns: columns, from: first, damaged: damage.lose, body)
            return
        }
        try forEachRow(Self.rows(of: table, columns, from: first), []) { row in
            try body(row)
            return true
        }
    }

    private static func rows(of table: String, _ columns: String, from first: Int64) -> String {
        "SELECT \(columns) FROM \(table) WHERE id >= \(first) ORDER BY id"
    }

    /// A row by its number.
    ///
    /// - Throws: ``StoreError/damaged(table:row:reason:)`` where SQLite cannot reach it.
    package func row(_ id: Int64, of table: String, columns: String = "*") throws -> StoredRow {
        var found: StoredRow?
        do {
            try forEachRow("SELECT \(columns) FROM \(table) WHERE id = ?1", [id]) { row in
                found = row
                return false
            }
        } catch {
            guard let reason = reason(ofUnreachableRow: error) else { throw error }
            throw StoreError.damaged(table: table, row: id, reason: reason)
        }
        guard let found else {
            throw StoreError.damaged(table: table, row: id, reason: "the row is not there")
        }
        return found
    }

    /// The numbers of a table's rows behind one, where a page between them is damaged: those before
    /// it, and from the other end those behind it.
    private func numbers(
        of table: String, after last: Int64?, reason: String, damaged: (StoreError) -> Void
    ) throws -> [Int64] {
        let rest = "FROM \(table) WHERE id > \(last ?? .min)"
        var forward: [Int64] = []
        if table == "blocks" {
            // Their index knows all of them, and lies on other pages.
            let sql =
                "SELECT id FROM blocks INDEXED BY blocks_place WHERE +id > \(last ?? .min) "
                + "ORDER BY +id"
            if try reach(sql, to: &forward) { return forward }
            forward = []
        }
        // A row may be out of reach for what it has on other pages; its number is not.
        if try reach("SELECT id \(rest) ORDER BY id", to: &forward) { return forward }
        let reached = forward.last ?? last ?? -1
        guard reached < .max else { return forward }
        let first = reached + 1
        damaged(.damaged(table: table, row: first, reason: "\(reason), here or in the rows behind"))
        // What lies between the two ends is what was named.
        var backward: [Int64] = []
        _ = try reach("SELECT id \(rest) AND id >= \(first) ORDER BY id DESC", to: &backward)
        return forward + backward.reversed()
    }

    /// - Returns: whether all were reached.
    private func reach(_ sql: String, to numbers: inout [Int64]) throws -> Bool {
        do {
            try append(sql, to: &numbers)
            return true
        } catch {
            guard reason(ofUnreachableRow: error) != nil else { throw error }
            return false
        }
    }

    private func append(_ sql: String, to numbers: inout [Int64]) throws {
        try forEachRow(sql, []) { row in
            if let number = row.number { numbers.append(number) }
            return true
        }
    }
}
