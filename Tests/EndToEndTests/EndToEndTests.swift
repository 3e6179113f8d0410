import Foundation
import PrivateBroker
import Testing

/// The real program with a real broker, as a town would run them.
///
/// One test at a time: each of them wants the whole machine. With `SOCLE_FULL=1` they run at full
/// size, which takes an hour.
@Suite(.serialized, .enabled(if: PrivateBroker.isInstalled, "mosquitto is not installed"))
enum EndToEnd {}

/// What the tests find around them.
enum Surroundings {
    /// Whether the tests run at full size.
    static let isFull = ProcessInfo.processInfo.environment["SOCLE_FULL"] == "1"

    /// The package's folder.
    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The profiles that the program comes with.
    static let devices = package + "/devices"

    /// Real recordings, which are no part of the package.
    static let recordings = package + "/../shared/data"
    static let hasRecordings = FileManager.default.fileExists(atPath: recordings)

    /// The folders of the search path and those that it often lacks.
    private static let programFolders =
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        + ["/usr/bin", "/usr/sbin"]

    /// The path of a program of this machine, nil where it is not installed.
    static func program(_ name: String) -> String? {
        programFolders.map { $0 + "/" + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Of the folder that `scripts/test` makes, or of this machine.
    static let datasette = {
        let own = package + "/.build/datasette/bin/datasette"
        return FileManager.default.isExecutableFile(atPath: own) ? own : program("datasette")
    }()

    /// The program under test.
    static let socle = built("socle")

    /// A program of this package: it lies beside the tests' own bundle, wherever that was built.
    static func built(_ name: String) -> String {
        let bundles = CommandLine.arguments + [Bundle.main.bundlePath]
        let folders = bundles.filter { $0.hasPrefix("/") }.flatMap(ancestors)
        return (folders + [package + "/.build/debug"])
            .map { "\($0)/\(name)" }.first(where: isProgram) ?? package + "/.build/debug/\(name)"
    }

    private static func ancestors(_ path: String) -> [String] {
        let parents = sequence(first: URL(filePath: path)) { $0.deletingLastPathComponent() }
        return parents.prefix(4).map(\.path)
    }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }
}
