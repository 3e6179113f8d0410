import Foundation
import PrivateBroker
import Testing

extension EndToEnd {
    /// What must be so before a gateway takes the first message.
    struct StartTests {
        /// Swift brings one.
        private static let compiler =
            Surroundings.program("clang") ?? Surroundings.program("cc")

        /// Records that were made with a key that the power took are not known again.
        @Test(.enabled(if: Tracer.isUsable, Tracer.absence))
        func theKeyIsDurableBeforeTheBrokerIsSpokenTo() throws {
            let station = try Station()
            let log = station.folder.path("calls.log")
            let calls = ["fsync", "?rename", "?renameat", "?renameat2", "connect"]
            try station.startWithoutBroker(by: Tracer.recorder(of: calls, to: log))
            try station.awaitLog("subscribed")
            try station.stop()
            let key = station.store + ".key"
            let steps = [
                "fsync(…<\(key)-new>)", "rename(…\"\(key)\")", "fsync(…<\(station.folder.path)>)",
                "connect(…htons(\(station.broker.port))",
            ]
            let lines = station.folder.text(of: "calls.log").split(separator: "\n")
            let places = steps.map { step in
                let parts = step.split(separator: "…", maxSplits: 1)
                return lines.firstIndex { line in parts.allSatisfy { line.contains($0) } }
            }
            let found = places.compactMap { $0 }
            #expect(found.count == steps.count && found == found.sorted(), "\(places)")
        }

        /// A library that might acknowledge what is not durable yet, as a later Debian may bring it.
        @Test(.enabled(if: compiler != nil, "no C compiler is found"))
        func anUnknownLibraryIsRefused() throws {
            let station = try Station()
            let folder = station.folder
            let source = try folder.write(
                """
                int mosquitto_lib_version(int *major, int *minor, int *revision) {
                    *major = 3, *minor = 0, *revision = 1;
                    return 3000001;
                }
                """, to: "version.c")
            let library = folder.path("version.so")
            let built = try run(
                try #require(Self.compiler), ["-shared", "-fPIC", "-o", library, source], in: folder
            )
            try #require(built.code == 0, "\(built.errors)")
            let outcome = try run(
                Surroundings.socle, ["run", "--config", folder.path("socle.yaml")], in: folder,
                environment: ["LD_PRELOAD": library, "LC_ALL": "C.UTF-8"])
            #expect(outcome.code == 69)
            #expect(outcome.messages.last?.contains("libmosquitto 3.0.1 ") == true)
            #expect(!outcome.errors.contains("subscribed"))
        }
    }
}
