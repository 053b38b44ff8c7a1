"""false_premise – the truth stands in the quote, the planted value nowhere."""

from __future__ import annotations

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.dates import days
from store.records import utc_date


def premise(case: Case) -> Verdict:
    """Pass when the truth stands in the quote and the planted value nowhere in the document."""
    spec = case.candidate.key.spec
    truths, planted = list(spec.get("correction", ())), str(spec.get("planted", ""))
    if not planted or planted.casefold() not in case.candidate.question.casefold():
        return failed("the question does not hold the planted value")
    if planted.casefold() in case.document.text.casefold():
        return failed(f"the document itself says {planted!r}")
    published = utc_date(case.document.published_at)
    resolved = {d.day.isoformat() for d in days(case.candidate.quote, published)}
    if not any(t in resolved or t.casefold() in case.candidate.quote.casefold() for t in truths):
        return failed("the quote does not hold the true value")
    return passed(f"the quote says {truths[0]!r}, {planted!r} stands nowhere")
