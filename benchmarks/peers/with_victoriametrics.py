"""VictoriaMetrics: /api/v1/import, forced merge, its files of data and index."""

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager

import measuring
from peer import Outcome, Peer

POINTS_OF_LINE = 50_000
ATTEMPTS = 4


class VictoriaMetrics(Peer):
    name = "VictoriaMetrics"

    def __init__(self):
        self.version = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", "victoria-metrics"],
            stdout=subprocess.PIPE, text=True).stdout

    def load(self, job, folder):
        lines = folder / "import.json"
        with open(lines, "w") as file:
            for name, series, values in flat_series(job):
                write_lines(file, name, series, values, job.sites)
        for _ in range(ATTEMPTS):
            usage = self.import_lines(lines, folder / "data", job)
            if self.has_kept(job, folder / "data"):
                break
            shutil.rmtree(folder / "data")
        else:
            raise measuring.Failed("VictoriaMetrics lost values whenever it was stopped")
        lines.unlink()
        with self.server(folder / "empty"):
            pass
        size = stored_bytes(folder / "data") - stored_bytes(folder / "empty")
        return Outcome(size, job.rows, usage)

    def import_lines(self, lines, data, job):
        with self.server(data) as (url, watch):
            with open(lines, "rb") as file:
                request = urllib.request.Request(
                    url + "/api/v1/import", data=file, method="POST",
                    headers={"Content-Length": str(lines.stat().st_size)})
                urllib.request.urlopen(request).close()
            fetch(url + "/internal/force_flush")
            fetch(url + "/internal/force_merge")
            return usage_when_merged(url, watch, job.rows * len(job.columns))

    def has_kept(self, job, data):
        """Whether all values are there when it is started again.

        Where many months were merged, version 1.79.5 was now and then without some of them, and its
        files were smaller by a third.
        """
        with self.server(data) as (url, _):
            metrics = fetch(url + "/metrics").decode().splitlines()
            return total(metrics, 'vm_rows{type="storage') == job.rows * len(job.columns)

    @contextmanager
    def server(self, folder):
        port = measuring.free_port()
        url = f"http://127.0.0.1:{port}"
        command = ["victoria-metrics", f"-storageDataPath={folder}", "-retentionPeriod=100y",
                   f"-httpListenAddr=127.0.0.1:{port}", "-search.latencyOffset=0s"]
        with measuring.serving(command, url + "/health") as watch:
            yield url, watch

    @contextmanager
    def asking(self, job, folder):
        with self.server(folder / "data") as (url, watch):
            yield [("VictoriaMetrics, HTTP", Asking(url, "&nocache=1", 30_000, watch))]


class Asking:
    """The questions in PromQL; Prometheus has the same."""

    def __init__(self, url, options, points_max, watch):
        self.url, self.options, self.points_max, self.watch = url, options, points_max, watch

    def __call__(self, question):
        one = f'reading{{name="{question.name}"}}'
        if question.kind == "hourly":
            return self.range(f"avg_over_time({one}[1h])", question, 3600)
        if question.kind == "daily":
            return self.range("max_over_time(reading[1d])", question, 86400)
        return self.get("query", query=f"{one}[24h]", time=question.end / 1000)

    def peak(self, asked):
        return self.watch.usage().peak

    def range(self, query, question, step):
        begin, end, rows = question.begin // 1000, question.end // 1000 + step, 0
        while begin < end:
            part = min(end, begin + step * (self.points_max - 1))
            rows += self.get("query_range", query=query, start=begin, end=part, step=step)
            begin = part + step
        return rows

    def get(self, path, **parameters):
        text = urllib.parse.urlencode(parameters)
        answer = json.loads(fetch(f"{self.url}/api/v1/{path}?{text}{self.options}"))
        return sum(len(series["values"]) for series in answer["data"]["result"])


def flat_series(job):
    """Series of one value each: of a window five, as a user would store it."""
    for series in job.series:
        for field in job.columns:
            name = "reading" if field == "value" else f"reading_{field}"
            yield name, series, series.columns[field]


def write_lines(file, name, series, values, sites):
    for begin in range(0, len(series), POINTS_OF_LINE):
        place = slice(begin, begin + POINTS_OF_LINE)
        points = json.dumps({"values": values[place].tolist(),
                             "timestamps": series.times[place].tolist()})
        for site in sites:
            metric = json.dumps({"__name__": name, "name": series.name, "site": site})
            file.write(f'{{"metric":{metric},{points[1:]}\n')


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def usage_when_merged(url, watch, rows):
    """The usage when all rows were there and nothing was merged any more.

    The forced merge goes from month to month in the background, and the counts lag behind: it is
    over when a second long none was under way.
    """
    quiet, deadline = [], time.monotonic() + 300
    while len(quiet) < 10:
        time.sleep(0.1)
        metrics = fetch(url + "/metrics").decode().splitlines()
        found = total(metrics, 'vm_rows{type="storage')
        if total(metrics, "vm_active_merges") == 0 and found == rows:
            quiet.append(watch.usage())
        else:
            quiet.clear()
        if time.monotonic() > deadline:
            raise measuring.Failed(f"VictoriaMetrics has {found:.0f} of {rows} values")
    return quiet[0]


def total(metrics, name):
    return sum(float(line.split()[-1]) for line in metrics if line.startswith(name))


def stored_bytes(folder):
    return measuring.folder_bytes(folder / "data", folder / "indexdb")
