import Foundation
import Telemetry
import Testing

@testable import Gateway

/// The key without which messages that come again are not known.
struct SecretKeyTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "socle-key-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder + "/town.sqlite")
    }

    @Test func theKeyStays() throws {
        try inFolder { store in
            let first = try SecretKey.hash(besideStore: store).hash("a")
            #expect(try SecretKey.hash(besideStore: store).hash("a") == first)
            let mode = try FileManager.default.attributesOfItem(atPath: store + ".key")
            #expect(mode[.posixPermissions] as? Int == 0o600)
        }
    }

    /// The power went while the key was made.
    @Test func aTornKeyIsMadeAnew() throws {
        try inFolder { store in
            for size in [0, 15] {
                try Data(repeating: 1, count: size).write(to: URL(filePath: store + ".key"))
                let first = try SecretKey.hash(besideStore: store).hash("a")
                #expect(try SecretKey.hash(besideStore: store).hash("a") == first)
            }
        }
    }
}
