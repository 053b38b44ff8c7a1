"""Libraries of invented documents for joining families, and the cases their candidates make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from datetime import date as Day
from typing import Any

from generator.checks.base import Case
from generator.families.base import Family, JoiningFamily, Library, Reading
from generator.families.writing import join_all, write_from
from store.records import Candidate, Document
from tests.generator.making import document


def dated(text: str, day: str, number: int, **changes: Any) -> Document:
    """A document published on an ISO day, with an address of its own."""
    published = datetime.combine(Day.fromisoformat(day), time(9), UTC)
    url = f"https://tarn.example/news/{number}"
    return document(text, **({"url": url, "published_at": published} | changes))


def library(documents: Sequence[Document], families: Sequence[Family] = ()) -> Library:
    """All documents, with what the document families wrote."""
    readings = [Reading(one) for one in documents]
    drafts = {one.document.id: write_from(one, families).candidates for one in readings}
    readings.sort(key=lambda one: (one.document.published_at, one.document.id))
    return Library(tuple(readings), drafts)


def joined(
    documents: Sequence[Document], family: JoiningFamily, families: Sequence[Family] = ()
) -> tuple[Candidate, ...]:
    """What a joining family writes from documents; it must not break."""
    written = join_all(library(documents, families), (family,))
    assert written.broken == ()
    return written.candidates


def case_of(
    candidate: Candidate, documents: Sequence[Document], base: Candidate | None = None
) -> Case:
    """A candidate with all its documents."""
    by_id = {one.id: one for one in documents}
    further = {
        one.document_id: by_id[one.document_id]
        for one in candidate.also
        if one.document_id != candidate.document_id
    }
    return Case(candidate, by_id[candidate.document_id], base, further)


def with_key(candidate: Candidate, **changes: Any) -> Candidate:
    """A candidate whose key was tampered with."""
    spec = candidate.key.spec | changes.pop("spec", {})
    return candidate.model_copy(
        update={"key": candidate.key.model_copy(update={**changes, "spec": spec})}
    )
