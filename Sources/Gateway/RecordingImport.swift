import Crypto
import Foundation
import SeriesStore
import StoredSeries
import Telemetry

/// Brings a recording into a store, without a broker.
///
/// Readings go the way of all readings: committed in segments, settled into windows, compacted. A
/// file that was imported before, by what its rows say, changes nothing; one whose import was cut
/// off is imported from where it was.
public struct RecordingImport {
    /// How series are kept that the store does not know, and what is asked of those that it knows;
    /// nil asks nothing, and new series are gauges of plain numbers by the minute.
    public var kind: MetricKind?
    public var step: Int64?
    public var unit: String?

    /// What an import did.
    public struct Outcome: Sendable {
        /// Readings in the file; 0 where it was imported before.
        public var readings = 0
        /// Whether the content was imported before.
        public var wasKnown = false
    }

    /// LIMIT: readings in memory before they are committed.
    private static let batchMax = 131_072
    /// The device under which imported series stand in the ledger.
    public static let device = "(import)"

    public init(kind: MetricKind? = nil, step: Int64? = nil, unit: String? = nil) {
        self.kind = kind
        self.step = step
        self.unit = unit
    }

    /// Imports a file.
    ///
    /// - Parameters:
    ///   - store: opened once the whole recording was read without a fault: one that cannot be read
    ///     makes no file.
    ///   - now: milliseconds since 1970 UTC.
    ///   - progress: called now and then with the readings so far.
    public func run(
        _ recording: Recording, into store: @autoclosure () throws -> StoreWriter, now: Int64,
        progress: (Int) -> Void
    ) throws -> Outcome {
        // A fault in the last row must not leave the first ones behind.
        var contents = RecordingContents()
        try recording.forEachReading { contents.add($0) }
        let digest = contents.digest()
        let writer = try store()
        for text in contents.series.sorted() { try check(seriesKey(text), writer.catalogue) }
        if try writer.hasImported(digest: digest) { return Outcome(wasKnown: true) }
        let done = min(try writer.importedReadings(digest: digest), contents.count)
        var session = Session(settings: self, writer: writer, digest: digest, now: now)
        try recording.forEachReading { reading in
            if session.count < done {
                session.count += 1
                return
            }
            try session.add(reading)
            if session.count % Self.batchMax == 0 { progress(session.count) }
        }
        try session.commit()
        try writer.finishImport(
            digest: digest, name: recording.name, readings: session.count, now: now)
        try writer.compact(sealing: StoreWriter.sealingTime(now: now))
        try writer.shrink()
        return Outcome(readings: session.count)
    }

    /// A series that is there already stays what it is: values of another kind or unit would be
    /// mixed with its own.
    private func check(_ key: SeriesKey, _ catalogue: SeriesCatalogue) throws {
        guard let known = catalogue.series(key) else { return }
        let stored = catalogue.entries[Int(known)].descriptor
        var asked = stored
        // By name: a gauge whose profile weights by time is a gauge on the command line.
        if let kind, kind.name != stored.kind.name { asked.kind = kind }
        asked.unit = unit ?? stored.unit
        asked.step = step ?? stored.step
        guard asked.isCompatible(with: stored) else {
            throw RecordingError.redefined(
                series: key.description, stored: stored.definition, asked: asked.definition)
        }
    }

    /// One import on its way.
    private struct Session {
        let settings: RecordingImport
        let writer: StoreWriter
        let digest: String
        let now: Int64
        let device: DeviceID
        let day: Int32
        var count = 0
        private var batch = CommitBatch()
        private var ids: [String: SeriesID] = [:]

        init(settings: RecordingImport, writer: StoreWriter, digest: String, now: Int64) {
            self.settings = settings
            self.writer = writer
            self.digest = digest
            self.now = now
            device = writer.catalogue.intern(device: RecordingImport.device)
            day = civilDayNumber(writer.zone.date(at: now))
        }

        mutating func add(_ reading: RecordedReading) throws {
            let series = try id(of: reading.series)
            batch.readings.append(
                Reading(
                    series: series, time: reading.time, value: reading.value,
                    quality: .deviceTime))
            count += 1
            if batch.readings.count >= RecordingImport.batchMax { try commit() }
        }

        mutating func commit() throws {
            if batch.readings.isEmpty { return }
            var counts = LedgerCounts()
            counts[.readingsDecoded] = Int64(batch.readings.count)
            counts[.readingsStored] = Int64(batch.readings.count)
            batch.ledger = [LedgerKey(day: day, device: device): counts]
            batch.importProgress = ImportProgress(digest: digest, readings: count)
            try writer.commit(batch, time: now)
            batch.removeAll()
        }

        private mutating func id(of text: String) throws -> SeriesID {
            if let known = ids[text] { return known }
            let key = seriesKey(text)
            let id: SeriesID
            if let stored = writer.catalogue.series(key) {
                id = stored
            } else {
                id = try writer.catalogue.intern(
                    SeriesDescriptor(
                        key: key, kind: settings.kind ?? .gauge, unit: settings.unit ?? "1",
                        step: settings.step ?? SeriesDescriptor.stepDefault, horizon: nil),
                    device: device)
            }
            ids[text] = id
            return id
        }
    }
}

/// What a recording says, whatever its line ends, quotes and packing.
private struct RecordingContents {
    private(set) var series: Set<String> = []
    private(set) var count = 0
    private var hash = SHA256()
    private var pending: [UInt8] = []
    private static let pendingMax = 65_536

    mutating func add(_ reading: RecordedReading) {
        series.insert(reading.series)
        count += 1
        pending += reading.series.utf8
        pending.append(0)
        for number in [reading.time, reading.value.bits, Int64(reading.value.scale)] {
            for shift in stride(from: 0, to: 64, by: 8) {
                pending.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
            }
        }
        if pending.count >= Self.pendingMax { flush() }
    }

    private mutating func flush() {
        hash.update(data: pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// SHA-256 in hexadecimal.
    mutating func digest() -> String {
        flush()
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}

/// The series that a recording names, by its key or by any other text.
private func seriesKey(_ text: String) -> SeriesKey {
    SeriesKey(parsing: text) ?? SeriesKey(metric: "value", labels: ["series": text])
}
