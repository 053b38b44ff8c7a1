"""What of a question's chain the world may see, as JSON and as marked text.

The chain holds more: the whole text of the page (not ours to publish), and the model's raw reply
(which may hold drafts of other, sealed questions). Only what is named here leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from api.ledger import Shown
from store.audit import Chain, Origin
from store.licences import text_may_be_shown
from store.records import (
    Candidate,
    Document,
    Finding,
    Span,
    passage_of,
    removal_note,
    utc_date,
)

#: Response headers that say something about the capture; cookies and the like stay here.
EVIDENCE_HEADERS = ("content-type", "date", "etag", "last-modified", "content-language")


@dataclass(frozen=True)
class Piece:
    """A run of a passage's text, inside the quote or outside."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Passage:
    """What is shown of one document: its spans, each cut into pieces."""

    document: Document
    spans: list[list[Piece]]


def marked(text: str, spans: Iterable[Span], quotes: Sequence[Span]) -> list[list[Piece]]:
    """Return each span of `text` cut where quotes begin and end; empty runs are left out."""
    passages = []
    for span in spans:
        edges = {edge for quote in quotes for edge in (quote.start, quote.end)}
        cuts = sorted({span.start, span.end} | {e for e in edges if span.start < e < span.end})
        passages.append(
            [
                Piece(text[a:b], any(quote.start <= a and b <= quote.end for quote in quotes))
                for a, b in pairwise(cuts)
            ]
        )
    return passages


def passages_of(chain: Chain) -> list[Passage]:
    """Return what is shown of each document with the quotes marked.

    The quotes alone where the licence asks so; of a source that was taken down a sentence says
    so in their place.
    """
    return [
        Passage(document, _spans_shown(document, chain.candidate))
        for document in chain.documents.values()
    ]


def _spans_shown(document: Document, candidate: Candidate) -> list[list[Piece]]:
    if document.text_removed_at is not None:
        return [[Piece(removal_note(utc_date(document.text_removed_at)), quoted=False)]]
    here = [one for one in candidate.quotes if one.document_id == document.id]
    shown = next((one.context_spans for one in here if one.context_spans), ())
    if text_may_be_shown(document.licence) and shown:
        return marked(document.text, shown, [one.quote_span for one in here])
    return [[Piece(one.quote, quoted=True)] for one in here]


def provenance(question: Shown, chain: Chain) -> dict[str, Any]:
    """Return the whole chain of an open or retired question as JSON values."""
    capture, document, candidate = chain.capture, chain.document, chain.candidate
    shown = text_may_be_shown(document.licence) and document.text_removed_at is None
    return {
        "id": question.id,
        "state": question.state,
        "source": {
            "name": document.source,
            "licence": document.licence,
            "attribution": document.attribution,
            "topic": document.topic,
        },
        "capture": capture.model_dump(mode="json", exclude={"headers", "source"})
        | {"headers": {k: v for k, v in capture.headers.items() if k in EVIDENCE_HEADERS}},
        "document": document.model_dump(
            mode="json",
            exclude={"text", "hidden_text", "source", "licence", "attribution", "topic"},
        ),
        "passage": {
            "text_may_be_shown": shown,
            "text": passage_of(document.text, candidate.context_spans) if shown else None,
            "spans": [[span.start, span.end] for span in candidate.context_spans],
            "quote": candidate.quote,
            "quote_start": candidate.quote_span.start,
            "quote_end": candidate.quote_span.end,
        },
        "further": [_further(origin, candidate) for origin in chain.further],
        "also": [one.model_dump(mode="json") for one in candidate.also],
        "insertion": candidate.insertion.model_dump() if candidate.insertion else None,
        "writer": {
            "candidate_id": candidate.id,
            "family": candidate.family,
            "level": candidate.level,
            "writer": candidate.writer,
            "prompt_sha256": candidate.prompt_sha256,
        },
        "findings": [_finding(finding) for finding in chain.findings],
        "releases": [each.model_dump(mode="json") for each in question.carried],
    }


def _further(origin: Origin, candidate: Candidate) -> dict[str, Any]:
    """Return one more document of the chain, and its passage where that may be shown."""
    document, capture = origin.document, origin.capture
    shown = text_may_be_shown(document.licence) and document.text_removed_at is None
    spans = next(
        (
            one.context_spans
            for one in candidate.also
            if one.document_id == document.id and one.context_spans
        ),
        (),
    )
    return {
        "document": document.model_dump(mode="json", exclude={"text", "hidden_text"}),
        "capture": capture.model_dump(mode="json", exclude={"headers", "source"}),
        "passage": {
            "text_may_be_shown": shown,
            "text": passage_of(document.text, spans) if shown and spans else None,
            "spans": [[span.start, span.end] for span in spans],
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    about = "document" if finding.subject.startswith("d_") else "candidate"
    return {"about": about} | finding.model_dump(mode="json", exclude={"subject"})
