"""The input: recordings, repeated under other labels, as readings and as windows."""

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

FIELDS = ("count", "min", "max", "sum", "last")
# Length of the windows in seconds, as far apart as the set's own rows ask for.
WINDOW_SECONDS = {"air_city": 86400, "load_ett": 86400, "power_city": 3600, "traffic": 86400,
                  "wind": 3600}
ZONE = "Europe/Paris"  # That of a store that `socle import --store` makes.
FIRST_SITE = "s0000"


@dataclass
class Series:
    """One series: times in milliseconds, ascending, and columns of doubles.

    Readings have the column `value`, and `texts`, its digits as the recording has them.
    """

    name: str
    times: np.ndarray
    columns: dict
    texts: pa.Array | None = None

    def __len__(self):
        return len(self.times)


@dataclass
class Recording:
    name: str
    series: list

    @property
    def window_seconds(self):
        return WINDOW_SECONDS.get(self.name, 900)

    @cached_property
    def windows(self):
        return [windowed(series, self.window_seconds) for series in self.series]


@dataclass
class Job:
    """What a peer is given: a recording in one form, `copies` times.

    A copy has the same names under another label `site`: `reading{name="…",site="s0001"}`.
    """

    recording: Recording
    form: str  # readings, windows
    copies: int
    readings_csv: object = None  # Path: series,time,value
    rows_csv: object = None  # Path: series,time and the columns of the form

    @property
    def series(self):
        return self.recording.series if self.form == "readings" else self.recording.windows

    @property
    def columns(self):
        return ("value",) if self.form == "readings" else FIELDS

    @property
    def rows_of_one(self):
        return sum(map(len, self.series))

    @property
    def rows(self):
        return self.rows_of_one * self.copies

    @property
    def readings(self):
        return sum(map(len, self.recording.series)) * self.copies

    @property
    def sites(self):
        return [site(copy) for copy in range(self.copies)]

    def write(self, folder):
        """Writes the CSV files that programs load."""
        self.readings_csv = folder / "readings.csv"
        with open(self.readings_csv, "wb") as file:
            file.write(b"series,time,value\n")
            for series in self.recording.series:
                self._write_copies(file, series, [series.texts])
        self.rows_csv = self.readings_csv
        if self.form == "windows":
            self.rows_csv = folder / "windows.csv"
            with open(self.rows_csv, "wb") as file:
                file.write(("series,time," + ",".join(FIELDS) + "\n").encode())
                for series in self.recording.windows:
                    texts = [pa.array(series.columns[field]).cast("string") for field in FIELDS]
                    self._write_copies(file, series, texts)

    def _write_copies(self, file, series, texts):
        key = '"' + key_of(series.name, FIRST_SITE).replace('"', '""') + '"'
        times = pa.array(series.times).cast("string")
        lines = pc.binary_join_element_wise(key, times, *texts, ",").to_pylist()
        block = ("\n".join(lines) + "\n").encode()
        for name in self.sites:
            file.write(block.replace(FIRST_SITE.encode(), name.encode()))


def site(copy):
    return f"s{copy:04d}"


def key_of(name, site):
    return f'reading{{name="{name}",site="{site}"}}'


def load(path):
    """Reads a recording `series,ts_ms,value`, packed or not."""
    options = csv.ConvertOptions(column_types={
        "series": pa.dictionary(pa.int32(), pa.string()), "ts_ms": pa.int64(),
        "value": pa.string()})
    table = csv.read_csv(path, convert_options=options)
    names = table["series"].combine_chunks()
    numbers = names.indices.to_numpy()
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    series = []
    for begin, end in zip(begins, [*begins[1:], len(numbers)]):
        texts = table["value"].slice(begin, end - begin).combine_chunks()
        series.append(Series(
            str(names[int(begin)]), table["ts_ms"].slice(begin, end - begin).to_numpy(),
            {"value": texts.cast("float64").to_numpy()}, texts))
    return Recording(path.name.split(".")[0], series)


def windowed(series, seconds):
    """Windows of one series, counted from 1970 whatever their length.

    The sum is that of the decimals, rounded once.
    """
    starts = series.times - series.times % (seconds * 1000)
    begins = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    values = series.columns["value"]
    ends = np.append(begins[1:], len(starts))
    sums = decimal_sums(series.texts.to_pylist(), begins.tolist(), ends.tolist())
    columns = {
        "count": (ends - begins).astype(np.float64), "min": np.minimum.reduceat(values, begins),
        "max": np.maximum.reduceat(values, begins), "sum": np.array(sums),
        "last": values[ends - 1]}
    return Series(series.name, starts[begins], columns)


def decimal_sums(texts, begins, ends):
    """The doubles nearest to exact sums of decimals."""
    digits = max(len(text.partition(".")[2]) for text in texts)
    totals = list(itertools.accumulate(map(scaling(digits), texts), initial=0))
    # Python rounds a quotient of whole numbers once, however long they are.
    return [(totals[end] - totals[begin]) / 10 ** digits for begin, end in zip(begins, ends)]


def scaling(digits):
    def scaled(text):
        whole, _, fraction = text.partition(".")
        return int(whole + fraction.ljust(digits, "0"))
    return scaled


def civil_days(times):
    """Midnights, on the clocks of a new store, of the days that instants lie in."""
    civil = pc.floor_temporal(pa.array(times, pa.timestamp("ms", ZONE)), unit="day")
    return civil.cast(pa.int64()).to_numpy()


def copies_for(recording, form, rows):
    """Copies that hold `rows` rows; as many at least as one, and of windows no more than four
    times as many readings, since each copy of them is imported reading by reading."""
    readings = sum(map(len, recording.series))
    if form == "readings":
        return max(1, math.ceil(rows / readings))
    windows = sum(map(len, recording.windows))
    return max(1, min(math.ceil(rows / windows), 4 * rows // readings))


def town(days):
    """A made-up town hall, the same on every run: what there is where no recordings are."""
    random = np.random.default_rng(1)
    series = []
    for name, seconds, digits, mean, swing, noise in [
        ("temperature", 60, 1, 20.5, 1.5, 0.05), ("humidity", 60, 1, 45, 8, 0.3),
        ("co2", 150, 0, 600, 250, 12), ("power", 30, 1, 900, 700, 90),
        ("signal", 150, 0, -70, 3, 2), ("pressure", 300, 2, 1013, 6, 0.04),
    ]:
        count = days * 86400 // seconds
        jitter = random.integers(-1, 2, count) if seconds == 150 else np.zeros(count, int)
        times = 1_735_689_600_000 + (np.arange(count) * seconds + jitter + 1) * 1000
        level = mean + swing * np.sin(times / 86_400_000 * 2 * np.pi)
        series.append(decimal_series(
            name, times, level + np.cumsum(random.normal(0, noise, count)) * 0.2, digits))
    pulses = np.cumsum(random.poisson(0.3, days * 1440))
    times = 1_735_689_600_000 + np.arange(days * 1440) * 60_000
    series.append(decimal_series("energy", times, 48_211 + pulses / 10, 1))
    return Recording("town", series)


def decimal_series(name, times, values, digits):
    # Adding 0 takes the sign off a zero, which no decimal has.
    texts = pa.array([f"{round(value, digits) + 0.0:.{digits}f}" for value in values.tolist()])
    return Series(name, times, {"value": texts.cast("float64").to_numpy()}, texts)
