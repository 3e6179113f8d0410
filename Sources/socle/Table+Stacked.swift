import Telemetry

extension Table {
    /// Each row on lines of its own: what it is about, then titles and values. What follows in the
    /// next row is not said again.
    func stacked(_ rows: [[String]], width: Int) -> [String] {
        var lines: [String] = []
        let heading = alignments.firstIndex(of: .name)
        var said: String?
        for row in rows {
            if let heading, row[heading] != said {
                lines += filled(seriesParts(row[heading], width), "", width, ["", "    "])
                said = row[heading]
            }
            let pairs = titles.indices.filter { $0 != heading && !row[$0].isEmpty }
                .map { titles[$0].isEmpty ? row[$0] : titles[$0] + " " + row[$0] }
            lines += filled(pairs, "  ", width, ["  ", "    "])
        }
        return lines
    }

    /// The line above that says which labels all series have.
    func sharedNote(_ labels: [SeriesKey.Label], width: Int) -> [String] {
        let list = labels.map { "\($0.name)=\"\(escapedLabelValue($0.value))\"" }
        let text = say("all with ", "toutes avec ") + list.joined(separator: ",")
        return filled(seriesParts(text, width), "", width, ["", "    "])
    }

    /// A series' name in pieces that a line may end with: up to each comma between labels.
    private func seriesParts(_ name: String, _ width: Int) -> [String] {
        var parts: [String] = []
        var rest = name[...]
        while let end = rest.firstRange(of: "\",") {
            parts.append(String(rest[..<end.upperBound]))
            rest = rest[end.upperBound...]
        }
        return (parts + [String(rest)]).map { shortened($0, to: width - 4) }
    }

    /// Pieces on as few lines as they need. One that is longer than a line breaks at its blanks.
    private func filled(
        _ pieces: [String], _ separator: String, _ width: Int, _ indents: [String]
    ) -> [String] {
        var lines: [String] = []
        var line = indents[0]
        var isBlank = true
        func put(_ piece: String, after separator: String) {
            if !isBlank, line.count + separator.count + piece.count > width {
                lines.append(line)
                line = indents[1]
                isBlank = true
            }
            line += (isBlank ? "" : separator) + piece
            isBlank = false
        }
        for piece in pieces {
            let words = piece.split(separator: " ").map(String.init)
            guard piece.count + indents[1].count > width, let first = words.first else {
                put(piece, after: separator)
                continue
            }
            put(first, after: separator)
            for word in words.dropFirst() { put(word, after: " ") }
        }
        return isBlank ? lines : lines + [line]
    }
}

extension [String] {
    /// The lines, each with its end.
    var text: String { map { $0 + "\n" }.joined() }
}
