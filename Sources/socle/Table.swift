import Telemetry

/// A table for reading: aligned columns, numbers to the right.
///
/// Where the terminal is too narrow for it, columns of names give way, step by step: labels that
/// all rows share are said once above, then names are shortened as long as they still tell the
/// rows apart, and at last each row becomes a few lines of its own. Numbers and dates are never
/// cut.
struct Table {
    enum Alignment {
        case left, right
        /// A name or a text, to the left; it gives way. The first one tells what a row is about.
        case name
    }

    let titles: [String]
    let alignments: [Alignment]
    private var rows: [[String]] = []

    /// LIMIT: columns below which a name says nothing.
    private static let nameWidthMin = 12

    init(_ columns: [(title: String, alignment: Alignment)]) {
        titles = columns.map(\.title)
        alignments = columns.map(\.alignment)
    }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count, "a row has as many cells as the table")
        rows.append(cells)
    }

    /// The table in that many columns.
    func text(width: Int) -> String {
        if fits(widths(of: rows), width) { return aligned(rows) }
        let (shared, rows) = withoutSharedLabels()
        let note = shared.isEmpty ? [] : sharedNote(shared, width: width)
        if let narrow = narrowed(rows, to: width) { return note.text + aligned(narrow) }
        return note.text + stacked(rows, width: width).text
    }

    // MARK: - Columns

    private func widths(of rows: [[String]]) -> [Int] {
        alignments.indices.map { column in
            rows.reduce(titles[column].count) { max($0, $1[column].count) }
        }
    }

    private func fits(_ widths: [Int], _ width: Int) -> Bool {
        widths.reduce(2 * (widths.count - 1), +) <= width
    }

    /// Rows below their titles and a line.
    private func aligned(_ rows: [[String]]) -> String {
        let widths = widths(of: rows)
        var lines = ([titles] + rows).map { line($0, widths) }
        lines.insert(
            widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "), at: 1)
        return lines.text
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            if column > 0 { line += "  " }
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            line += alignments[column] == .right ? padding + cell : cell + padding
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    // MARK: - Giving way

    /// The labels that all series of the table have, and the rows without them.
    private func withoutSharedLabels() -> (shared: [SeriesKey.Label], rows: [[String]]) {
        guard let column = alignments.firstIndex(of: .name) else { return ([], rows) }
        let keys = rows.compactMap { SeriesKey(parsing: $0[column]) }
        guard let first = keys.first, keys.count == rows.count else { return ([], rows) }
        let shared = first.labels.filter { label in
            keys.allSatisfy { $0.label(label.name) == label.value }
        }
        let names = Set(shared.map(\.name))
        let shorter = zip(rows, keys).map { row, key in
            let own = key.labels.filter { !names.contains($0.name) }
            var row = row
            row[column] =
                SeriesKey(
                    metric: key.metric,
                    labels: Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.value) })
                ).description
            return row
        }
        return (shared, shorter)
    }

    /// The rows with the widest names shortened until they fit; nil where that would make two names
    /// one.
    private func narrowed(_ rows: [[String]], to width: Int) -> [[String]]? {
        var widths = widths(of: rows)
        while !fits(widths, width) {
            let widest = alignments.indices
                .filter { alignments[$0] == .name && widths[$0] > Self.nameWidthMin }
                .max { widths[$0] < widths[$1] }
            guard let widest else { return nil }
            widths[widest] -= 1
        }
        var result = rows
        for column in alignments.indices where alignments[column] == .name {
            let names = rows.map { shortened($0[column], to: widths[column]) }
            guard Set(names).count == Set(rows.map { $0[column] }).count else { return nil }
            for (index, name) in names.enumerated() { result[index][column] = name }
        }
        return result
    }
}

/// A name in fewer columns. Of a series the metric and the last labels stay, of other texts the
/// beginning.
func shortened(_ name: String, to width: Int) -> String {
    if name.count <= width { return name }
    guard let brace = name.firstIndex(of: "{") else { return name.prefix(width - 1) + "…" }
    let metric = name.distance(from: name.startIndex, to: brace)
    let front = min(width - 1, metric + 1)
    return name.prefix(front) + "…" + name.suffix(width - 1 - front)
}
