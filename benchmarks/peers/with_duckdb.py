"""DuckDB: one sorted table beside one of names, checkpointed.

As a program: `with_duckdb.py ROWS.csv FILE COLUMN…` loads a file.
"""

import sys
from contextlib import closing, contextmanager

import duckdb

import measuring
from peer import Outcome, Peer
from recordings import key_of


class DuckDB(Peer):
    name = "DuckDB"
    version = duckdb.__version__

    def load(self, job, folder):
        usage = measuring.run(
            [sys.executable, __file__, job.rows_csv, folder / "town.duckdb", *job.columns])
        empty = folder / "empty.csv"
        empty.write_text(",".join(["series", "time", *job.columns]) + "\n")
        load(str(empty), str(folder / "empty.duckdb"), job.columns)
        size = (folder / "town.duckdb").stat().st_size - (folder / "empty.duckdb").stat().st_size
        return Outcome(size, job.rows, usage)

    @contextmanager
    def asking(self, job, folder):
        with closing(duckdb.connect(folder / "town.duckdb", read_only=True)) as database:
            def asker(threads):
                def ask(question):
                    database.execute(f"SET threads = {threads}")
                    return len(database.execute(*statement(question, job)).fetchall())
                return ask

            yield [(f"DuckDB, in process, {threads} thread{'s'[:threads - 1]}", asker(threads))
                   for threads in (1, 2)]


def statement(question, job):
    """SQL and its parameters; DuckDB and SQLite understand the same."""
    series = "series = (SELECT id FROM names WHERE key = ?)"
    key = key_of(question.name, job.sites[0])
    division = {"hourly": 3_600_000, "daily": 86_400_000}.get(question.kind)
    start = f"time - time % {division}"
    if question.kind == "hourly":
        return (f"SELECT {start} AS start, avg(value) FROM rows WHERE {series} "
                "GROUP BY 1 ORDER BY 1", [key])
    if question.kind == "daily":
        return (f"SELECT series, {start} AS start, max(value) FROM rows "
                "GROUP BY 1, 2 ORDER BY 1, 2", [])
    return (f"SELECT time, value FROM rows WHERE {series} AND time >= ? AND time < ? "
            "ORDER BY time", [key, question.end - question.DAY, question.end])


def load(rows, path, columns):
    with closing(duckdb.connect(path)) as database:
        types = {"series": "VARCHAR", "time": "BIGINT", **dict.fromkeys(columns, "DOUBLE")}
        if "count" in types:
            types["count"] = "BIGINT"
        listed = ", ".join(f'"{column}"' for column in columns)
        database.execute("SET threads = 2")
        database.execute(
            "CREATE TEMP TABLE loaded AS SELECT * FROM read_csv(?, header = true, columns = "
            f"{types})", [rows])
        database.execute(
            "CREATE TABLE names AS SELECT row_number() OVER (ORDER BY key)::INTEGER AS id, key "
            "FROM (SELECT DISTINCT series AS key FROM loaded)")
        database.execute(
            f"CREATE TABLE rows AS SELECT id AS series, time, {listed} FROM loaded "
            "JOIN names ON loaded.series = key ORDER BY id, time")
        database.execute("CHECKPOINT")


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2], sys.argv[3:])
