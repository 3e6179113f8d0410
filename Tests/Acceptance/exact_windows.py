#!/usr/bin/env python3
"""Windows of a recording, worked out exactly, to hold against what `socle query` prints.

Reads a CSV `series,ts_ms,value` (a heading line may stand first; `.gz` is read, `-` is standard
input) and prints, for each series and window that has readings,

    time_ms,series,count,mean,min,max,sum,last

Windows are half-open, `[start, start + step)`. They begin at multiples of `--step` since 1970 UTC,
or at civil days or hours of a zone (`--zone Europe/Paris --every day`; a day may have 23 or 25
hours, and the hour that comes twice in autumn is two windows).

Values are decimals and are never rounded: sums are integers on the finest grid of their window.
Only the mean is a double, the one nearest to the exact quotient. Readings of a series form a set by
time: of two at the same millisecond the first counts. `last` is the value of the latest.

With `--compare OTHER.csv` nothing is printed but differences. OTHER is what
`socle query --format csv --epoch` writes: `time,series,unit,STAT,...`. Its series are matched with
the recording's by the text itself, by the value of one label (`--label series` for
`temperature{series="co2"}`), or by a template for the whole text
(`--map-series 'temperature{series="{series}"}'`). Numbers are compared as exact decimals, so 1e-05
and 0.00001 are equal and nothing else is.

Exit code: 0 done or equal; 1 different; 64 usage; 65 bad input data; 66 no such input.
"""

import argparse
import csv
import datetime
import gzip
import io
import re
import sys
import zoneinfo
from decimal import Decimal, InvalidOperation

STATISTICS = ["count", "mean", "min", "max", "sum", "last"]
HEADING = ["time_ms", "series"] + STATISTICS
DIFFERENCES_SHOWN = 10
# Zones change their offset at whole quarters of an hour, so one look-up serves a quarter.
QUARTER_MS = 900_000
HOUR_MS = 3_600_000
PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]*)?\Z", re.ASCII)
# An exponent beyond this is no measurement, and would make integers of that many digits.
EXPONENT_MAX = 300


class BadInput(Exception):
    """What is wrong with an input, where, in one line."""


class Window:
    """The running statistics of one window; integers stand for value × 10^scale."""

    __slots__ = ("scale", "count", "sum", "minimum", "maximum", "last", "last_time")

    def __init__(self, scale, value, time):
        self.scale = scale
        self.count = 1
        self.sum = self.minimum = self.maximum = self.last = value
        self.last_time = time

    def refine(self, scale):
        """Moves to a finer grid."""
        factor = 10 ** (scale - self.scale)
        self.sum *= factor
        self.minimum *= factor
        self.maximum *= factor
        self.last *= factor
        self.scale = scale

    def add(self, scale, value, time):
        if scale != self.scale:
            if scale > self.scale:
                self.refine(scale)
            else:
                value *= 10 ** (self.scale - scale)
        self.count += 1
        self.sum += value
        if value < self.minimum:
            self.minimum = value
        elif value > self.maximum:
            self.maximum = value
        if time > self.last_time:
            self.last = value
            self.last_time = time

    def texts(self):
        """The statistics as they are printed, by name."""
        # The quotient of two integers is rounded once and correctly, whatever their size: the
        # same double as float(Fraction(sum, count * 10**scale)).
        mean = self.sum / (self.count * 10**self.scale)
        return {
            "count": str(self.count),
            "mean": double_text(mean),
            "min": decimal_text(self.minimum, self.scale),
            "max": decimal_text(self.maximum, self.scale),
            "sum": decimal_text(self.sum, self.scale),
            "last": decimal_text(self.last, self.scale),
        }


def double_text(double):
    """The shortest text that reads back the same, whole numbers without `.0`."""
    text = repr(double + 0.0)
    return "0" if text == "-0.0" else text.removesuffix(".0")


def decimal_text(value, scale):
    """value × 10^-scale without trailing zeros behind the point."""
    sign, digits = ("-", str(-value)) if value < 0 else ("", str(value))
    if scale > 0:
        digits = digits.rjust(scale + 1, "0")
        whole, fraction = digits[:-scale], digits[-scale:].rstrip("0")
        digits = f"{whole}.{fraction}" if fraction else whole
    return sign + digits


def parse_value(text):
    """A decimal as (scale, integer). Exponents are allowed, infinities and `nan` are not."""
    if PLAIN.match(text):
        whole, _, fraction = text.partition(".")
        return len(fraction), int(whole + fraction)
    try:
        sign, digits, exponent = Decimal(text.strip()).as_tuple()
    except InvalidOperation:
        raise BadInput(f"'{text}' is no number") from None
    if not isinstance(exponent, int) or abs(exponent) > EXPONENT_MAX:
        raise BadInput(f"'{text}' is no finite number of a sensible size")
    value = int("".join(map(str, digits))) * (-1 if sign else 1)
    return (-exponent, value) if exponent < 0 else (0, value * 10**exponent)


def normalised(text):
    """A number in one writing only: no exponent, no trailing zeros, no negative zero."""
    scale, value = parse_value(text)
    return decimal_text(value, scale)


class EpochWindows:
    """Windows of a fixed length from 1970 UTC on."""

    def __init__(self, step):
        self.step = step

    def start(self, time):
        return time - time % self.step


class CivilWindows:
    """Civil days or hours of a zone."""

    def __init__(self, zone, every):
        self.zone = zone
        self.find = self.day_start if every == "day" else self.hour_start
        self.known = {}

    def start(self, time):
        quarter = time // QUARTER_MS
        start = self.known.get(quarter)
        if start is None:
            start = self.known[quarter] = self.find(quarter * QUARTER_MS)
        return start

    def local(self, time):
        utc = datetime.datetime.fromtimestamp(time // 1000, datetime.timezone.utc)
        return utc.astimezone(self.zone)

    def day_start(self, time):
        # Of a midnight that comes twice the first counts (fold 0); one that is skipped reads as
        # the instant of the change. Both are the first instant of the day.
        midnight = self.local(time).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return int(midnight.timestamp()) * 1000

    def hour_start(self, time):
        offset = int(self.local(time).utcoffset().total_seconds()) * 1000
        return time - (time + offset) % HOUR_MS


def open_text(path):
    if path == "-":
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
    if path.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return open(path, encoding="utf-8", newline="")


def read_windows(path, layout):
    """All windows of a recording: {series: {start: Window}}."""
    series_windows, series_times = {}, {}
    with open_text(path) as file:
        for line, row in enumerate(csv.reader(file), 1):
            if line == 1 and row[:3] == ["series", "ts_ms", "value"] or not row:
                continue
            try:
                name, time, text = row
                time = int(time)
                scale, value = parse_value(text)
            except ValueError:
                raise BadInput(f"{path}:{line}: not series,ts_ms,value: {row}") from None
            except BadInput as error:
                raise BadInput(f"{path}:{line}: {error}") from None
            windows = series_windows.get(name)
            if windows is None:
                windows = series_windows[name] = {}
                series_times[name] = Times()
            if not series_times[name].take(time):
                continue
            start = layout.start(time)
            window = windows.get(start)
            if window is None:
                windows[start] = Window(scale, value, time)
            else:
                window.add(scale, value, time)
    return series_windows


class Times:
    """The times of a series that were seen: a list while they rise, a set from the first that does
    not, since nearly all recordings are sorted and a set of millions is large."""

    __slots__ = ("rising", "seen")

    def __init__(self):
        self.rising = []
        self.seen = None

    def take(self, time):
        """Whether the time is new."""
        if self.seen is None:
            if not self.rising or time > self.rising[-1]:
                self.rising.append(time)
                return True
            self.seen = set(self.rising)
            self.rising = None
        if time in self.seen:
            return False
        self.seen.add(time)
        return True


def write_windows(series_windows):
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADING)
    for name in sorted(series_windows):
        windows = series_windows[name]
        for start in sorted(windows):
            texts = windows[start].texts()
            writer.writerow([start, name] + [texts[column] for column in STATISTICS])


LABEL = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def label_value(series, label):
    """The value of a label in `metric{a="x",b="y"}`, None where there is none."""
    for name, value in LABEL.findall(series):
        if name == label:
            return ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], value)
    return None


def read_other(path, columns, label):
    """The rows of a query's output that have a value: {(start, series): [text, ...]}."""
    rows = {}
    with open_text(path) as file:
        reader = csv.reader(file)
        heading = next(reader, [])
        missing = [name for name in ["time", "series"] + columns if name not in heading]
        if missing:
            raise BadInput(f"{path}:1: no column {', '.join(missing)} in {','.join(heading)}")
        time_at, series_at = heading.index("time"), heading.index("series")
        columns_at = [heading.index(name) for name in columns]
        for line, row in enumerate(reader, 2):
            if len(row) != len(heading):
                raise BadInput(f"{path}:{line}: {len(row)} fields, {len(heading)} in the heading")
            series = row[series_at]
            if label is not None:
                series = label_value(series, label)
                if series is None:
                    raise BadInput(f"{path}:{line}: no label {label} in {row[series_at]}")
            try:
                key = (int(row[time_at]), series)
            except ValueError:
                raise BadInput(
                    f"{path}:{line}: '{row[time_at]}' is no epoch time (query with --epoch)"
                ) from None
            texts = [row[index] for index in columns_at]
            if not any(texts):
                continue
            if key in rows:
                raise BadInput(f"{path}:{line}: a second row for {series} at {key[0]}")
            rows[key] = texts
    return rows


def same(left, right):
    """Whether two numbers are the same decimal; a missing one equals nothing."""
    if left == right:
        return True
    try:
        return normalised(left) == normalised(right)
    except BadInput:
        return False


def compare(series_windows, other, columns, template):
    """Prints what differs; returns whether nothing does."""
    differences = []
    count = values = 0

    def differ(text):
        nonlocal count
        count += 1
        if count <= DIFFERENCES_SHOWN:
            differences.append(text)

    windows = 0
    for name in sorted(series_windows):
        series = name if template is None else template.replace("{series}", name)
        for start in sorted(series_windows[name]):
            windows += 1
            texts = other.pop((start, series), None)
            if texts is None:
                differ(f"{start} {series}: missing in the other file")
                continue
            exact = series_windows[name][start].texts()
            for column, text in zip(columns, texts):
                values += 1
                if not same(exact[column], text):
                    differ(f"{start} {series} {column}: exact {exact[column]}, other {text!r}")
    for start, series in sorted(other):
        differ(f"{start} {series}: only in the other file")
    for text in differences:
        print(text)
    print(
        f"{windows} windows of {len(series_windows)} series, {values} values compared, "
        f"{count} differences"
    )
    return count == 0


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        epilog=__doc__.partition("\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # 64 is EX_USAGE, as everywhere in Socle.
    parser.error = lambda text: sys.exit(usage(text))
    parser.add_argument("file", help="CSV or CSV.gz series,ts_ms,value")
    parser.add_argument("--step", type=int, metavar="MS", help="length of the windows")
    parser.add_argument("--zone", help="civil windows of this zone, with --every")
    parser.add_argument("--every", choices=["day", "hour"])
    parser.add_argument("--compare", metavar="OTHER.csv")
    parser.add_argument("--columns", default="mean,count", help="statistics to compare")
    parser.add_argument("--label", help="label of OTHER's series that names the series here")
    parser.add_argument("--map-series", metavar="TEMPLATE", help="text of OTHER's series")
    options = parser.parse_args()
    if (options.step is None) == (options.every is None):
        parser.error("give either --step or --zone with --every")
    if (options.zone is None) != (options.every is None):
        parser.error("--zone and --every go together")
    if options.step is not None and options.step <= 0:
        parser.error("--step must be positive")
    if options.label is not None and options.map_series is not None:
        parser.error("give --label or --map-series, not both")
    options.columns = options.columns.split(",")
    unknown = [name for name in options.columns if name not in STATISTICS]
    if unknown:
        parser.error(f"no statistic {', '.join(unknown)}; there are {', '.join(STATISTICS)}")
    return options


def usage(text):
    print(f"exact_windows: {text}", file=sys.stderr)
    return 64


def main():
    options = arguments()
    if options.step is not None:
        layout = EpochWindows(options.step)
    else:
        try:
            layout = CivilWindows(zoneinfo.ZoneInfo(options.zone), options.every)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return usage(f"no zone {options.zone}")
    try:
        series_windows = read_windows(options.file, layout)
        if options.compare is None:
            write_windows(series_windows)
            return 0
        other = read_other(options.compare, options.columns, options.label)
    except BadInput as error:
        print(f"exact_windows: {error}", file=sys.stderr)
        return 65
    except (UnicodeDecodeError, csv.Error, EOFError, gzip.BadGzipFile) as error:
        print(f"exact_windows: not a readable CSV: {error}", file=sys.stderr)
        return 65
    except OSError as error:
        print(f"exact_windows: {error}", file=sys.stderr)
        return 66
    return 0 if compare(series_windows, other, options.columns, options.map_series) else 1


if __name__ == "__main__":
    sys.exit(main())
