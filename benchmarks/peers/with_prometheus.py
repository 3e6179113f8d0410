"""Prometheus: OpenMetrics by promtool into compacted blocks."""

import json
import subprocess
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc

import measuring
from peer import Outcome, Peer
from recordings import FIRST_SITE
from with_victoriametrics import Asking, flat_series


class Prometheus(Peer):
    name = "Prometheus"

    def __init__(self):
        self.version = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", "prometheus"],
            stdout=subprocess.PIPE, text=True).stdout

    def load(self, job, folder):
        text = folder / "openmetrics.txt"
        with open(text, "wb") as file:
            write_openmetrics(file, job)
        # Blocks as long as years of compaction would make them.
        usage = measuring.run([
            "promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet",
            "--max-block-duration=17520h", text, folder / "blocks"])
        text.unlink()
        found = sum(json.loads(meta.read_text())["stats"]["numSamples"]
                    for meta in folder.glob("blocks/*/meta.json"))
        if found != job.rows * len(job.columns):
            raise measuring.Failed(f"Prometheus has {found} values of {job.rows} rows")
        return Outcome(measuring.folder_bytes(folder / "blocks"), job.rows, usage)

    @contextmanager
    def asking(self, job, folder):
        configuration = folder / "prometheus.yml"
        configuration.write_text("global: {}\n")
        port = measuring.free_port()
        url = f"http://127.0.0.1:{port}"
        command = ["prometheus", f"--config.file={configuration}",
                   f"--storage.tsdb.path={folder / 'blocks'}",
                   "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}"]
        with measuring.serving(command, url + "/-/ready") as watch:
            yield [("Prometheus, HTTP", Asking(url, "", 11_000, watch))]


def write_openmetrics(file, job):
    """The families one after another, in each the series one after another."""
    families = {}
    for name, series, values in flat_series(job):
        families.setdefault(name, []).append((series, values))
    for name, members in families.items():
        file.write(f"# TYPE {name} gauge\n".encode())
        for series, values in members:
            labels = f'{name}{{name="{series.name}",site="{FIRST_SITE}"}}'
            times = pc.divide(pa.array(series.times).cast("float64"), 1000.0)
            # Fixed notation: Arrow's shortest text of a large double has an exponent.
            seconds = [f"{time:.3f}" for time in times.to_pylist()]
            lines = pc.binary_join_element_wise(
                labels, pa.array(values).cast("string"), pa.array(seconds), " ").to_pylist()
            block = ("\n".join(lines) + "\n").encode()
            for site in job.sites:
                file.write(block.replace(FIRST_SITE.encode(), site.encode()))
    file.write(b"# EOF\n")
