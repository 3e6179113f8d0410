import Foundation
import PrivateBroker
import Testing

extension EndToEnd {
    /// Damaged blocks, met by a host that must live.
    struct ExtensionDamageTests {
        private let town: SQLTown

        init() throws { town = try SQLTown() }

        /// A bit, a byte or an end of a block changes: an error that names the row, or the same
        /// rows; and the host goes on.
        @Test func aDamagedBlockIsAnErrorThatNamesIt() throws {
            let seed = UInt64.random(in: 0...UInt64(UInt32.max))
            let rounds = Surroundings.isFull ? 2_000 : 40
            let outcome = try town.python(Self.script(seed: seed, rounds: rounds))
            #expect(outcome.code == 0, "seed \(seed): \(outcome.errors) \(outcome.output)")
            #expect(outcome.output.hasSuffix("\(rounds) rounds\n"), "seed \(seed)")
        }

        /// Only the blocks of a question's series and range are opened.
        @Test func otherBlocksAreNotOpened() throws {
            let damage =
                "UPDATE blocks SET block = x'00' WHERE tier = 0 AND series = "
                + "(SELECT id FROM series WHERE key LIKE 'co2%')"
            let outcome = try town.shell(
                damage, "SELECT count(*) FROM windows WHERE metric = 'energy'",
                // Before all blocks.
                "SELECT count(*) FROM windows WHERE metric = 'co2' AND time < 1768348800000")
            #expect(lines(outcome.output) == ["576", "0"], "\(outcome.errors)")
            let damaged = try town.shell("SELECT count(*) FROM windows WHERE metric = 'co2'")
            #expect(damaged.code != 0)
            #expect(damaged.errors.contains("damaged row "), "\(damaged.errors)")
            #expect(damaged.errors.contains("of table blocks"), "\(damaged.errors)")
            let command = try runSocle(
                ["sql", "SELECT * FROM windows", "--store", town.folder.path("town.sqlite")],
                in: town.folder)
            #expect(command.code == 65)
            #expect(command.messages.count == 1)
            #expect(command.errors.contains("of table blocks"), "\(command.errors)")
        }

        private static func script(seed: UInt64, rounds: Int) -> String {
            """
            import random, sqlite3
            random.seed(\(seed))
            db = sqlite3.connect("town.sqlite", isolation_level=None)
            db.enable_load_extension(True)
            db.load_extension("./socle")
            questions = ["SELECT * FROM windows WHERE tier = '%s' ORDER BY series, time" % tier
                for tier in ("base", "15m", "1h", "1d")] + ["SELECT * FROM readings",
                "SELECT * FROM resample('*', '1d')"]
            before = [db.execute(question).fetchall() for question in questions]
            places = [(table, row) for table in ("blocks", "batches", "segments")
                for (row,) in db.execute("SELECT id FROM " + table)]
            errors = 0
            for number in range(\(rounds)):
                table, row = random.choice(places)
                place = " FROM %s WHERE id = %d" % (table, row)
                (block,) = db.execute("SELECT block" + place).fetchone()
                damaged = bytearray(block)
                if random.random() < 0.5:
                    at = random.randrange(len(damaged))
                    damaged[at] ^= 1 << random.randrange(8)
                else:
                    damaged = damaged[:random.randrange(len(damaged))]
                db.execute("BEGIN")
                db.execute("UPDATE %s SET block = ? WHERE id = ?" % table, (bytes(damaged), row))
                for question, rows in zip(questions, before):
                    try:
                        assert db.execute(question).fetchall() == rows, (number, question)
                    except sqlite3.DatabaseError as error:
                        expected = "damaged row %d of table %s: " % (row, table)
                        assert expected in str(error), (number, error)
                        errors += 1
                db.execute("ROLLBACK")
            assert errors >= \(rounds), errors
            print(\(rounds), "rounds")
            """
        }
    }
}
