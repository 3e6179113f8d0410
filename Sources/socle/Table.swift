/// A table for reading: aligned columns, numbers to the right.
struct Table {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]]

    init(_ columns: [(title: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.title)]
    }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count, "a row has as many cells as the table")
        rows.append(cells)
    }

    /// The table, with a line under its head.
    ///
    /// Where the terminal is too narrow, the widest left-aligned column gives way: the end of a
    /// series' name tells more than its beginning.
    func text(width: Int) -> String {
        var widths = alignments.indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        let surplus = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        let elastic = alignments.indices.filter { alignments[$0] == .left }
            .max { widths[$0] < widths[$1] }
        if surplus > 0, let elastic { widths[elastic] = max(8, widths[elastic] - surplus) }
        var lines = rows.map { line($0, widths) }
        lines.insert(
            widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "), at: 1)
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            if column > 0 { line += "  " }
            let shown = shortened(cell, widths[column])
            let padding = String(repeating: " ", count: widths[column] - shown.count)
            line += alignments[column] == .right ? padding + shown : shown + padding
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    private func shortened(_ cell: String, _ width: Int) -> String {
        if cell.count <= width { return cell }
        return "…" + cell.suffix(width - 1)
    }
}
