import GRDB
import StoredSeries
import Telemetry

/// The tables, version by version. A released migration never changes.
enum StoreSchema {
    static func migrate(_ database: any DatabaseWriter) throws {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: tables)
            try database.execute(sql: "PRAGMA application_id = \(StoredSeries.applicationID)")
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("2") { database in
            // The total at which a counter begins again, a decimal; NULL: not known.
            try database.execute(sql: "ALTER TABLE series ADD COLUMN modulus TEXT")
            try database.execute(sql: keysWithoutIndex)
            try database.execute(sql: meterEntries)
            try database.execute(sql: unplaced)
            try database.execute(sql: sequences)
            try database.execute(sql: damaged)
            // 1: written as small as can be, for its windows do not change any more.
            try database.execute(
                sql: "ALTER TABLE blocks ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0")
            try database.execute(
                sql: "CREATE INDEX blocks_open ON blocks(last_start) WHERE sealed = 0 AND tier = 0"
            )
            // Finds the older messages of a topic that a newer one takes the place of.
            try database.execute(
                sql: "CREATE INDEX quarantine_place ON quarantine(topic, reason)")
            for table in ["meta", "devices", "series", "settled", "ledger"] {
                try RowSum.add(to: table, database)
            }
            try database.execute(sql: "PRAGMA user_version = 2")
        }
        try migrator.migrate(database)
    }

    /// The writer knows all keys and gives each one number: an index of them takes as much room
    /// again, half a byte a window where series are short.
    private static let keysWithoutIndex = """
        CREATE TABLE series_2(
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            device INTEGER NOT NULL REFERENCES devices(id),
            kind INTEGER NOT NULL,
            unit TEXT NOT NULL,
            step INTEGER NOT NULL,
            horizon INTEGER NOT NULL,
            states TEXT NOT NULL,
            modulus TEXT
        );
        INSERT INTO series_2 SELECT * FROM series;
        DROP TABLE series;
        ALTER TABLE series_2 RENAME TO series;
        """

    private static let meterEntries = """
        -- What was said of meters, entry by entry: one was replaced, or an entry is withdrawn.
        CREATE TABLE meter_entries(
            id INTEGER PRIMARY KEY,
            series INTEGER NOT NULL REFERENCES series(id),
            entered INTEGER NOT NULL,
            entered_by TEXT NOT NULL,
            withdraws INTEGER,          -- the entry that does not hold any more; else NULL
            time INTEGER,               -- readings from then on are the new meter's
            old_index TEXT,             -- what the old one showed at the end, a decimal
            new_index TEXT,             -- what the new one showed at the beginning, a decimal
            serial TEXT,                -- the new one's, '' where nobody said
            checksum INTEGER NOT NULL
        );
        """

    private static let unplaced = """
        -- What was committed while the clock was not set; placed once it is.
        CREATE TABLE unplaced(
            id INTEGER PRIMARY KEY,     -- the commit's
            boot TEXT NOT NULL,         -- which run of the machine: the kernel's boot id
            uptime INTEGER NOT NULL,    -- milliseconds since its start
            wall INTEGER NOT NULL,      -- what the clock showed, which is not the time
            readings INTEGER NOT NULL,
            ledger BLOB NOT NULL,       -- block: the counts of the commit that have no day
            block BLOB NOT NULL         -- block: its readings that have no time
        );
        CREATE INDEX unplaced_place ON unplaced(boot, id, readings);
        """

    private static let sequences = """
        -- How devices number their messages, and how far each numbering had come.
        CREATE TABLE sequences(
            id INTEGER PRIMARY KEY,
            device INTEGER NOT NULL REFERENCES devices(id),
            source TEXT NOT NULL,       -- the profile that finds the numbers, or a topic
            commit_id INTEGER NOT NULL, -- of which commit the following are; 0: of none
            last INTEGER NOT NULL,
            missing INTEGER NOT NULL,   -- 64 bits: which of the numbers before have not come
            aside INTEGER NOT NULL,     -- what numbers beside these are; 0: there are none
            aside_last INTEGER NOT NULL,
            aside_missing INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            UNIQUE (device, source)
        );
        """

    private static let damaged = """
        -- Rows that did not read back, as they were.
        CREATE TABLE damaged(
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,       -- the table that the row was in
            source_id INTEGER NOT NULL, -- its id there
            time INTEGER NOT NULL,      -- when it was set aside: that of the newest commit
            reason TEXT NOT NULL,
            statement TEXT NOT NULL     -- of SQL: puts it back
        );
        """

    /// Times are milliseconds since 1970 UTC; blocks are described in docs/format/block.md.
    private static let tables = """
        -- What holds for the whole file: zone, whether it is managed, ...
        CREATE TABLE meta(
            key TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;
        -- Where readings come from; the ledger balances for each.
        CREATE TABLE devices(
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        );
        CREATE TABLE series(
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,   -- metric{label="value",...}
            device INTEGER NOT NULL REFERENCES devices(id),
            kind INTEGER NOT NULL,      -- 1 gauge 2 counter 3 amount 4 state 5 stepped gauge
            unit TEXT NOT NULL,         -- UCUM
            step INTEGER NOT NULL,      -- base window, 0: readings stay as they came
            horizon INTEGER NOT NULL,   -- wait for late readings, -1: no limit
            states TEXT NOT NULL        -- number=name lines of a state
        );
        -- One row a commit: what was received in it.
        CREATE TABLE commits(
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            confirmed INTEGER NOT NULL, -- messages of commits up to this one cannot come again
            ledger BLOB NOT NULL,       -- block: counts by device and day
            messages BLOB NOT NULL      -- block: packet ids and keyed hashes
        );
        -- Readings of windows that are not settled yet.
        CREATE TABLE segments(
            id INTEGER PRIMARY KEY,
            horizon INTEGER NOT NULL,
            step INTEGER NOT NULL,
            first_time INTEGER NOT NULL,
            last_time INTEGER NOT NULL,
            readings INTEGER NOT NULL,
            block BLOB NOT NULL
        );
        -- Up to when each class of series is settled.
        CREATE TABLE settled(
            horizon INTEGER NOT NULL,
            step INTEGER NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (horizon, step)
        ) WITHOUT ROWID;
        -- Settled windows of many series, waiting for compaction.
        CREATE TABLE batches(
            id INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            first_series INTEGER NOT NULL,
            last_series INTEGER NOT NULL,
            first_start INTEGER NOT NULL,
            last_start INTEGER NOT NULL,
            windows INTEGER NOT NULL,
            block BLOB NOT NULL
        );
        -- Settled windows of one series and tier.
        CREATE TABLE blocks(
            id INTEGER PRIMARY KEY,
            series INTEGER NOT NULL,
            tier INTEGER NOT NULL,
            first_start INTEGER NOT NULL,
            last_start INTEGER NOT NULL,
            windows INTEGER NOT NULL,
            block BLOB NOT NULL
        );
        CREATE UNIQUE INDEX blocks_place ON blocks(series, tier, first_start);
        -- What became of what was received, by device and civil day of arrival (yyyymmdd).
        CREATE TABLE ledger(
            day INTEGER NOT NULL,
            device INTEGER NOT NULL,
            counter INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (day, device, counter)
        ) WITHOUT ROWID;
        -- Messages that could not be read: never their bytes.
        CREATE TABLE quarantine(
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            topic TEXT NOT NULL,
            reason TEXT NOT NULL,
            size INTEGER NOT NULL,
            hash INTEGER NOT NULL
        );
        -- What the broker's session is subscribed to.
        CREATE TABLE subscriptions(
            filter TEXT NOT NULL PRIMARY KEY
        ) WITHOUT ROWID;
        -- Files that were imported, by their content.
        CREATE TABLE imports(
            digest TEXT NOT NULL PRIMARY KEY,
            time INTEGER NOT NULL,
            name TEXT NOT NULL,
            readings INTEGER NOT NULL
        ) WITHOUT ROWID;
        """
}
