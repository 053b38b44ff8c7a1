"""The forms a question takes in a release: open row, sealed row, revealed row, Parquet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import rfc8785

from store.records import Question

#: What a sealed row may not say until it retires: these are the answer or give it away.
#: `family`, `answer_kind` and `pair_role` would betray every "cannot be known".
SECRET_COLUMNS = (
    "answer",
    "answer_index",
    "target",
    "aliases",
    "answer_kind",
    "answer_spec",
    "evidence",
    "family",
    "pair_role",
    "prompt_sha256",
    "valid_until",
)

#: The columns that inspect_ai finds by name; the others appear again under `metadata`.
_SAMPLE_COLUMNS = ("id", "input", "choices", "target")

_TEXT_COLUMNS = (
    "id", "input", "question", "context", "target", "answer", "answer_kind", "as_of",
    "valid_until", "family", "setting", "topic", "language", "pair", "pair_role", "cluster",
    "source_url", "source_title", "source_licence", "attribution", "source_published_at",
    "fetched_at", "evidence", "writer", "prompt_sha256", "first_release", "release",
    "content_sha256",
)  # fmt: skip
#: Objects of varying shape: JSON text in Parquet, so that every row has one schema.
_JSON_COLUMNS = ("answer_spec", "metadata")

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

Row = dict[str, Any]


def open_row(question: Question, *, release: str, first_release: str) -> Row:
    """Return the row of an open question, `metadata` included."""
    row: Row = question.model_dump(mode="json")
    row |= {"release": release, "first_release": first_release}
    row["metadata"] = {key: row[key] for key in sorted(row) if key not in _SAMPLE_COLUMNS}
    return row


def canonical_answer(question: Question) -> bytes:
    """Return the RFC 8785 form of everything that a sealed row hides."""
    row = question.model_dump(mode="json")
    return rfc8785.dumps({name: row[name] for name in SECRET_COLUMNS})


def commitment(salt: bytes, answer_json: bytes) -> str:
    """Return SHA-256(salt ‖ canonical answer JSON) as hex."""
    return hashlib.sha256(salt + answer_json).hexdigest()


def sealed_row(question: Question, salt: bytes, *, release: str, first_release: str) -> Row:
    """Return the row of a sealed question: nothing that gives the answer away."""
    row: Row = question.model_dump(mode="json", exclude=set(SECRET_COLUMNS))
    if question.writer.startswith("rule:"):
        row["writer"] = "rule"
    row |= {"release": release, "first_release": first_release}
    row["commitment"] = commitment(salt, canonical_answer(question))
    return row


def revealed_row(
    question: Question, salt: bytes, *, release: str, first_release: str, why: str
) -> Row:
    """Return the row of a retired question: whole, with the salt that opens its commitment."""
    row = open_row(question, release=release, first_release=first_release)
    return row | {
        "retired_because": why,
        "salt": salt.hex(),
        "canonical_answer": canonical_answer(question).decode(),
        "commitment": commitment(salt, canonical_answer(question)),
    }


def jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as JSON lines: UTF-8, keys sorted, one row a line."""
    return b"".join(
        json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for row in rows
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
