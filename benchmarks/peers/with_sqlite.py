"""Plain SQLite rows: PRIMARY KEY (series, time) WITHOUT ROWID, vacuumed.

As a program: `with_sqlite.py ROWS.csv FILE COLUMN…` loads a file.
"""

import csv
import sqlite3
import sys
from contextlib import closing, contextmanager

import measuring
from peer import Outcome, Peer
from with_duckdb import statement


class SQLiteRows(Peer):
    name = "SQLite rows"
    version = sqlite3.sqlite_version

    def load(self, job, folder):
        usage = measuring.run(
            [sys.executable, __file__, job.rows_csv, folder / "rows.sqlite", *job.columns])
        empty = folder / "empty.csv"
        empty.write_text(",".join(["series", "time", *job.columns]) + "\n")
        load(empty, folder / "empty.sqlite", job.columns)
        size = (folder / "rows.sqlite").stat().st_size - (folder / "empty.sqlite").stat().st_size
        return Outcome(size, job.rows, usage)

    @contextmanager
    def asking(self, job, folder):
        with closing(sqlite3.connect(folder / "rows.sqlite")) as database:
            yield [("SQLite rows, in process",
                    lambda question: len(database.execute(*statement(question, job)).fetchall()))]


def load(path, target, columns):
    listed = ", ".join(f'"{column}"' for column in columns)
    with closing(sqlite3.connect(target, isolation_level=None)) as database:
        # Without a declared type a column keeps what it is given: whole numbers as integers,
        # which take fewer bytes than doubles.
        database.execute("CREATE TABLE names(id INTEGER PRIMARY KEY, key TEXT UNIQUE)")
        database.execute(
            f"CREATE TABLE rows(series INTEGER, time INTEGER, {listed}, "
            "PRIMARY KEY (series, time)) WITHOUT ROWID")
        places = ", ".join("?" * (2 + len(columns)))
        database.execute("BEGIN")
        with open(path, newline="") as file:
            database.executemany(f"INSERT INTO rows VALUES ({places})", read(file, database))
        database.execute("COMMIT")
        database.execute("VACUUM")


def read(file, database):
    numbers = {}
    rows = csv.reader(file)
    next(rows)
    for key, time, *values in rows:
        if key not in numbers:
            numbers[key] = database.execute(
                "INSERT INTO names(key) VALUES (?)", [key]).lastrowid
        yield numbers[key], int(time), *map(number, values)


def number(text):
    value = float(text)
    return int(value) if value.is_integer() else value


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2], sys.argv[3:])
