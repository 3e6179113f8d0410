import Telemetry

/// Which series may have a metric and labels, so that a question about some of thousands reads the
/// names of these: the value of ``key`` in `meta`, a line for each series from number 0 on.
///
/// A line has two characters for the metric and two for each label, a hash of twelve bits: several
/// names may share one, and whoever finds a line reads the row of the series. A line of one `*` is
/// found by every question: the name has characters beyond ASCII, which may be written in several
/// ways, or it was damaged when the line was written. Series behind the last line are read anyway.
package struct NameIndex {
    /// The key in `meta`, whose rows have a checksum.
    package static let key = "names"
    /// LIMIT: fewer names are read in less than the time that it would save.
    package static let seriesMin = 512

    private let text: String
    /// How many series it knows.
    package let count: Int

    package init(_ text: String) {
        self.text = text
        count = text.utf8.count { $0 == UInt8(ascii: "\n") }
    }

    /// nil where the file has none, or one that is damaged.
    package init?(_ file: some RowSource) throws {
        var text: String?
        try file.forEachRow("SELECT * FROM meta WHERE key = \(sqlLiteral(Self.key))", []) { row in
            if RowSum.error(of: row) == 0 { text = try row.text("value", of: "meta") }
            return false
        }
        guard let text else { return nil }
        self.init(text)
    }

    package init(of entries: some Collection<SeriesCatalogue.Entry>) {
        var text: [UInt8] = []
        for entry in entries {
            Self.append(entry, to: &text)
            text.append(UInt8(ascii: "\n"))
        }
        self.init(String(decoding: text, as: UTF8.self))
    }

    /// What stands in `meta`.
    package var value: String { text }

    private static func append(_ entry: SeriesCatalogue.Entry, to text: inout [UInt8]) {
        let key = entry.descriptor.key
        guard entry.damagedSum == nil, key.description.utf8.allSatisfy({ $0 < 0x80 }) else {
            text.append(UInt8(ascii: "*"))
            return
        }
        text += hash(Array(key.metric.utf8))
        for label in key.labels { text += hash(KeyPattern.text(of: label.name, label.value)) }
    }

    /// Twelve bits of the FNV-1a hash of 32 bits, in two characters from `0` on.
    private static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        hash ^= hash >> 16
        return [hash & 63, hash >> 6 & 63].map { UInt8(ascii: "0") + UInt8($0) }
    }

    /// The numbers of the series that one of the patterns may mean, in order.
    func numbers(matching patterns: [KeyPattern]) -> [Int64] {
        let wanted = patterns.map { pattern in pattern.pieces.map(Self.hash) }
        let bytes = Array(text.utf8)
        var (numbers, number, start) = ([Int64](), Int64(0), 0)
        for end in bytes.indices where bytes[end] == UInt8(ascii: "\n") {
            let line = bytes[start..<end]
            if line.first == UInt8(ascii: "*") || wanted.contains(where: { Self.has(line, $0) }) {
                numbers.append(number)
            }
            (number, start) = (number + 1, end + 1)
        }
        return numbers
    }

    private static func has(_ line: ArraySlice<UInt8>, _ hashes: [[UInt8]]) -> Bool {
        hashes.allSatisfy { hash in
            stride(from: line.startIndex, to: line.endIndex - 1, by: 2)
                .contains { line[$0] == hash[0] && line[$0 + 1] == hash[1] }
        }
    }
}
