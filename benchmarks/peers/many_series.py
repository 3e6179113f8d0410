"""Many series at once, from a pipe: what Socle's memory and its answers depend on."""

import statistics

import numpy as np

import measuring
from tables import Table, megabytes, milliseconds

BEGIN = 1_735_689_600_000
MEMORY_LIMIT = 128_000_000


def feed(series, seconds, count):
    """A function that writes `count` readings of each of `series` series, all of a moment
    together, as a town's devices send them."""
    def write(pipe):
        random = np.random.default_rng(2)
        heads = [f'"m{{device=""d{number:05d}""}}",' for number in range(series)]
        tails = [f",{value / 10:.1f}\n" for value in range(1000)]
        levels = random.integers(100, 900, series)
        pipe.write(b"series,time,value\n")
        for moment in range(count):
            levels = np.clip(levels + random.integers(-3, 4, series), 0, 999)
            time = str(BEGIN + moment * seconds * 1000)
            pipe.write("".join([
                head + time + tails[level] for head, level in zip(heads, levels.tolist())
            ]).encode())
    return write


def measure(socle, folder, is_quick):
    table = Table(
        "Many series, Socle alone",
        ["what", "readings", "seconds", "written MB", "peak MB", "limit MB"],
        "The years are scaled: 1,000 series for a year at one minute are 525 million readings. "
        "What is asked is whether one series costs the same beside many.")
    series, days = (100, 2) if is_quick else (10_000, 30)
    wide = folder / "wide.sqlite"
    note = f"{series} series, {days} d at 15 min"
    add(table, f"import of {note}", series * days * 96,
        socle.import_file(wide, "-", "15m", feed(series, 900, days * 96)))
    add(table, "  compaction", None,
        measuring.run([socle.program, "store", "compact", "--store", wide]))
    add(table, "  hourly mean of all", None, ask(socle, wide, "*"))
    add(table, "  hourly mean of one", None, ask(socle, wide, 'm{device="d00007"}'))
    for series, days in [(2, 3), (10, 3)] if is_quick else [(2, 365), (20, 365)]:
        long = folder / f"long{series}.sqlite"
        add(table, f"import of {series} series, {days} d at 1 min", series * days * 1440,
            socle.import_file(long, "-", "1m", feed(series, 60, days * 1440)))
        for label, selector in [("one", 'm{device="d00001"}'),
                                ("ten", 'm{device=~"d0000."}')][:1 if series < 10 else 2]:
            runs = [ask(socle, long, selector) for _ in range(4 if is_quick else 16)][1:]
            time = statistics.median(run.seconds for run in runs) * 1000
            table.add(f"  hourly mean of {label} of {series}", "", milliseconds(time) + " ms", "",
                      megabytes(max(run.peak for run in runs)), megabytes(MEMORY_LIMIT))
    return table


def ask(socle, store, selector):
    return measuring.run([
        socle.program, "query", selector, "--store", store, "--every", "1h", "--stat", "mean",
        "--format", "csv"])


def add(table, what, readings, usage):
    table.add(what, readings, f"{usage.seconds:.2f}", megabytes(usage.written),
              megabytes(usage.peak), megabytes(MEMORY_LIMIT))
