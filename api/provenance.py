"""What of a question's chain the world may see, as JSON and as marked text.

The chain holds more: the whole text of the page (not ours to publish), and the model's raw reply
(which may hold drafts of other, sealed questions). Only what is named here leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from api.ledger import Shown
from store.audit import Chain
from store.licences import text_may_be_shown
from store.records import Finding, Span, passage_of, removal_note, utc_date

#: Response headers that say something about the capture; cookies and the like stay here.
EVIDENCE_HEADERS = ("content-type", "date", "etag", "last-modified", "content-language")


@dataclass(frozen=True)
class Piece:
    """A run of a passage's text, inside the quote or outside."""

    text: str
    quoted: bool


def marked(text: str, spans: Iterable[Span], quote: Span) -> list[list[Piece]]:
    """Return each span of `text` cut where the quote begins and ends; empty runs are left out."""
    passages = []
    for span in spans:
        start = min(max(quote.start, span.start), span.end)
        end = max(min(quote.end, span.end), start)
        cuts = ((span.start, start, False), (start, end, True), (end, span.end, False))
        passages.append([Piece(text[a:b], quoted) for a, b, quoted in cuts if b > a])
    return passages


def passages_of(chain: Chain) -> list[list[Piece]]:
    """Return the passage with the quote marked, or the quote alone where the licence asks so.

    Of a source that was taken down a sentence says so in its place.
    """
    candidate, document = chain.candidate, chain.document
    if document.text_removed_at is not None:
        return [[Piece(removal_note(utc_date(document.text_removed_at)), quoted=False)]]
    if text_may_be_shown(document.licence) and candidate.context_spans:
        return marked(document.text, candidate.context_spans, candidate.quote_span)
    return [[Piece(candidate.quote, quoted=True)]]


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


def _finding(finding: Finding) -> dict[str, Any]:
    about = "document" if finding.subject.startswith("d_") else "candidate"
    return {"about": about} | finding.model_dump(mode="json", exclude={"subject"})
