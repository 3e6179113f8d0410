"""What a program used, what a folder holds, what an answer took."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).resolve().parent / "launch.py"


@dataclass
class Usage:
    """What one process used from its start to its end, or until now."""

    seconds: float
    written: int  # bytes that it caused to be written to the medium: write_bytes of /proc/PID/io
    peak: int  # bytes, of resident memory


class Failed(Exception):
    """A program that ended with another code than 0."""


class Program:
    """A command that runs, by `launch.py`, with standard streams as subprocess has them."""

    def __init__(self, command, **streams):
        self._answer, descriptor = os.pipe()
        self.command = [str(part) for part in command]
        self.process = subprocess.Popen(
            [sys.executable, "-IS", LAUNCHER, str(descriptor), *self.command],
            pass_fds=[descriptor], **streams)
        os.close(descriptor)

    def finish(self, log=None):
        """Waits for the end and says what was used; raises where the exit code is not 0."""
        with open(self._answer) as answer:
            usage = answer.read()
        if self.process.wait() != 0:
            raise Failed(f"{' '.join(self.command)}: {self.process.returncode}\n{tail(log)}")
        return Usage(*json.loads(usage))


class Watch:
    """Watches a server, which lives while it is asked."""

    def __init__(self, pid):
        self.pid = pid
        self.begin = time.monotonic()

    def usage(self):
        peak = int(self._figures("status")["VmHWM"].split()[0]) * 1024
        written = int(self._figures("io")["write_bytes"])
        return Usage(time.monotonic() - self.begin, written, peak)

    def _figures(self, name):
        with open(f"/proc/{self.pid}/{name}") as file:
            return dict(line.rstrip("\n").split(":", 1) for line in file)


def run(command, feed=None):
    """Runs a command to its end and says what it used.

    feed: called with the command's standard input, to write into it.
    """
    with tempfile.TemporaryFile() as log:
        program = Program(
            command, stdout=log, stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL)
        if feed:
            try:
                feed(program.process.stdin)
                program.process.stdin.close()
            except BrokenPipeError:
                pass  # The exit code says why.
        return program.finish(log)


def tail(log):
    if log is None:
        return ""
    log.seek(0)
    return log.read()[-2000:].decode(errors="replace")


@contextmanager
def serving(command, health):
    """Runs a server until the block is left; yields its Watch once `health` answers."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=log, stderr=subprocess.STDOUT)
        try:
            watch = Watch(process.pid)
            while not answers(health):
                if process.poll() is not None:
                    raise Failed(tail(log))
                time.sleep(0.05)
            yield watch
        finally:
            process.terminate()
            process.wait()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def folder_bytes(*folders):
    return sum(
        file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())


def median_milliseconds(ask, runs):
    """The median of `runs` calls after one that warms up, and what the last call returned."""
    times = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        answer = ask()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times[1:]), answer
