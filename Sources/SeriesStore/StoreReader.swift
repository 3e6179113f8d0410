import Foundation
import GRDB
import Glibc
import StoredSeries
import Telemetry
import Windows

/// Reads a store, beside its writer if there is one.
///
/// Not thread-safe: one reader a thread. Everything read inside one ``snapshot(only:_:)`` belongs
/// to one commit, whatever is written meanwhile.
public final class StoreReader {
    let database: DatabaseQueue
    private let coder = BlockCoder()
    public let path: String

    /// Opens a store that exists, or the one that is about to take its place.
    public init(path place: String) throws(StoreError) {
        let path = StoreRestore.readablePath(of: place)
        try checkFile(path: path, mode: R_OK)
        self.path = path
        do {
            database = try StoreReader.open(path)
        } catch .cannotCreate(_, let reason) {
            throw .notAllowed(path: path, reason: reason)
        }
    }

    private static func open(_ path: String) throws(StoreError) -> DatabaseQueue {
        try catchingDatabaseErrors(path: path) { () throws -> DatabaseQueue in
            let database = try DatabaseQueue(
                path: path, configuration: SeriesStore.configuration(readOnly: true))
            try checkIdentity(database, path: path, isWriter: false)
            return database
        }
    }

    /// Reads one state of the store.
    ///
    /// - Parameter patterns: of the series that `body` asks for; empty for all of them and the
    ///   devices, which takes longer the more there are.
    /// - Throws: ``StoreError``, or what `body` throws.
    public func snapshot<T>(
        only patterns: [KeyPattern] = [], _ body: (StoreSnapshot) throws -> T
    ) throws -> T {
        do {
            return try database.writeWithoutTransaction { database in
                var result: T?
                // Rolled back, which changes nothing: where SQLite met a damaged page it refuses to
                // end even a transaction that has only read.
                try database.inTransaction(.deferred) {
                    result = try body(
                        StoreSnapshot(database: database, coder: coder, only: patterns))
                    return .rollback
                }
                guard let result else { preconditionFailure("a snapshot without its result") }
                return result
            }
        } catch let error as DatabaseError {
            throw storeError(of: error, path: path)
        } catch let error as RowDecodingError {
            throw StoreError.corrupt(path: path, reason: error.description)
        } catch let error as RowWithoutNumber {
            throw StoreError.corrupt(path: path, reason: error.description)
        }
    }
}

/// One state of a store, valid inside ``StoreReader/snapshot(only:_:)``.
public struct StoreSnapshot {
    let database: Database
    let coder: BlockCoder
    /// What it has of series. Reading them goes round damage: ``lostRows``, ``derivedRows``.
    public let series: StoredSeries
    let damageMet = DamageMet()

    fileprivate init(
        database: Database, coder: BlockCoder, only patterns: [KeyPattern]
    ) throws {
        self.database = database
        self.coder = coder
        series = try StoredSeries(
            DatabaseRows(database), coder: coder, goingRound: damageMet, only: patterns)
    }

    /// The series and devices of the store.
    public var catalogue: SeriesCatalogue { series.catalogue }
    /// The zone in which its days begin.
    public var zone: CivilZone { series.zone }
    /// Whether a gateway's policy governs it.
    public var isManaged: Bool { series.isManaged }

    /// As ``StoredSeries/forEachSeries(_:tier:from:to:withPreceding:_:)``.
    public func forEachSeries(
        _ series: [SeriesID], tier: Tier, from start: Int64, to end: Int64, withPreceding: Bool,
        _ body: (SeriesID, [Window]) throws -> Void
    ) throws {
        try self.series.forEachSeries(
            series, tier: tier, from: start, to: end, withPreceding: withPreceding, body)
    }
}
