import Crypto
import Foundation
import SeriesStore
import StoredSeries
import Telemetry

/// Brings a recording into a store, without a broker.
///
/// Readings go the way of all readings: committed in segments, settled into windows, compacted. A
/// file that was imported before, by its content, changes nothing; one whose import was cut off is
/// imported again, and the readings that are there already are known as such.
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
        var series: Set<String> = []
        try recording.forEachReading { series.insert($0.series) }
        var digest = SHA256()
        // SAFETY: the digest is done with each chunk before the next is read.
        try unsafe recording.forEachChunk { unsafe digest.update(bufferPointer: $0) }
        let name = digest.finalize().map { String(format: "%02x", $0) }.joined()
        let writer = try store()
        for text in series.sorted() { try check(seriesKey(text), writer.catalogue) }
        if try writer.hasImported(digest: name) { return Outcome(wasKnown: true) }
        var session = Session(settings: self, writer: writer, now: now)
        try recording.forEachReading { reading in
            try session.add(reading)
            if session.count % Self.batchMax == 0 { progress(session.count) }
        }
        try session.commit()
        try writer.finishImport(
            digest: name, name: recording.name, readings: session.count, now: now)
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
        let now: Int64
        let device: DeviceID
        let day: Int32
        var count = 0
        private var batch = CommitBatch()
        private var ids: [String: SeriesID] = [:]

        init(settings: RecordingImport, writer: StoreWriter, now: Int64) {
            self.settings = settings
            self.writer = writer
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

/// The series that a recording names, by its key or by any other text.
private func seriesKey(_ text: String) -> SeriesKey {
    SeriesKey(parsing: text) ?? SeriesKey(metric: "value", labels: ["series": text])
}
