/// What a mosquitto's configuration says of the limits that lose messages; what it does not say is
/// mosquitto's default.
public struct MosquittoFile: Sendable {
    /// A setting, and where it stands.
    struct Setting: Sendable, Equatable {
        let text: String
        /// File and line.
        let place: String
    }

    /// Where it was read.
    public let path: String
    /// By their names in mosquitto.conf. Of two the later one holds, as in mosquitto.
    private(set) var settings: [String: Setting] = [:]

    /// Reads a file with what its `include_dir` brings in.
    ///
    /// - Returns: nil where the file cannot be read.
    public static func read(path: String) -> MosquittoFile? {
        guard isReadable(path) else { return nil }
        var file = MosquittoFile(path: path)
        file.add(textLines(of: path), from: path, includesFolders: true)
        return file
    }

    init(path: String) { self.path = path }

    /// - Parameter includesFolders: only the main file may name folders.
    mutating func add(_ lines: [Substring], from path: String, includesFolders: Bool) {
        for (index, line) in lines.enumerated() {
            let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let name = words.first, !name.hasPrefix("#") else { continue }
            var value = words.count > 1 ? words[1] : ""
            while value.last?.isWhitespace == true { value.removeLast() }
            if name == "include_dir" {
                if includesFolders { addFolder(String(value)) }
            } else {
                settings[String(name)] = Setting(text: String(value), place: "\(path):\(index + 1)")
            }
        }
    }

    private mutating func addFolder(_ folder: String) {
        for name in names(in: folder).filter({ $0.hasSuffix(".conf") }).sorted(by: comesFirst) {
            add(
                textLines(of: folder + "/" + name), from: folder + "/" + name,
                includesFolders: false)
        }
    }

    /// mosquitto's order: by letter, and of one letter the upper case before the lower.
    private func comesFirst(_ one: String, _ other: String) -> Bool {
        let letters = (one.lowercased(), other.lowercased())
        return letters.0 == letters.1 ? one < other : letters.0 < letters.1
    }

    func integer(_ name: String, default value: Int) -> Int {
        settings[name].flatMap { Int($0.text) } ?? value
    }

    func boolean(_ name: String, default value: Bool) -> Bool {
        settings[name].map { ["true", "1"].contains($0.text) } ?? value
    }

    /// Where a setting stands, or the file in which it could.
    func place(of name: String) -> String { settings[name]?.place ?? path }
}
