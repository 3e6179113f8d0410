"""pcodec: each column of each series as a whole, which no store could seek in."""

from importlib.metadata import version

import numpy as np
from pcodec import ChunkConfig, standalone

from peer import Outcome, Peer


class Pcodec(Peer):
    """A codec's anchor: one copy, sums of buffers, no file."""

    name = "pcodec"
    level = 8
    version = version("pcodec")
    is_store = False

    def load(self, job, folder):
        settings = ChunkConfig(compression_level=self.level)
        size = 0
        for series in job.series:
            for column in (series.times, *series.columns.values()):
                if column is series.columns.get("count"):
                    column = column.astype(np.int64)
                size += len(standalone.simple_compress(np.ascontiguousarray(column), settings))
        return Outcome(size, job.rows_of_one)


class FinestPcodec(Pcodec):
    """The same at its highest level."""

    name = "pcodec level 12"
    level = 12
