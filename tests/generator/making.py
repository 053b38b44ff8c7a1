"""Documents, statements and cases for tests, made of sentences that we invented."""

from __future__ import annotations

from datetime import UTC, datetime
from datetime import date as Day
from typing import Any

from generator.checks.base import AnyCheck, Case, Verdict, judge_cases
from generator.families.base import Family
from generator.families.writing import write_all
from store.records import AnswerKey, Candidate, Dates, Document, Span, sha256_hex

PUBLISHED = datetime(2026, 8, 7, 9, tzinfo=UTC)


def document(text: str, **changes: Any) -> Document:
    """A document published on Friday 7 August 2026."""
    url = changes.get("url", "https://tarn.example/news/1")
    fields: dict[str, Any] = {
        "id": Document.id_of(url, text),
        "source": "tarn-news",
        "url": url,
        "title": "News of the Tarn valley",
        "text": text,
        "text_sha256": sha256_hex(text.encode()),
        "capture_sha256": sha256_hex(b"<html>"),
        "extractor": "test/1",
        "language": "en",
        "topic": "towns",
        "licence": "CC-BY-4.0",
        "attribution": "Tarn News",
        "published_at": PUBLISHED,
        "date_basis": "page",
        "dates": Dates(page=PUBLISHED),
        "fetched_at": PUBLISHED,
    }
    return Document(**(fields | changes))


def asked(text: str, *families: Family, **changes: Any) -> list[tuple[str, str]]:
    """The questions that families write from a text, with their answers."""
    written = write_all(document(text, **changes), families)
    return [(c.question, c.key.answer) for c in written.candidates]


def case(
    quote: str,
    question: str,
    key: AnswerKey,
    *,
    text: str | None = None,
    base: Candidate | None = None,
    spans: tuple[Span, ...] | None = None,
    document_changes: dict[str, Any] | None = None,
    **changes: Any,
) -> Case:
    """A candidate about one sentence of a document."""
    text = text or quote
    start = text.index(quote)
    made_from = document(text, **(document_changes or {}))
    fields: dict[str, Any] = {
        "document_id": made_from.id,
        "family": "number",
        "question": question,
        "key": key,
        "quote": quote,
        "quote_span": Span(start=start, end=start + len(quote)),
        "context_spans": spans or (Span(start=0, end=len(text)),),
        "as_of": PUBLISHED.date(),
        "language": "en",
        "topic": "towns",
        "writer": "rule:test/1",
        "prompt_sha256": "0" * 64,
    }
    return Case(Candidate.draft(**(fields | changes)), made_from, base)


def number(answer: str, **spec: Any) -> AnswerKey:
    """A number's key whose unit stands in the question."""
    return AnswerKey(answer=answer, kind="number", spec={"unit_in_question": True} | spec)


def text(answer: str, *aliases: str) -> AnswerKey:
    """A text's key."""
    return AnswerKey(answer=answer, kind="text", aliases=aliases)


def date(answer: str) -> AnswerKey:
    """A day's key."""
    return AnswerKey(answer=answer, kind="date", spec={"precision": "day"})


#: The day on which models are asked in these tests.
TODAY = Day(2026, 8, 24)


def verdict_of(check: AnyCheck, case: Case) -> Verdict:
    """What a check concludes of one case, whatever kind of check it is."""
    (verdict,) = judge_cases(check, [case])
    return verdict
