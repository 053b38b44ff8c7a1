"""The forms a question takes in a release: open row, sealed row, revealed row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import rfc8785

from store.records import Question, removal_note

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
    # A pair's id is made from its base's answer, so guesses could be tested against it.
    "pair",
    "pair_role",
    "prompt_sha256",
    "valid_until",
    # Estimated from family and answer: a high one says "cannot be known".
    "difficulty",
)

#: The columns that inspect_ai finds by name; the others appear again under `metadata`.
_SAMPLE_COLUMNS = ("id", "input", "choices", "target")

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


def without_text(question: Question, day: date) -> Question:
    """Return a question without its source's passage and headline, removed on request on `day`.

    Everything a sealed row hides stays, the quote of at most 50 words among it: without it the
    commitment could not be opened.
    """
    note = removal_note(day)
    further = tuple(one.model_copy(update={"title": note}) for one in question.further_sources)
    return question.model_copy(
        update={"context": None, "input": "", "source_title": note, "further_sources": further}
    )


def revealed_row(
    question: Question,
    salt: bytes,
    *,
    release: str,
    first_release: str,
    why: str,
    text_removed_on: date | None = None,
) -> Row:
    """Return the row of a retired question: whole, with the salt that opens its commitment.

    One whose source was taken down is revealed without the source's text.
    """
    if text_removed_on is not None:
        question = without_text(question, text_removed_on)
    row = open_row(question, release=release, first_release=first_release)
    if text_removed_on is not None:
        row["text_removed_on"] = text_removed_on.isoformat()
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
