"""Three questions to one recording as it came, by every peer that can be asked."""

import measuring
from peer import Question
from tables import Table, megabytes, milliseconds

KINDS = ("hourly", "daily", "recent")


def ask_all(stored, job, runs):
    """stored: pairs of a peer and the folder in which it holds `job`, one copy of readings."""
    longest = max(job.series, key=len)
    begin = min(int(series.times[0]) for series in job.series)
    table = Table(
        f"Questions to {job.recording.name}, {job.rows} readings of {len(job.series)} series",
        ["program", "hourly mean of one series, ms", "daily max of all, ms",
         "last 24 h as they came, ms", "rows", "peak MB"],
        f"Medians of {runs} after one that warms up. A server's time includes HTTP and JSON, a "
        "process's its start. Rows differ where days and hours are civil (Socle) or UTC's, and "
        "where an interval belongs to its end (PromQL).")
    asked = [Question(kind, longest.name, begin, int(longest.times[-1]) + 1) for kind in KINDS]
    for peer, folder in stored:
        with peer.asking(job, folder) as ways:
            for label, ask in ways:
                found = [measured(ask, question, runs) for question in asked]
                table.add(
                    label, *(milliseconds(time) for time, _ in found),
                    " / ".join(str(rows) for _, rows in found),
                    # Of one in process it would be that of this program too.
                    megabytes(ask.peak(asked)) if hasattr(ask, "peak") else "")
    return table


def measured(ask, question, runs):
    """Milliseconds and rows; some measure themselves."""
    if hasattr(ask, "measured"):
        return ask.measured(question)
    return measuring.median_milliseconds(lambda: ask(question), runs)
