"""Parquet: one sorted file, zstd 19, the smallest of the encodings that pyarrow writes."""

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from peer import Outcome, Peer


class Parquet(Peer):
    """A codec's anchor: one copy, and nothing finds one series without reading a row group."""

    name = "Parquet"
    version = pa.__version__
    is_store = False

    def load(self, job, folder):
        table = table_of(job)
        sizes = [
            written(table, folder, doubles) - written(table.slice(0, 0), folder, doubles)
            for doubles in ("dictionary", "PLAIN", "BYTE_STREAM_SPLIT")]
        return Outcome(min(sizes), job.rows_of_one)


def table_of(job):
    names = pa.DictionaryArray.from_arrays(
        pa.array(np.repeat(np.arange(len(job.series)), [len(series) for series in job.series]),
                 pa.int32()),
        pa.array([series.name for series in job.series]))
    columns = {"series": names, "time": joined([series.times for series in job.series])}
    for column in job.columns:
        columns[column] = joined([series.columns[column] for series in job.series])
    return pa.table(columns)


def joined(arrays):
    return pa.array(np.concatenate(arrays))


def written(table, folder, doubles):
    path = folder / "rows.parquet"
    encodings = {"time": "DELTA_BINARY_PACKED"}
    dictionaries = ["series"]
    for column in table.column_names[2:]:
        if doubles == "dictionary":
            dictionaries.append(column)
        else:
            encodings[column] = doubles
    parquet.write_table(
        table, path, compression="zstd", compression_level=19, use_dictionary=dictionaries,
        column_encoding=encodings, dictionary_pagesize_limit=1 << 24)
    return path.stat().st_size
