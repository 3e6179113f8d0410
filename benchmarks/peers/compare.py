"""Socle and its peers on the same input in one run. `run` calls this; see README.md."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import many_series
import questions
import recordings
from peer import Peer
from recordings import Job
from tables import Table, megabytes, per_row
from with_duckdb import DuckDB
from with_parquet import Parquet
from with_pcodec import FinestPcodec, Pcodec
from with_prometheus import Prometheus
from with_rrdtool import RRDtool
from with_socle import Socle
from with_sqlite import SQLiteRows
from with_victoriametrics import VictoriaMetrics

HERE = Path(__file__).resolve().parent
SETS = ("traffic", "power_w", "temp_indoor", "wifi_net", "meter_index", "pm_air")
# Bytes a row that Socle's files may take: blocks of 2,048 rows through deflate, and 5 % for the
# file around them. Of readings as they came, and of windows.
LIMITS = {
    "meter_index": (0.093, 1.033 * 1.05), "pm_air": (1.269, 4.716 * 1.05),
    "power_w": (0.060, 0.541 * 1.05), "temp_indoor": (0.821, 5.163 * 1.05),
    "traffic": (1.401, 5.719 * 1.05), "wifi_net": (1.263, 4.203 * 1.05)}


def main():
    options = parse_options()
    say(f"at work in {options.work}")
    peers = [peer() for peer in (Socle, VictoriaMetrics, Prometheus, DuckDB, SQLiteRows, RRDtool,
                                 Parquet, Pcodec, FinestPcodec)
             if not options.peers or peer.name.split()[0] in options.peers]
    if peers[0].name != "socle":
        raise SystemExit("--peers: socle is measured beside the others, name it too")
    report = Report(peers)
    last = None
    for recording in load_recordings(options):
        for form in options.forms:
            last = compare(recording, form, peers, options, report)
            say(report.newest())
    tables = report.tables()
    if "questions" in options.parts:
        tables.append(ask(last.recording, peers, options))
    if "many" in options.parts:
        with folder_in(options) as folder:
            say("many series")
            tables.append(many_series.measure(peers[0], folder, options.quick))
    tables.append(versions(peers))
    print("\n".join(table.text() for table in tables))
    if options.markdown:
        options.markdown.write_text("\n".join(table.markdown() for table in tables))


def parse_options():
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("SOCLE_DATA", HERE.parents[2] / "shared/data"),
        help="folder of recordings NAME.csv.gz, series,ts_ms,value; without it a made-up town "
             "(default: SOCLE_DATA, then ../shared/data)")
    parser.add_argument("--sets", type=names, default=SETS, help="of the folder; the last is asked")
    parser.add_argument("--rows", type=int, help="that each set is repeated to (1000000)")
    parser.add_argument("--quick", action="store_true", help="small, in less than a minute")
    parser.add_argument("--peers", type=names, help="first words of names; socle among them")
    parser.add_argument("--forms", type=names, default=("readings", "windows"))
    parser.add_argument(
        "--parts", type=names, default=("questions", "many"), help="beside the sizes; or none")
    parser.add_argument("--markdown", type=Path, help="writes the tables there as well")
    parser.add_argument("--work", type=Path, default=HERE / ".work", help="folder for files")
    options = parser.parse_args()
    options.rows = options.rows or (20_000 if options.quick else 1_000_000)
    options.data = Path(options.data)
    options.work.mkdir(exist_ok=True)
    return options


def names(text):
    return tuple(text.split(","))


def load_recordings(options):
    if options.quick or not options.data.is_dir():
        if not options.quick:
            say(f"{options.data} is not there: a made-up town instead")
        yield recordings.town(days=2 if options.quick else 90)
        return
    paths = [options.data / f"{name}.csv.gz" for name in options.sets]
    for path in paths:
        if not path.exists():
            raise SystemExit(f"{path} is not there; name others by --sets")
    for path in paths:
        say(f"reading {path}")
        yield recordings.load(path)


def compare(recording, form, peers, options, report):
    copies = recordings.copies_for(recording, form, options.rows)
    job = Job(recording, form, copies)
    with folder_in(options) as folder:
        job.write(folder)
        for peer in peers:
            say(f"{recording.name}, {form} × {copies}: {peer.name}")
            place = folder / peer.name.replace(" ", "-")
            place.mkdir()
            outcome = peer.load(job, place)
            extra = {}
            if isinstance(peer, Socle):
                extra = {"base": peer.base_only(place), "parts": peer.parts(place),
                         "check": peer.check(job, place)}
            report.add(job, peer, outcome, extra)
            shutil.rmtree(place)
    return job


def ask(recording, peers, options):
    job = Job(recording, "readings", 1)
    with folder_in(options) as folder:
        job.write(folder)
        stored = []
        for peer in peers:
            if type(peer).asking is not Peer.asking:
                say(f"{recording.name} to be asked: {peer.name}")
                place = folder / peer.name.replace(" ", "-")
                place.mkdir()
                peer.load(job, place)
                stored.append((peer, place))
        say("questions")
        return questions.ask_all(stored, job, 3 if options.quick else 15)


class Report:
    """Collects outcomes into tables."""

    def __init__(self, peers):
        head = ["set, form", "rows", "limit", "socle", "socle base"]
        self.sizes = Table(
            "Bytes a row", head + [peer.name for peer in peers[1:]],
            "Files after compaction, less those of an empty store. Limit: for socle base, its "
            "file without the longer tiers, which peers have not; * is above it. Parquet and "
            "pcodec are codecs, RRDtool is lossy. Socle was read back, bit for bit.")
        self.loads = Table(
            "Imports, compaction included",
            ["set, form", "program", "rows", "rows/s", "written MB", "written B a row", "peak MB"],
            "Socle makes windows of readings itself: there its rows are readings.")
        self.parts = Table("Socle's bytes by part", ["set, form", "part", "bytes", "B a row"])

    def add(self, job, peer, outcome, extra):
        title = f"{job.recording.name}, {job.form}"
        size = per_row(outcome.size, outcome.rows)
        if isinstance(peer, Socle):
            limit = LIMITS.get(job.recording.name, (None, None))[job.form == "windows"]
            base = extra["base"] / job.rows
            above = "*" if limit and base > limit else ""
            self.sizes.add(title, job.rows, limit and f"{limit:.3f}", size, f"{base:.3f}{above}")
            for part, count in extra["parts"].items():
                self.parts.add(title, part, count, per_row(count, job.rows))
            self.add_usage(title, "socle", job.readings, outcome.usage)
            self.add_usage(title, "socle, all read back", job.rows, extra["check"])
        else:
            self.sizes.rows[-1].append(size)
            if outcome.usage:
                self.add_usage(title, peer.name, outcome.rows, outcome.usage)

    def newest(self):
        """The sizes of the set that was measured last."""
        return ", ".join(
            f"{column} {size}" for column, size in zip(self.sizes.head, self.sizes.rows[-1]))

    def add_usage(self, title, program, rows, usage):
        self.loads.add(
            title, program, rows, f"{rows / usage.seconds:.0f}", megabytes(usage.written),
            f"{usage.written / rows:.2f}", megabytes(usage.peak))

    def tables(self):
        return [self.sizes, self.loads, self.parts]


def versions(peers):
    table = Table("Versions", ["program", "version"])
    for peer in peers:
        table.add(peer.name, peer.version)
    return table


@contextmanager
def folder_in(options):
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        yield Path(folder)


def say(text):
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
