"""unanswerable – nothing of the base question's answer is left to read."""

from __future__ import annotations

from decimal import Decimal

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.dates import days
from generator.english.quantities import amounts, full_value
from generator.options import kind_of
from store.records import utc_date
from store.text import tokens


def abstention(case: Case) -> Verdict:
    """Pass when nothing of the base question's answer is left in the passage."""
    if case.base is None:
        return failed("an unanswerable question needs the answerable one it was made from")
    key = case.base.key
    kind = kind_of(key)
    published = utc_date(case.document.published_at)
    if kind == "number":
        wanted = {
            Decimal(key.answer),
            Decimal(key.answer) * Decimal(str(key.spec.get("scale", "1"))),
        }
        given = {v for a in amounts(case.shown) for v in (a.value, full_value(a))}
        if wanted & given:
            return failed(f"the title or passage still gives {key.answer}")
    if kind == "date" and any(d.day.isoformat() == key.answer for d in days(case.shown, published)):
        return failed(f"the title or passage still gives {key.answer}")
    words = " ".join(tokens(case.shown))
    for answer in (key.answer, *key.aliases):
        if kind not in ("number", "date") and f" {' '.join(tokens(answer))} " in f" {words} ":
            return failed(f"the title or passage still holds {answer!r}")
    if case.base.quote in case.shown:
        return failed("the title or passage still holds the evidence")
    return passed("no sentence with the answer is left in the passage")
