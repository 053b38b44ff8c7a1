"""What a model is shown of a question's documents: one passage, or several numbered ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from store.records import Candidate, Document, Insertion, Span, passage_of, utc_date
from store.text import squeeze

#: A longer title is cut: it only says which text this is.
MAX_TITLE = 200


def context_of(candidate: Candidate, documents: Mapping[str, Document]) -> str:
    """Return the passage of a candidate, or all its passages when it rests on several documents.

    Several are numbered, each with its title and day. Their order is a lot: that of the texts
    would answer questions about time.

    Args:
        candidate: Whose passages.
        documents: Every document it names, by id.

    Raises:
        KeyError: A document is missing.
    """
    shown = {
        one.document_id: one.context_spans
        for one in reversed(candidate.quotes)
        if one.context_spans
    }
    if len(shown) == 1:
        document = documents[candidate.document_id]
        return _with_insertion(document.text, candidate.context_spans, candidate.insertion)
    return passages_of(shown, documents)


def passages_of(shown: Mapping[str, Sequence[Span]], documents: Mapping[str, Document]) -> str:
    """Return passages of documents by id, numbered, each with its title and day."""
    every = " ".join(sorted(documents[name].url for name in shown))
    order = sorted(shown, key=lambda name: _lot(every, documents[name].url))
    return "\n\n".join(
        f"[{number}] {_heading(documents[name])}\n{passage_of(documents[name].text, shown[name])}"
        for number, name in enumerate(order, start=1)
    )


def shows_several(candidate: Candidate) -> bool:
    """Whether the context holds passages of more than one document."""
    return any(one.document_id != candidate.document_id for one in candidate.also)


def _heading(document: Document) -> str:
    title = squeeze(document.title)[:MAX_TITLE]
    return f'"{title}", published {utc_date(document.published_at).isoformat()}:'


def _lot(every: str, url: str) -> str:
    return hashlib.sha256(f"{every}‖{url}".encode()).hexdigest()


def _with_insertion(text: str, spans: Sequence[Span], insertion: Insertion | None) -> str:
    if insertion is None:
        return passage_of(text, spans)
    before = [
        Span(start=s.start, end=min(s.end, insertion.at)) for s in spans if s.start < insertion.at
    ]
    after = [
        Span(start=max(s.start, insertion.at), end=s.end) for s in spans if s.end > insertion.at
    ]
    opening = " ".join(part for part in (passage_of(text, before), insertion.text) if part)
    if not after:
        return opening
    rest = passage_of(text, after)
    # What stood on a line of its own stays there.
    gap = text[insertion.at : after[0].start] + rest[: len(rest) - len(rest.lstrip())]
    joint = "\n" if "\n" in gap else " "
    return f"{opening}{joint}{rest.lstrip()}"
