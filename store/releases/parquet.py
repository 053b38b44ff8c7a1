"""Open rows as a Parquet file: one schema for every week, dates kept as text."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from store.releases.rows import Row

_TEXT_COLUMNS = (
    "id", "input", "question", "context", "target", "answer", "answer_kind", "as_of",
    "valid_until", "family", "setting", "topic", "language", "pair", "pair_role", "cluster",
    "source_url", "source_title", "source_licence", "attribution", "source_published_at",
    "fetched_at", "evidence", "writer", "prompt_sha256", "first_release", "release",
    "content_sha256",
)  # fmt: skip
#: Objects of varying shape: JSON text in Parquet, so that every row has one schema.
_JSON_COLUMNS = ("answer_spec", "further_sources", "metadata")

PARQUET_SCHEMA = pa.schema(
    sorted(
        [
            *((name, pa.string()) for name in (*_TEXT_COLUMNS, *_JSON_COLUMNS)),
            ("choices", pa.list_(pa.string())),
            ("aliases", pa.list_(pa.string())),
            ("answer_index", pa.int64()),
            ("difficulty", pa.float64()),
            ("level", pa.int64()),
        ]
    )
)


def parquet(rows: Sequence[Row]) -> bytes:
    """Return open rows as a Parquet file with `PARQUET_SCHEMA`."""
    flat = [
        row
        | {
            name: json.dumps(row[name], sort_keys=True, ensure_ascii=False)
            for name in _JSON_COLUMNS
        }
        for row in rows
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(flat, PARQUET_SCHEMA), sink, compression="zstd")
    payload: bytes = sink.getvalue().to_pybytes()
    return payload
