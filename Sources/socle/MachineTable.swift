import SeriesQuery

/// Rows for machines, in formats that never change with the reader's language: csv with a head,
/// json as one array, ndjson a line a row; the objects have the names of the columns.
struct MachineTable {
    enum Cell {
        case text(String)
        case number(Int64)
    }

    private let names: [String]
    private var rows: [[Cell]] = []

    init(_ names: [String]) { self.names = names }

    mutating func add(_ cells: [Cell]) {
        precondition(cells.count == names.count, "a row has as many cells as the table")
        rows.append(cells)
    }

    /// The table in a format, nil where that is none of `csv`, `json` and `ndjson`.
    func text(as format: String) -> String? {
        switch format {
        case "csv":
            (names.joined(separator: ",") + "\n")
                + rows.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
        case "json":
            rows.isEmpty ? "[]\n" : "[\n" + rows.map(object).joined(separator: ",\n") + "\n]\n"
        case "ndjson": rows.map { object($0) + "\n" }.joined()
        default: nil
        }
    }

    private func field(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): csvField(text)
        case .number(let number): String(number)
        }
    }

    private func object(_ cells: [Cell]) -> String {
        let members = zip(names, cells).map { name, cell in
            switch cell {
            case .text(let text): jsonString(name) + ":" + jsonString(text)
            case .number(let number): jsonString(name) + ":\(number)"
            }
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}
