"""What a peer is."""

from contextlib import contextmanager
from dataclasses import dataclass

from measuring import Usage


@dataclass
class Outcome:
    """What a peer made of a job."""

    size: int  # bytes of its files after compaction, less those of its empty store
    rows: int  # rows that these bytes hold: some peers are given one copy of the set
    usage: Usage | None = None  # of the program, from its start until all is compacted


@dataclass
class Question:
    """A question to the readings of a job, in its first copy."""

    kind: str  # hourly, daily, recent
    name: str  # the longest series, for hourly and recent
    begin: int  # milliseconds, the whole range of the job
    end: int  # milliseconds, after the last reading of the series

    DAY = 86_400_000


class Peer:
    """A store, or a codec. Whatever it writes lies in the folder that it is given."""

    name = ""
    version = ""
    # Whether the size says what a store needs, or is what a codec could give.
    is_store = True

    def load(self, job, folder):
        """Stores a job and compacts; returns an Outcome."""
        raise NotImplementedError

    @contextmanager
    def asking(self, job, folder):
        """Opens what `load` stored; yields pairs of a label and a function that answers a
        Question and returns the number of rows. A function may return None: it cannot."""
        yield []
