"""Socle: imported, compacted, read back bit for bit."""

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager

import numpy as np
import pyarrow as pa
from pyarrow import csv

import measuring
from peer import Outcome, Peer
from recordings import civil_days, key_of

STEPS = {900: "15m", 3600: "1h", 86400: "1d"}
TIERS = {0: "base", 900_000: "15 min", 3_600_000: "1 h", 86_400_000: "1 d"}


class Socle(Peer):
    name = "socle"

    def __init__(self):
        self.program = os.environ["SOCLE"]
        self.bench = os.environ.get("BENCH")
        self.version = subprocess.check_output(
            [self.program, "version"], text=True).splitlines()[0].removeprefix("socle ")

    def load(self, job, folder):
        store = folder / "town.sqlite"
        usage = self.import_file(
            store, job.readings_csv, "raw" if job.form == "readings" else window_step(job))
        compacting = measuring.run([self.program, "store", "compact", "--store", store])
        usage.seconds += compacting.seconds
        usage.written += compacting.written
        usage.peak = max(usage.peak, compacting.peak)
        return Outcome(store.stat().st_size - self.empty_bytes(folder), job.rows, usage)

    def import_file(self, store, file, step, feed=None):
        return measuring.run(
            [self.program, "import", file, "--store", store, "--step", step], feed=feed)

    def empty_bytes(self, folder):
        empty, store = folder / "empty.csv", folder / "empty.sqlite"
        empty.write_text("series,time,value\n")
        self.import_file(store, empty, "raw")
        return store.stat().st_size

    def base_only(self, folder):
        """The bytes of the file without the longer tiers, which no peer has."""
        copy = folder / "base.sqlite"
        shutil.copy(folder / "town.sqlite", copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as database:
            database.execute("DELETE FROM blocks WHERE tier <> 0")
            database.execute("VACUUM")
        return copy.stat().st_size - self.empty_bytes(folder)

    def parts(self, folder):
        """Bytes by part: blocks of each tier, what their pages add, each other table."""
        with closing(sqlite3.connect(folder / "town.sqlite")) as database:
            parts = {
                f"blocks {TIERS[tier]}": count for tier, count in database.execute(
                    "SELECT tier, sum(length(block)) FROM blocks GROUP BY tier ORDER BY tier")}
            pages = dict(database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
        blocks = sum(parts.values())
        parts["pages of blocks"] = pages.pop("blocks") - blocks
        parts["index of blocks"] = pages.pop("blocks_place")
        parts["series"] = pages.pop("series")
        parts["all else"] = sum(pages.values())
        return parts

    def check(self, job, folder):
        """Reads everything back and compares it, bit for bit, as it comes.

        Returns the query's usage. Readings have whole seconds in all sets: their finest step
        on the command line is a second, and each has a count of 1.
        """
        is_raw = job.form == "readings"
        fields = ["count", "last"] if is_raw else list(job.columns)
        # Base windows of a day are UTC's; answers call them by the civil day that they begin in.
        shown = civil_days if job.recording.window_seconds == 86400 and not is_raw else np.asarray
        expected = {
            key_of(series.name, site): (
                shown(series.times), [np.ones(len(series)), series.columns["value"]] if is_raw
                else [series.columns[field] for field in fields])
            for series in job.series for site in job.sites}
        program = measuring.Program(
            [self.program, "query", "*", "--store", folder / "town.sqlite", "--format", "csv",
             "--epoch", "--every", "1s" if is_raw else window_step(job),
             "--stat", ",".join(fields)], stdout=subprocess.PIPE)
        with program.process.stdout as output:
            compare(output, expected, fields)
        return program.finish()

    @contextmanager
    def asking(self, job, folder):
        ways = [("socle, whole process", WholeProcess(self.program, folder / "town.sqlite"))]
        if self.bench:
            ways.append(("socle, in process", InProcess(self.bench, folder / "town.sqlite")))
        yield ways


class WholeProcess:
    """`socle query`, from its start to the last row."""

    def __init__(self, program, store):
        self.command = [program, "query", "--store", store, "--format", "csv", "--epoch"]

    def __call__(self, question):
        output = subprocess.run(
            self.command + arguments(question), check=True, stdout=subprocess.PIPE).stdout
        return output.count(b"\n") - 1

    def peak(self, asked):
        return max(measuring.run(self.command + arguments(question)).peak for question in asked)


def arguments(question):
    one = f'reading{{name="{question.name}"}}'
    return {
        "hourly": [one, "--every", "1h", "--stat", "mean"],
        "daily": ["*", "--every", "1d", "--stat", "max"],
        "recent": [one, "--every", "1s", "--stat", "last",
                   "--from", moment(question.end - question.DAY), "--to", moment(question.end)],
    }[question.kind]


class InProcess:
    """The bench package's Q01 to Q03, which measure themselves."""

    def __init__(self, bench, store):
        output = subprocess.check_output([bench, "--store", store], text=True)
        self.found = {
            kind: re.search(rf"^{name}.*: ([\d.]+) ms, (\d+) rows", output, re.M).groups()
            for kind, name in [("hourly", "Q01"), ("daily", "Q02"), ("recent", "Q03")]}

    def measured(self, question):
        milliseconds, rows = self.found[question.kind]
        return float(milliseconds), int(rows)


def window_step(job):
    return STEPS[job.recording.window_seconds]


def moment(milliseconds):
    return str(np.datetime64(milliseconds, "ms")) + "Z"


def compare(stream, expected, fields):
    """Holds CSV rows against the expected series; raises where one bit differs or is missing."""
    types = {"time": pa.int64(), "series": pa.dictionary(pa.int32(), pa.string()),
             **{field: pa.float64() for field in fields}}
    seen = dict.fromkeys(expected, 0)
    for batch in csv.open_csv(stream, convert_options=csv.ConvertOptions(column_types=types)):
        names = batch["series"]
        numbers = names.indices.to_numpy()
        begins = np.flatnonzero(np.diff(numbers, prepend=-1))
        for begin, end in zip(begins, [*begins[1:], len(numbers)]):
            key = str(names[int(begin)])
            times, columns = expected[key]
            place = slice(seen[key], seen[key] + end - begin)
            seen[key] = place.stop
            wanted = [times, *columns]
            for field, column in zip(["time", *fields], wanted):
                found = batch[field].slice(begin, end - begin).to_numpy()
                if not np.array_equal(found.view(np.int64), column[place].view(np.int64)):
                    raise measuring.Failed(f"not lossless: {field} of {key}")
    for key, count in seen.items():
        if count != len(expected[key][0]):
            wanted = len(expected[key][0])
            raise measuring.Failed(f"not lossless: {key} has {count} of {wanted} rows")
