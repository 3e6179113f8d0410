import Telemetry

/// What the key of a series that is asked for has, by its text. Reading a key takes longer than
/// that, and a file may have thousands.
public struct KeyPattern: Sendable {
    private let metric: [UInt8]?
    private let labels: [[UInt8]]

    /// - Parameters:
    ///   - metric: nil for any.
    ///   - labels: those that must have a value. Beyond ASCII one text may be written in several
    ///     ways, which is not looked into, and an empty value is that of an absent label.
    public init(metric: String?, labels: [(name: String, value: String)] = []) {
        self.metric = metric.map { Array($0.utf8) }
        self.labels = labels.filter { !$0.value.isEmpty && $0.value.utf8.allSatisfy { $0 < 0x80 } }
            .map { Self.text(of: $0.name, $0.value) }
    }

    /// A label as a key has it.
    static func text(of name: String, _ value: String) -> [UInt8] {
        Array("\(name)=\"\(escapedLabelValue(value))\"".utf8)
    }

    /// The metric and labels that were said.
    var pieces: [[UInt8]] { (metric.map { [$0] } ?? []) + labels }

    /// Whether a key may be meant; false only where it is not.
    func mayMatch(_ text: String) -> Bool {
        let text = text.utf8
        if let metric {
            guard text.starts(with: metric) else { return false }
            let end = text.index(text.startIndex, offsetBy: metric.count)
            guard end == text.endIndex || text[end] == UInt8(ascii: "{") else { return false }
        }
        return labels.allSatisfy { contains(text, $0) } || text.contains { $0 >= 0x80 }
    }
}

private func contains(_ text: String.UTF8View, _ piece: [UInt8]) -> Bool {
    // SAFETY: the bytes are the text's for the length of the call. A text of SQLite's lies in one
    // piece; whatever does not is read.
    unsafe text.withContiguousStorageIfAvailable { bytes in
        var start = 0
        while start + piece.count <= bytes.count {
            var length = 0
            while length < piece.count, unsafe bytes[start + length] == piece[length] {
                length += 1
            }
            if length == piece.count { return true }
            start += 1
        }
        return false
    } ?? true
}
