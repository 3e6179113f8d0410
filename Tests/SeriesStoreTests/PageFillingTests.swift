import GRDB
import NaiveModel
import Testing

@testable import SeriesStore

/// The numbers of rows decide which page of the file they lie on.
struct PageFillingTests {
    /// Rows of the sizes that blocks have, in any order: little of their pages stays empty.
    @Test(arguments: [0x5eed_0061, 0x5eed_0062] as [UInt64])
    func pagesAreFull(seed: UInt64) throws {
        let comment: Comment = "seed 0x\(String(seed, radix: 16))"
        let folder = try TemporaryFolder()
        _ = try folder.writer()
        let database = try DatabaseQueue(path: folder.store)
        var random = SplitMix64(seed: seed)
        var filling = PageFilling(after: 0)
        var ids: Set<Int64> = []
        var payloads = 0
        try database.write { database in
            for index in 0..<600 as Range<Int64> {
                let size = Int.random(
                    in: [50...400, 300...1_000, 900...8_000].randomElement(using: &random) ?? 0...1,
                    using: &random)
                let integers = [
                    index * index * index, index & 1, 1_767_225_600_000 + index, 128 - index,
                    607, 1,
                ]
                let payload = PageFilling.payloadSize(integers: integers, blobBytes: size)
                payloads += payload
                let id = filling.id(forRowOf: payload)
                ids.insert(id)
                try database.execute(
                    sql: """
                        INSERT INTO blocks(
                            id, series, tier, first_start, last_start, windows, sealed, block)
                        VALUES (?, ?, ?, ?, ?, ?, ?, zeroblob(?))
                        """, arguments: [id] + StatementArguments(integers) + [size])
            }
        }
        #expect(ids.count == 600, comment)
        let leaves = try database.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT sum(payload) AS payload,
                        sum(pgsize) FILTER (WHERE pagetype = 'leaf') AS size,
                        sum(unused) FILTER (WHERE pagetype = 'leaf') AS unused
                    FROM dbstat WHERE name = 'blocks'
                    """)
        }
        let found = try #require(leaves)
        let (size, unused): (Int, Int) = (found["size"], found["unused"])
        #expect(found["payload"] == payloads, comment)
        #expect(unused * 8 < size, comment)
    }

    @Test func numbersAreBehindThoseThatAreThere() {
        // What no writer gives, and a flipped bit may.
        var last = PageFilling(after: .max)
        #expect(last.id(forRowOf: 40) > 0)
        for newest in [0, 1, 15, 16, 17, 1_000] as [Int64] {
            var filling = PageFilling(after: newest)
            let ids = (0..<100).map { filling.id(forRowOf: 40 + $0 % 7 * 60) }
            #expect(Set(ids).count == 100)
            #expect(ids.allSatisfy { $0 > newest })
        }
    }
}
