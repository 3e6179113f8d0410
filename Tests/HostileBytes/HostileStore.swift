import BlockCodec
import GRDBSQLite
import SQLiteExtension
import StoredSeries
import Telemetry

/// Takes any bytes for the rows of a store, and asks the tables of the extension for them.
///
/// The store lies in memory, is made once, and gets other rows for each input. One thread.
public final class HostileStore {
    private let database: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// How many rows the last question had; nil where it was answered by an error.
    public private(set) var rowCount: Int?

    /// LIMIT: rows of a block. A larger one is a matter of patience, and not of what is found.
    private static let blockRowsMax = 600
    /// LIMIT: rows of an answer. Who asks for a value that holds by the second gets thousands.
    private static let rowsMax = 3_000

    /// Only what readers ask for: docs/format/store.md has all tables.
    private static let tables = """
        PRAGMA application_id = \(StoredSeries.applicationID);
        PRAGMA user_version = \(StoredSeries.formatVersion);
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
        CREATE TABLE devices(id INTEGER PRIMARY KEY, name TEXT);
        INSERT INTO devices VALUES(1, 'device');
        CREATE TABLE series(id INTEGER PRIMARY KEY, key, device, kind, unit, step, horizon, states,
            modulus, checksum);
        CREATE TABLE meter_entries(id INTEGER PRIMARY KEY, series, entered, entered_by, withdraws,
            time, old_index, new_index, serial, checksum);
        CREATE TABLE segments(id INTEGER PRIMARY KEY, block);
        CREATE TABLE batches(id INTEGER PRIMARY KEY, kind, windows, block);
        CREATE TABLE blocks(id INTEGER PRIMARY KEY, series, tier, first_start, last_start, windows,
            block);
        CREATE UNIQUE INDEX blocks_place ON blocks(series, tier, first_start);
        """

    private static let questions = [
        "SELECT * FROM windows",
        "SELECT * FROM windows WHERE tier = '15m'",
        "SELECT * FROM windows WHERE tier = '1h'",
        "SELECT * FROM windows WHERE tier = '1d'",
        "SELECT * FROM windows WHERE series = ?6 AND time >= ?1 AND time < ?2",
        "SELECT * FROM readings",
        "SELECT * FROM readings WHERE time >= ?1 AND time <= ?2",
        "SELECT * FROM resample('*')",
        "SELECT * FROM resample('*', ?3, '2026-01-01')",
        "SELECT * FROM resample('*', '1h', ?1, ?2)",
        "SELECT * FROM resample('*', ?3, ?4, ?5)",
        "SELECT series, sum(count) FROM resample('*', '1mo', '2026-01-01') GROUP BY series",
    ]

    /// - Throws: ``Deviation`` where SQLite does not take the tables.
    public init() throws {
        _ = sqlite3_auto_extension(SQLiteExtension.entryPoint)
        var opened: OpaquePointer?
        guard sqlite3_open(":memory:", &opened) == SQLITE_OK, let opened,
            sqlite3_exec(opened, Self.tables, nil, nil, nil) == SQLITE_OK
        else { throw Deviation(description: "no store in memory") }
        database = opened
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close(database)
    }

    /// - Throws: ``Deviation`` where something else comes of it than rows or an error.
    public func take(_ bytes: [UInt8]) throws {
        rowCount = nil
        let input = StoreInput(bytes)
        var decoder = BlockDecoder()
        if let directory = try? decoder.open(input.block) {
            let counts = [directory.rowCount] + directory.columns.map(\.valueCount)
            guard counts.allSatisfy({ $0 <= Self.blockRowsMax }) else { return }
        }
        try write(input)
        let question = Self.questions[Int(input.question) % Self.questions.count]
        try ask(
            question,
            [
                .integer(input.from), .integer(input.to), .text(input.stepText),
                .text(input.since), .text(input.until), .text(input.key),
            ])
    }

    private func write(_ input: StoreInput) throws {
        for table in ["meta", "series", "meter_entries", "segments", "batches", "blocks"] {
            try run("DELETE FROM \(table)", [])
        }
        for (key, value) in [("zone", input.zone), ("managed", "0"), ("meters_derived", "0")] {
            try run("INSERT INTO meta VALUES(?1, ?2)", [.text(key), .text(value)])
        }
        for id in 0..<Int64(2) {
            let values: [StoredValue] = [
                .integer(id), .text(id == 0 ? input.key : "other"), .integer(1),
                .integer(Int64(input.seriesKind)), .text(input.unit), .integer(input.step),
                .integer(input.horizon), .text(input.states),
                input.modulus.isEmpty ? .null : .text(input.modulus),
            ]
            let sum = RowSum.of(values) ^ (input.hasDamagedSeries ? 1 : 0)
            try run(
                "INSERT INTO series VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                values + [.integer(sum)])
        }
        if input.hasMeterEntry {
            let values: [StoredValue] = [
                .integer(1), .integer(0), .integer(0), .text(""), .null, .integer(input.meterTime),
                .text(input.oldIndex), .text(input.newIndex), .text(""),
            ]
            try run(
                "INSERT INTO meter_entries VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                values + [.integer(RowSum.of(values))])
        }
        try writeBlock(input)
    }

    /// Twice where it has one place: what two rows have in common is joined.
    private func writeBlock(_ input: StoreInput) throws {
        switch input.place {
        case .segments:
            try run("INSERT INTO segments VALUES(1, ?1), (2, ?1)", [.blob(input.block)])
        case .batches:
            try run(
                "INSERT INTO batches VALUES(1, ?1, ?2, ?3), (2, ?1, ?2, ?3)",
                [
                    .integer(Int64(input.batchKind)), .integer(input.windows), .blob(input.block),
                ])
        case .blocks(let tier):
            try run(
                "INSERT INTO blocks VALUES(1, 0, ?1, ?2, ?3, ?4, ?5)",
                [
                    .integer(tier), .integer(input.firstStart), .integer(input.lastStart),
                    .integer(input.windows), .blob(input.block),
                ])
        }
    }

    // MARK: - SQLite

    private func run(_ sql: String, _ arguments: [StoredValue]) throws {
        let code = try step(sql, arguments)
        guard code == SQLITE_DONE else {
            throw Deviation(description: "SQLite says \(code) to \(sql)")
        }
    }

    private func ask(_ sql: String, _ arguments: [StoredValue]) throws {
        var count = 0
        let code = try step(sql, arguments) { count += 1 }
        switch code {
        case SQLITE_DONE: rowCount = count
        case SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_CORRUPT | 1 << 8: break
        default: throw Deviation(description: "SQLite says \(code) to \(sql)")
        }
    }

    /// Runs a statement to its end, and gives SQLite's last word.
    private func step(
        _ sql: String, _ arguments: [StoredValue], _ row: () -> Void = {}
    ) throws -> CInt {
        let statement = try statement(sql)
        defer { sqlite3_reset(statement) }
        for index in 1...max(1, sqlite3_bind_parameter_count(statement))
        where Int(index) <= arguments.count {
            bind(arguments[Int(index) - 1], to: statement, index)
        }
        var count = 0
        while true {
            let code = sqlite3_step(statement)
            guard code == SQLITE_ROW, count < Self.rowsMax else {
                return code == SQLITE_ROW ? SQLITE_DONE : code
            }
            count += 1
            row()
        }
    }

    private func statement(_ sql: String) throws -> OpaquePointer {
        if let known = statements[sql] { return known }
        var made: OpaquePointer?
        guard sqlite3_prepare_v2(database, sql, -1, &made, nil) == SQLITE_OK, let made else {
            throw Deviation(description: String(cString: sqlite3_errmsg(database)))
        }
        statements[sql] = made
        return made
    }

    private func bind(_ value: StoredValue, to statement: OpaquePointer, _ index: CInt) {
        // SQLite copies what it is given.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .real(let number): sqlite3_bind_double(statement, index, number)
        case .text(let text):
            sqlite3_bind_text(statement, index, text, CInt(text.utf8.count), copied)
        case .blob(let bytes):
            sqlite3_bind_blob(statement, index, bytes, CInt(bytes.count), copied)
        }
    }
}
