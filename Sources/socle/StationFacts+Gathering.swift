import Doctor
import Foundation
import Gateway
import MQTTSession
import SeriesStore
import StoredSeries
import Telemetry

extension StationFacts {
    /// What this machine, the configuration and the store say.
    init(gathering configuration: GatewayConfiguration) throws {
        self.init()
        configurationPath = configuration.path
        mosquittoVersion = mosquittoLibraryVersion()
        withholdsAcknowledgements = MQTTSession.withholdsAcknowledgements(
            libraryVersion: mosquittoVersion)
        sqliteVersion = SeriesStore.sqliteVersion
        settings = Settings(configuration)
        storePath = configuration.store
        store = MachineFacts.file(storePath)
        key = MachineFacts.file(storePath + ".key")
        log = Log(besideStore: storePath)
        volume = MachineFacts.volume(
            of: URL(filePath: storePath).deletingLastPathComponent().path)
        clock = MachineFacts.clock()
        if store != nil { ledger = try LedgerFacts(storePath) }
    }
}

extension StationFacts.Settings {
    fileprivate init(_ configuration: GatewayConfiguration) {
        self.init()
        commitMilliseconds = Int(configuration.commitMilliseconds)
        keepAliveSeconds = configuration.broker.keepAlive
        sessionExpirySeconds = Int(configuration.broker.sessionExpiry)
        brokerHost = configuration.broker.host
        brokerHasTLS = configuration.broker.tls != nil
    }
}

extension StationFacts.Log {
    fileprivate init(besideStore path: String) {
        self.init()
        let log = WriteAheadLog(besideStore: path)
        bytes = Int(log.bytes)
        usualBytesMax = Int(WriteAheadLog.usualBytesMax)
        holders = log.holders.map { "\($0)" }
    }
}

extension LedgerFacts {
    /// LIMIT: the days that say what is usual: a week has all of its own days.
    private static let daysMaximum = 7

    fileprivate init(_ path: String) throws {
        self.init()
        try StoreReader(path: path).snapshot { snapshot in
            rowsDamaged = try snapshot.damage().count
            let ledger = try snapshot.ledger()
            let today = snapshot.zone.date(at: clockMilliseconds()).daysSince1970
            let firstDay = civilDayNumber(
                CivilDate(daysSince1970: today - Self.daysMaximum + 1))
            let recent = ledger.filter { $0.key.day >= firstDay }
            for counts in ledger.values { readingsStoredEver += Int(counts[.readingsStored]) }
            for counts in recent.values { add(counts) }
            let yesterday = civilDayNumber(CivilDate(daysSince1970: today - 1))
            addRefusals(ledger.filter { $0.key.day >= yesterday }, snapshot.catalogue.devices)
            readingsUnplaced = try snapshot.unplacedReadingCount(
                besides: MachineFacts.bootID ?? "")
            guard let first = recent.keys.map(\.day).min() else { return }
            days = today - date(ofDay: first).daysSince1970 + 1
        }
    }

    private mutating func add(_ counts: LedgerCounts) {
        messagesReceived += Int(counts[.messagesReceived])
        messagesQuarantined += Int(counts[.messagesQuarantined])
        messagesRefused += Int(counts[.messagesRefused])
        readingsStored += Int(counts[.readingsStored])
    }

    private mutating func addRefusals(
        _ ledger: [LedgerKey: LedgerCounts], _ devices: [String]
    ) {
        let sums = Dictionary(ledger.map { ($0.key.device, $0.value) }) { sum, counts in
            var sum = sum
            sum.add(counts)
            return sum
        }
        for (device, counts) in sums.sorted(by: { $0.key < $1.key }) {
            guard counts[.readingsDecoded] > 0, device < devices.count else { continue }
            var device = Refusals(
                device: devices[Int(device)], readings: Int(counts[.readingsDecoded]))
            device.tooLate = Int(counts[.readingsTooLate])
            device.implausible = Int(counts[.readingsImplausible])
            device.unreadable = Int(counts[.readingsUnreadable])
            device.redefined = Int(counts[.readingsRedefined])
            refusals.append(device)
        }
    }
}

/// The date that the ledger writes as yyyymmdd.
private func date(ofDay day: Int32) -> CivilDate {
    CivilDate(year: Int(day / 10_000), month: Int(day / 100 % 100), day: Int(day % 100))
}

/// Messages a minute by the ledger, since the gateway's first start: yesterday's, or since midnight
/// where yesterday had none; nil where both had none.
func messagesPerMinute(inStore path: String) throws -> Double? {
    try StoreReader(path: path).snapshot { snapshot in
        let now = clockMilliseconds()
        let midnight = snapshot.zone.startOfDay(now)
        let before = snapshot.zone.startOfDay(midnight - 1)
        let first = min(firstStart(ofStore: path) ?? .min, now)
        for (day, start, end) in [(before, before, midnight), (midnight, midnight, now)] {
            let day = civilDayNumber(snapshot.zone.date(at: day))
            let start = max(start, first)
            let count = try snapshot.ledger(day: day).values.reduce(0) {
                $0 + $1[.messagesReceived] - $1[.messagesDuplicate]
            }
            if count > 0 { return Double(count) * 60_000 / Double(max(end - start, 60_000)) }
        }
        return nil
    }
}

/// When a gateway was started the first time: it made its key, and writes that never again.
private func firstStart(ofStore path: String) -> Int64? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path + ".key")
    let date = attributes?[.modificationDate] as? Date
    return date.map { Int64($0.timeIntervalSince1970 * 1_000) }
}
