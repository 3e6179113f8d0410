import Foundation
import Glibc
import PrivateBroker

/// A user of the machine without rights: whoever runs the tests, or nobody where that is root.
enum Visitor {
    static let isPossible = getuid() != 0 || Surroundings.program("setpriv") != nil

    static func run(
        _ command: String, in folder: TemporaryFolder, locale: String = "C.UTF-8"
    ) throws -> Outcome {
        let words = command.split(separator: " ").map { word in
            word.hasPrefix("@") ? folder.path(String(word.dropFirst())) : String(word)
        }
        let user =
            getuid() == 0
            ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : []
        return try EndToEndTests.run(
            "/usr/bin/env", user + [Surroundings.socle] + words, in: folder,
            environment: ["LC_ALL": locale, "SOCLE_CONFIG": ""])
    }
}
