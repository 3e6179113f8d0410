/// A table that the program printed, by the names of its columns.
struct CSVTable {
    let heading: [String]
    let rows: [[String]]

    init(_ text: String) throws {
        let lines = text.split(separator: "\n").map(CSVTable.fields)
        guard let heading = lines.first else { throw CSVError(text: text) }
        self.heading = heading
        rows = Array(lines.dropFirst())
        if rows.contains(where: { $0.count != heading.count }) { throw CSVError(text: text) }
    }

    /// All values of a column.
    func column(_ name: String) throws -> [String] {
        guard let index = heading.firstIndex(of: name) else {
            throw CSVError(text: heading.joined(separator: ","))
        }
        return rows.map { $0[index] }
    }

    /// The fields of a line; a quoted one may hold commas and doubled quotes.
    private static func fields(_ line: Substring) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in line {
            switch character {
            // The second of two quotes is one: the closing and the opening cancel out.
            case "\"":
                if !isQuoted, !(fields.last ?? "").isEmpty { fields[fields.count - 1] += "\"" }
                isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return fields
    }
}

/// What was printed is no table, or has no such column.
struct CSVError: Error, CustomStringConvertible {
    let text: String
    var description: String { "not the expected table: \(text.prefix(500))" }
}
