import Foundation

/// The files of this repository, as the tests of its tidiness read them.
enum Repository {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A text file; nil where there is none.
    static func text(_ path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path())
    }

    static func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: root.appending(path: path).path())
    }

    /// A Swift file of Sources.
    struct Source: Sendable {
        /// From the root: `Sources/Windows/Window.swift`.
        let path: String
        let text: String

        /// The room that it stands in: `Windows`.
        var room: String { String(path.split(separator: "/")[1]) }

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        /// The modules that it imports.
        var imports: [String] {
            lines.compactMap { line in
                guard line.contains("import "),
                    let match = line.firstMatch(of: /^\s*(?:@\w+\s+)*import\s+(?:\w+\s+)?(\w+)/)
                else { return nil }
                return String(match.1)
            }
        }
    }

    static let sources: [Source] = swiftFiles("Sources").sorted().compactMap { path in
        text(path).map { Source(path: path, text: $0) }
    }

    /// Swift files below a folder, from the root.
    private static func swiftFiles(_ folder: String) -> [String] {
        let walk = FileManager.default.enumerator(atPath: root.appending(path: folder).path())
        return (walk?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".swift") }.map { folder + "/" + $0 }
    }
}
