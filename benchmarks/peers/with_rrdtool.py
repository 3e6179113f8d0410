"""RRDtool: a file a series, one archive slot a step from the first row to the last."""

import subprocess

import numpy as np

import measuring
from peer import Outcome, Peer

UPDATES_OF_LINE = 500


class RRDtool(Peer):
    """Lossy: rows that are not on its grid are moved onto it. One copy: a file a series."""

    name = "RRDtool"

    def __init__(self):
        self.version = subprocess.check_output(["rrdtool", "--version"], text=True).split()[1]

    def load(self, job, folder):
        is_raw = job.form == "readings"
        # A window's count has no place here; its sum is the average times the slot.
        archives = ["LAST"] if is_raw else ["AVERAGE", "MIN", "MAX", "LAST"]
        files = []
        for number, series in enumerate(job.recording.series):
            steps = 1
            step = median_step(series.times)
            if not is_raw:
                window = job.recording.window_seconds
                steps = max(1, window // step)
                step = window // steps
            files.append((series, step, steps, folder / f"{number}.rrd", folder / "empty.rrd"))
        usage = measuring.run(["rrdtool", "-"], feed=lambda pipe: fill(pipe, files, archives))
        for series, *_, file, _ in files:
            last = subprocess.check_output(["rrdtool", "last", file], text=True)
            if int(last) != series.times[-1] // 1000:
                raise measuring.Failed(f"RRDtool lacks the end of {series.name}")
        size = sum(file.stat().st_size - empty.stat().st_size for *_, file, empty in files)
        return Outcome(size, job.rows_of_one, usage)


def median_step(times):
    return max(1, int(np.median(np.diff(times))) // 1000) if len(times) > 1 else 60


def fill(pipe, files, archives):
    for series, step, steps, file, empty in files:
        begin = int(series.times[0] // 1000 - step)
        slots = int((series.times[-1] // 1000 - begin) // (step * steps)) + 1
        for path, rows in [(file, slots), (empty, 1)]:
            listed = " ".join(f"RRA:{archive}:0.5:{steps}:{rows}" for archive in archives)
            command = f"create {path} --start {begin} --step {step} DS:v:GAUGE:{step * 4}:U:U"
            pipe.write(f"{command} {listed}\n".encode())
        seconds = (series.times // 1000).tolist()
        rows = [f"{time}:{value!r}" for time, value in
                zip(seconds, series.columns["value"].tolist())]
        for place in range(0, len(rows), UPDATES_OF_LINE):
            pipe.write(f"update {file} {' '.join(rows[place:place + UPDATES_OF_LINE])}\n".encode())
