import NaiveModel
import SeriesStore
import StoredSeries
import Telemetry
import Testing
import Windows

/// A store lives at random: readings come in any order, twice, late; they are settled, compacted,
/// the program is started anew. At every point every window of every tier says what plain arrays
/// of the same readings say, and the ledger balances.
struct StoreRandomLifeTests {
    /// One store, its model, and the clock.
    private struct Life {
        let folder: TemporaryFolder
        var writer: StoreWriter?
        var model = StoreModel()
        var now: Int64
        var random: SplitMix64
        /// Readings that a device may send again.
        var recent: [Reading] = []

        init(seed: UInt64, from start: Int64) throws {
            folder = try TemporaryFolder()
            random = SplitMix64(seed: seed)
            now = start
            writer = try folder.writer()
            for kind in MetricKind.allCases {
                try add("\(kind)", kind, step: 60_000, horizon: 600_000)
                try add("\(kind)_history", kind, step: 60_000, horizon: nil)
            }
            try add("raw", .gauge, step: 0, horizon: 600_000)
            try add("raw_state", .state, step: 0, horizon: 7_200_000)
            try add("slow", .steppedGauge, step: 3_600_000, horizon: 7_200_000)
            try add("rolling", .counter, step: 60_000, horizon: 600_000, modulus: 20_000)
            try add("raw_rolling", .counter, step: 0, horizon: 7_200_000, modulus: 20_000)
        }

        private mutating func add(
            _ name: String, _ kind: MetricKind, step: Int64, horizon: Int64?,
            modulus: Int64? = nil
        ) throws {
            guard let writer else { return }
            _ = try writer.intern(
                name, kind, step: step, horizon: horizon, modulus: modulus.map { Value($0) })
            model.add(writer.catalogue.entries[writer.catalogue.entries.count - 1].descriptor)
        }

        mutating func step() throws {
            now += Int64.random(in: 1_000...900_000, using: &random)
            if Int.random(in: 0..<12, using: &random) == 0 { now += 5 * 3_600_000 }
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<11:
                let readings = arrivals()
                try writer?.commit(readings, time: now)
                model.commit(readings, time: now)
            case 11..<15:
                let backfills = Bool.random(using: &random)
                try writer?.settle(now: now, backfills: backfills)
                model.settle(now: now, backfills: backfills)
            case 15..<18:
                try writer?.compact()
            default:
                writer = nil
                writer = try folder.writer()
            }
        }

        private mutating func arrivals() -> [Reading] {
            var readings: [Reading] = []
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                let series = SeriesID(
                    Int.random(in: 0..<model.descriptors.count, using: &random))
                let age = [30_000, 300_000, 900_000, 20_000_000].randomElement(using: &random)
                let descriptor = model.descriptors[Int(series)]
                readings += randomReadings(
                    Int.random(in: 1...4, using: &random), of: series, kind: descriptor.kind,
                    from: now - Int64.random(in: 0...Int64(age ?? 0), using: &random),
                    modulus: descriptor.modulus?.bits, using: &random)
            }
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                guard var again = (recent + readings).randomElement(using: &random) else { break }
                if Int.random(in: 0..<3, using: &random) == 0 { again.bits += 1 }
                readings.append(again)
            }
            recent = Array((recent + readings).suffix(60))
            if Bool.random(using: &random) { readings.shuffle(using: &random) }
            return readings
        }
    }

    @Test(arguments: [0x5eed_0030, 0x5eed_0031, 0x5eed_0032, 0x5eed_0033] as [UInt64])
    func everyTierIsTheModel(seed: UInt64) throws {
        var life = try Life(seed: seed, from: seed % 2 == 0 ? springEve : autumnEve)
        try life.writer?.commit([], time: life.now)
        for step in 0..<50 {
            try life.step()
            let comment: Comment = "seed 0x\(String(seed, radix: 16)), step \(step)"
            try compare(life, comment)
        }
        #expect(life.model.duplicates > 0 && life.model.conflicts > 0)
        #expect(try StoreReader(path: life.folder.store).snapshot { try $0.verify() } == [])
    }

    private func compare(_ life: Life, _ comment: Comment) throws {
        let reader = try StoreReader(path: life.folder.store)
        try reader.snapshot { snapshot in
            try #require(try life.model.differences(from: snapshot) == [], comment)
            let statistics = try snapshot.statistics(path: life.folder.store)
            try #require(statistics.hotReadingCount == life.model.waitingCount, comment)
        }
        for descriptor in life.model.descriptors {
            let seriesClass = SeriesClass(descriptor)
            try #require(
                life.writer?.settledUntil(seriesClass)
                    == life.model.settledUntil[seriesClass] ?? .min, comment)
        }
    }
}
