import Foundation
import GRDB
import Glibc
import PrivateBroker
import Testing

extension EndToEnd {
    /// `store backup` and `store restore` as somebody types them, and killed.
    struct BackupTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            try folder.makeStore()
        }

        private func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { name in ![".out", ".err", "-shm", "-wal"].contains(where: name.hasSuffix)
                }
                .sorted()
        }

        private func count(_ store: String = "town.sqlite") throws -> String? {
            let answer = try folder.socle("query * --stat count --store @\(store)")
            return try? CSVTable(answer.output).column("count").joined(separator: " ")
        }

        @Test func aBackupComesBack() throws {
            for (locale, made, restored) in [
                ("C.UTF-8", "bytes, state of ", "restored, state of "),
                ("fr_FR.UTF-8", "octets, état du ", "restaurée, état du "),
            ] {
                let backup = try folder.socle(
                    "store backup @copy.sqlite --replace --store @town.sqlite", locale: locale)
                #expect(backup.code == 0 && backup.errors.isEmpty, "\(backup.errors)")
                #expect(backup.output.contains(made), "\(backup.output)")
                try folder.write("more\(locale.prefix(1)),1768348800000,1\n", to: "more.csv")
                #expect(try folder.socle("import @more.csv --store @town.sqlite").code == 0)
                let restore = try folder.socle(
                    "store restore @copy.sqlite --store @town.sqlite", locale: locale)
                #expect(restore.code == 0 && restore.messages.count == 1, "\(restore.errors)")
                #expect(restore.output.contains(restored), "\(restore.output)")
                #expect(try count() == "3")
            }
            #expect(try files().filter { $0.hasSuffix("Z") }.count == 2)
            // A gateway's own store is refused while it is in use.
            let queue = try folder.socle("store verify --store @copy.sqlite")
            #expect(queue.code == 0)
        }

        @Test(arguments: [
            ("store backup @town.sqlite", 64, "is a store", "est une base"),
            ("store backup @none/copy.sqlite", 73, "cannot create", "impossible de créer"),
            ("store backup @readings.csv", 73, "is there already", "existe déjà"),
            ("store restore @none.sqlite", 66, "no store at", "aucune base à"),
            ("store restore @readings.csv", 65, "is not a Socle store", "n'est pas une base"),
            ("store restore @town.sqlite", 64, "is a store", "est une base"),
        ])
        func whatCannotBeIsRefused(
            command: String, code: Int32, english: String, french: String
        ) throws {
            let names = try files()
            for (locale, expected) in [("C.UTF-8", english), ("fr_FR.UTF-8", french)] {
                let outcome = try folder.socle(command + " --store @town.sqlite", locale: locale)
                #expect(outcome.code == code)
                #expect(outcome.messages.count == 1 && outcome.output.isEmpty)
                #expect(outcome.errors.contains(typeset(expected)), "\(outcome.errors)")
            }
            #expect(try files() == names && count() == "3")
        }

        // MARK: - Kills

        /// A store of one reading with a log that holds it, as a killed gateway leaves it, and a
        /// backup of three.
        private func layDown() throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            for name in names where name.hasPrefix("town") {
                try FileManager.default.removeItem(atPath: folder.path(name))
            }
            for suffix in ["", "-wal", ".key"] {
                try FileManager.default.copyItem(
                    atPath: folder.path("origin.sqlite" + suffix),
                    toPath: folder.path("town.sqlite" + suffix))
            }
        }

        private func makeOrigin() throws {
            #expect(try folder.socle("store backup @copy.sqlite --store @town.sqlite").code == 0)
            try folder.write("sixteen bytes...", to: "copy.sqlite.key")
            try folder.write("one,1768348800000,1\n", to: "one.csv")
            #expect(try folder.socle("import @one.csv --store @one.sqlite").code == 0)
            let queue = try DatabaseQueue(path: folder.path("one.sqlite"))
            try queue.writeWithoutTransaction { database in
                try database.execute(
                    sql: "INSERT INTO imports VALUES ('in the log', 0, 'log', 0)")
                for suffix in ["", "-wal"] {
                    try FileManager.default.copyItem(
                        atPath: folder.path("one.sqlite" + suffix),
                        toPath: folder.path("origin.sqlite" + suffix))
                }
            }
            try folder.write("another key.....", to: "origin.sqlite.key")
        }

        private func isInLog(_ store: String) throws -> Bool {
            try DatabaseQueue(path: folder.path(store)).read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM imports WHERE name = 'log'") == 1
            }
        }

        /// A restore that is killed at any of its calls has not happened, or is completed by the next
        /// writer; each store has its own log and key, and asking again leads to the end.
        @Test(.enabled(if: Tracer.isUsable, Tracer.absence))
        func killedWhileRestoring() throws {
            try makeOrigin()
            let words = [
                Surroundings.socle, "store", "restore", folder.path("copy.sqlite"), "--store",
                folder.path("town.sqlite"),
            ]
            let calls = ["rename", "unlink", "fsync", "ftruncate", "utimensat", "fchmod"]
            try layDown()
            let recorder = Tracer.recorder(of: calls, to: folder.path("calls.log"))
            let whole = try run(recorder[0], Array(recorder.dropFirst()) + words, in: folder)
            try #require(whole.code == 0, "\(whole.errors)")
            let points = Tracer.points(in: folder.text(of: "calls.log"), on: [])
            try #require(points.filter { $0.call == "rename" }.count >= 6, "\(points)")
            var completed = 0
            for point in points {
                try layDown()
                let killer = Tracer.runner(killingAt: point)
                let outcome = try run(killer[0], Array(killer.dropFirst()) + words, in: folder)
                #expect(outcome.code == 128 + SIGKILL, "\(point)")
                // The next writer comes.
                let next = try folder.socle("store compact --store @town.sqlite")
                #expect(next.code == 0, "\(point): \(next.errors)")
                let kept = try files().filter { $0.hasSuffix("Z") }
                let hasHappened = try count() == "3"
                completed += hasHappened ? 1 : 0
                #expect(try hasHappened || count() == "1", "\(point)")
                #expect(kept.count == (hasHappened ? 1 : 0), "\(point): \(kept)")
                let old = hasHappened ? kept.first ?? "" : "town.sqlite"
                #expect(try isInLog(old), "\(point)")
                #expect(folder.text(of: old + ".key") == "another key.....", "\(point)")
                let again = try run(words[0], Array(words.dropFirst()), in: folder)
                #expect(again.code == 0, "\(point): \(again.errors)")
                #expect(try count() == "3")
                #expect(folder.text(of: "town.sqlite.key") == "sixteen bytes...", "\(point)")
                #expect(try !files().contains { $0.contains("-restored") || $0.hasSuffix("-new") })
            }
            #expect(completed > 0 && completed < points.count)
        }
    }
}
