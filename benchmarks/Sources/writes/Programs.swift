import GRDB
import SeriesStore
import StoredSeries
import Telemetry

/// Socle: its own writer, at the times at which the gateway's aggregator calls it.
struct Town {
    private let writer: StoreWriter
    private let plan: Plan
    private let tally: Tally
    private let ids: [SeriesID]
    private let devices: [DeviceID]
    private var compaction: Compaction?

    init(folder path: String, plan: Plan, tally: Tally) throws {
        writer = try StoreWriter(path: path, isManaged: true)
        (self.plan, self.tally) = (plan, tally)
        let writer = writer
        devices = (0..<plan.devices).map { writer.catalogue.intern(device: "meter-\($0)") }
        let devices = devices
        ids = try (0..<plan.devices * 4).map { number in
            let (metric, kind, unit) = [
                ("power", MetricKind.gauge, "W"), ("energy", .counter, "W.h"),
                ("voltage", .gauge, "V"), ("current", .gauge, "A"),
            ][number % 4]
            return try writer.catalogue.intern(
                SeriesDescriptor(
                    key: SeriesKey(metric: metric, labels: ["device": "meter-\(number / 4)"]),
                    kind: kind, unit: unit),
                device: devices[number / 4])
        }
        let reader = try DatabaseQueue(path: path)
        tally.pageNames = {
            try reader.read { database in
                let rows = try Row.fetchAll(database, sql: "SELECT name, pageno FROM dbstat")
                return Dictionary(
                    rows.map { (UInt32($0["pageno"] as Int64), $0["name"] as String) },
                    uniquingKeysWith: { first, _ in first })
            }
        }
    }

    mutating func live() throws {
        var meters = Meters(plan)
        var random = SplitMix(seed: 7)
        var batch = CommitBatch()
        var packetID: UInt16 = 0
        for number in 0..<plan.commits {
            batch.removeAll()
            for (device, time) in plan.messages(ofCommit: number) {
                packetID = packetID == .max ? 1 : packetID + 1
                let hash = UInt32.random(in: 0 ... .max, using: &random)
                batch.messages.append(MessageRecord(packetID: packetID, hash: hash))
                let key = LedgerKey(
                    day: civilDayNumber(writer.zone.date(at: time)), device: devices[device])
                batch.ledger[key, default: LedgerCounts()][.messagesReceived] += 1
                batch.ledger[key, default: LedgerCounts()][.messagesDecoded] += 1
                batch.ledger[key, default: LedgerCounts()][.readingsDecoded] += 4
                batch.ledger[key, default: LedgerCounts()][.readingsStored] += 4
                for series in device * 4..<device * 4 + 4 {
                    let (bits, scale) = meters.next(series)
                    batch.readings.append(
                        Reading(
                            series: ids[series], time: time, value: Value(bits, scale: scale)))
                }
            }
            batch.confirmedCommit = writer.newestCommit
            let now = Plan.start + Int64((number + 1) * plan.interval) * 1_000
            if !batch.isEmpty {
                try tally.work("commit") { try writer.commit(batch, time: now) }
            }
            try maintain(now)
        }
    }

    private mutating func maintain(_ now: Int64) throws {
        if var compaction {
            let goesOn = try tally.work("compact") { try writer.advance(&compaction) }
            self.compaction = goesOn ? compaction : nil
        }
        guard (now - Plan.start) % 60_000 == 0 else { return }
        try tally.work("settle") { try writer.settle(now: now) }
        let waiting = try writer.waitingWindowCount()
        let isDue = (now - Plan.start) % (6 * 3_600_000) == 0
        guard compaction == nil, isDue || waiting > plan.waitingMax else { return }
        compaction = try writer.compaction(
            sealing: StoreWriter.sealingTime(now: now), shrinkingFirst: true)
    }
}

/// What one would do without Socle: a table of rows in the order of time, a transaction an interval.
struct Rows {
    private let database: DatabaseQueue
    private let plan: Plan
    private let tally: Tally

    init(path: String, plan: Plan, tally: Tally) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        database = try DatabaseQueue(path: path, configuration: configuration)
        (self.plan, self.tally) = (plan, tally)
        try database.writeWithoutTransaction { database in
            try database.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    CREATE TABLE readings(
                        time INTEGER, series INTEGER, value REAL, PRIMARY KEY (time, series)
                    ) WITHOUT ROWID;
                    """)
        }
    }

    func live() throws {
        var meters = Meters(plan)
        for number in 0..<plan.commits {
            let messages = plan.messages(ofCommit: number)
            if messages.isEmpty { continue }
            try tally.work("commit") {
                try database.write { database in
                    let statement = try database.cachedStatement(
                        sql: "INSERT INTO readings VALUES (?, ?, ?)")
                    for (device, time) in messages {
                        for series in device * 4..<device * 4 + 4 {
                            let (bits, scale) = meters.next(series)
                            let value = Double(bits) / [1.0, 10, 100][Int(scale)]
                            try statement.execute(arguments: [time, series, value])
                        }
                    }
                }
            }
        }
    }
}
