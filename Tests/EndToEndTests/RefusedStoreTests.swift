import Foundation
import PrivateBroker
import Testing

extension EndToEnd {
    /// What is refused leaves nothing behind and changes nothing.
    struct RefusedStoreTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        /// The files of the folder but for what commands printed.
        private func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { !$0.hasSuffix(".out") && !$0.hasSuffix(".err") }.sorted()
        }

        @Test func aBrokenRecordingMakesNoStore() throws {
            try folder.write("a,0,1\na,60000,x\n", to: "bad.csv")
            #expect(try folder.socle("import @bad.csv --store @new.sqlite").code == 65)
            #expect(try files() == ["bad.csv"])
            try folder.write("no gzip", to: "bad.csv.gz")
            #expect(try folder.socle("import @bad.csv.gz --store @new.sqlite").code == 65)
            #expect(try files() == ["bad.csv", "bad.csv.gz"])
        }

        @Test(arguments: [
            "store compact", "store stats", "store verify", "ledger", "series", "query *",
        ])
        func anEmptyFileStaysEmpty(command: String) throws {
            try folder.write("", to: "empty.sqlite")
            let outcome = try folder.socle("\(command) --store @empty.sqlite")
            #expect(outcome.code == 65)
            let path = folder.path("empty.sqlite")
            #expect(outcome.messages == ["socle: \(path) is not a Socle store"])
            #expect(try files() == ["empty.sqlite"])
            #expect(folder.text(of: "empty.sqlite").isEmpty)
        }

        @Test(arguments: ["series", "store compact", "import @readings.csv"])
        func aFolderIsNoStore(command: String) throws {
            try folder.makeStore()
            try folder.write("", to: "folder/file")
            let outcome = try folder.socle("\(command) --store @folder")
            #expect(outcome.code == 65)
            let path = folder.path("folder")
            #expect(outcome.messages == ["socle: \(path) is not a Socle store"])
            #expect(try !files().contains("folder-lock"))
        }

        /// Whoever may not open the store is told so, and what to do.
        @Test(
            .enabled(if: Visitor.isPossible, "setpriv is not installed"),
            arguments: ["series", "query *", "store compact", "import @readings.csv"])
        func aStoreOfOthersIsRefused(command: String) throws {
            try folder.makeStore()
            try FileManager.default.setAttributes(
                [.posixPermissions: 0], ofItemAtPath: folder.path("town.sqlite"))
            for (locale, expected) in [
                ("C.UTF-8", "not allowed to open "), ("fr_FR.UTF-8", "accès refusé à "),
            ] {
                let outcome = try Visitor.run(
                    "\(command) --store @town.sqlite", in: folder, locale: locale)
                #expect(outcome.code == 77)
                #expect(outcome.messages.count == 1)
                let message = "socle: " + expected + folder.path("town.sqlite")
                #expect(outcome.errors.hasPrefix(message), "\(outcome.errors)")
            }
        }
    }
}
